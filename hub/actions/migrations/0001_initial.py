"""Requests that threads carry."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True
    dependencies = [("mailbox", "0001_initial")]

    operations = [
        ops.CreateModel(
            name="Request",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "thread",
                    fields.ForeignKeyField(
                        "mailbox.Thread",
                        source_field="thread_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="requests",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=40)),
                ("guardian", fields.BigIntField()),
                ("child", fields.BigIntField(null=True)),
                ("state", fields.CharField(default="pending", max_length=10)),
                (
                    "changes",
                    fields.JSONField(default=list),
                ),
                ("payload", fields.TextField()),
                ("before", fields.TextField(default="")),
                ("reason", fields.CharField(default="", max_length=500)),
                ("asked_at", fields.DatetimeField()),
                ("decided_at", fields.DatetimeField(null=True)),
                ("clock_since", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "request",
                "app": "actions",
                "indexes": [Index(fields=["state", "asked_at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DecisionLink",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("token", fields.CharField(unique=True, max_length=64)),
                (
                    "request",
                    fields.ForeignKeyField(
                        "actions.Request",
                        source_field="request_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("agent", fields.BigIntField(default=0)),
                ("name", fields.CharField(max_length=160)),
                ("expires_at", fields.DatetimeField()),
                ("used_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "decision_link",
                "app": "actions",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RequestEvent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "request",
                    fields.ForeignKeyField(
                        "actions.Request",
                        source_field="request_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="events",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("act", fields.CharField(max_length=10)),
                ("by", fields.CharField(max_length=160)),
                ("account", fields.BigIntField(null=True)),
                ("agent", fields.BigIntField(null=True)),
                ("via", fields.CharField(max_length=8)),
                ("reason", fields.CharField(default="", max_length=500)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "request_event",
                "app": "actions",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
