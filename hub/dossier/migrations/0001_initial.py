from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Family",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=32)),
                ("name", fields.CharField(max_length=120)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "family",
                "app": "dossier",
                "pk_attr": "id",
                "table_description": "A household known to the town under its N° dossier.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Guardian",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "family",
                    fields.ForeignKeyField(
                        "dossier.Family",
                        source_field="family_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="guardians",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("rank", fields.SmallIntField(default=1)),
                ("civility", fields.CharField(default="", max_length=10)),
                ("first_name", fields.CharField(max_length=80)),
                ("last_name", fields.CharField(max_length=80)),
            ],
            options={
                "table": "guardian",
                "app": "dossier",
                "pk_attr": "id",
                "table_description": "A responsable (rank 1) or conjoint (rank 2) of a family.",
            },
            bases=["Model"],
        ),
    ]
