"""Letters given in answer are counted one by one, for ceilings of an hour; addresses that fail have a history."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mail", "0002_queues")]
    operations = [
        ops.DeleteModel(name="SentAnswer"),
        ops.AddField(
            model_name="AddressFailure",
            name="last_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunSQL("UPDATE address_failure SET last_at = since"),
        ops.CreateModel(
            name="AddressEvent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("address", fields.CharField(db_index=True, max_length=320)),
                ("event", fields.CharField(max_length=10)),
                ("by", fields.CharField(max_length=40)),
                ("status", fields.CharField(default="", max_length=20)),
                ("reason", fields.CharField(default="", max_length=500)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "address_event",
                "app": "mail",
                "pk_attr": "id",
                "table_description": "Something that told for or against an address: when, what, by whom, why. "
                "`event`: see hub.mail.failures.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GivenAnswer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("address", fields.CharField(max_length=320)),
                ("reason", fields.CharField(max_length=40)),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "given_answer",
                "app": "mail",
                "pk_attr": "id",
                "table_description": "A letter by which the hub answered a mail by itself: they are counted by "
                "address, reason, day and hour.",
            },
            bases=["Model"],
        ),
    ]
