"""Services kept at the desk: their heads, canned answers and news."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mailbox", "0010_side_by_side")]

    operations = [
        ops.AddField(model_name="Service", name="health", field=fields.BooleanField(default=False, db_default=False)),
        ops.AddField(model_name="Service", name="laid_at", field=fields.DatetimeField(null=True)),
        ops.AddField(model_name="Service", name="version", field=fields.IntField(default=0, db_default=0)),
        ops.AddField(
            model_name="ServiceAgent", name="is_head", field=fields.BooleanField(default=False, db_default=False)
        ),
        ops.AddField(model_name="Theme", name="version", field=fields.IntField(default=0, db_default=0)),
        ops.CreateModel(
            name="CannedAnswer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "service",
                    fields.ForeignKeyField(
                        "mailbox.Service",
                        source_field="service_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="canned_answers",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.TextField(unique=False)),
                ("text", fields.TextField(unique=False)),
                ("position", fields.IntField(default=0)),
                ("version", fields.IntField(default=0, db_default=0)),
            ],
            options={"table": "canned_answer", "app": "mailbox", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="News",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("title", fields.TextField(unique=False)),
                ("text", fields.TextField(default="", unique=False)),
                ("link", fields.TextField(default="", unique=False)),
                ("picture", fields.TextField(default="", unique=False)),
                ("alt", fields.TextField(default="", unique=False)),
                ("since", fields.DateField(null=True)),
                ("until", fields.DateField(null=True)),
                ("position", fields.IntField(default=0)),
                ("version", fields.IntField(default=0, db_default=0)),
            ],
            options={"table": "news", "app": "mailbox", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
