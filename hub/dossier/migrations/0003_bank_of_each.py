"""Parents who live apart have a bank account each: one a family becomes one a guardian.

Nothing refers to this table, so that SQLite may remake it.
"""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("dossier", "0002_file")]

    operations = [
        ops.AlterField(
            model_name="BankAccount",
            name="family",
            field=fields.ForeignKeyField(
                "dossier.Family",
                source_field="family_id",
                db_constraint=True,
                to_field="id",
                related_name="bank_accounts",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AddConstraint(model_name="BankAccount", constraint=UniqueConstraint(fields=("family", "guardian"))),
        ops.AlterModelOptions(
            name="BankAccount",
            options={
                "table": "bank_account",
                "app": "dossier",
                "unique_together": (("family", "guardian"),),
                "pk_attr": "id",
                "table_description": "Coordonnées bancaires: a family's one account, or of parents who live apart one of each.",
            },
        ),
    ]
