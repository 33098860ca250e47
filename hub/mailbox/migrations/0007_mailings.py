"""Messages of the town to many families."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mailbox", "0006_silence")]

    operations = [
        ops.CreateModel(
            name="Mailing",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "service",
                    fields.ForeignKeyField(
                        "mailbox.Service",
                        source_field="service_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mailings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "agent",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="agent_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("author", fields.CharField(max_length=160)),
                ("subject", fields.CharField(max_length=200)),
                ("text", fields.TextField(unique=False)),
                ("files", fields.JSONField(default=list)),
                ("school", fields.CharField(default="", max_length=120)),
                ("grade", fields.CharField(default="", max_length=40)),
                ("state", fields.CharField(default="draft", max_length=8)),
                ("reached", fields.BigIntField(default=0)),
                ("count", fields.IntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "mailing", "app": "mailbox", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
