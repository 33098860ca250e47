"""What hangs from accounts too: papers, and who has read health notes."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("dossier", "0001_initial"), ("accounts", "0001_initial")]

    operations = [
        ops.CreateModel(
            name="FileReading",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "family",
                    fields.ForeignKeyField(
                        "dossier.Family",
                        source_field="family_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.SET_NULL,
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
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("what", fields.CharField(max_length=40)),
                ("about", fields.CharField(default="", max_length=120)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "file_reading",
                "app": "dossier",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Document",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "family",
                    fields.ForeignKeyField(
                        "dossier.Family",
                        source_field="family_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="documents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "child",
                    fields.ForeignKeyField(
                        "dossier.Child",
                        source_field="child_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="documents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "guardian",
                    fields.ForeignKeyField(
                        "dossier.Guardian",
                        source_field="guardian_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="documents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("kind", fields.CharField(max_length=60)),
                ("state", fields.CharField(max_length=10)),
                ("reason", fields.CharField(default="", max_length=500)),
                ("blob", fields.CharField(max_length=80)),
                ("filename", fields.CharField(max_length=200)),
                ("content_type", fields.CharField(max_length=100)),
                ("size", fields.IntField()),
                ("sha256", fields.CharField(max_length=64)),
                ("key", fields.CharField(unique=True, max_length=80)),
                ("thread", fields.BigIntField(null=True)),
                ("request", fields.BigIntField(null=True)),
                ("sent_at", fields.DatetimeField()),
                ("decided_at", fields.DatetimeField(null=True)),
                (
                    "decided_by",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="decided_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("valid_until", fields.DateField(null=True)),
            ],
            options={
                "table": "document",
                "app": "dossier",
                "indexes": [Index(fields=["family_id", "kind", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX document_waiting ON document (id) WHERE state = 'sent'",
                "CREATE INDEX document_request ON document (request) WHERE request IS NOT NULL",
            ]
        ),
    ]
