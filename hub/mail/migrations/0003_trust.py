"""Letters given in answer are counted one by one, for ceilings of an hour; addresses that fail have a history."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mail", "0002_queues")]
    operations = [
        ops.DeleteModel(name="SentAnswer"),
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
