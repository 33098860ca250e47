"""Links by which agents choose another password."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_journal")]

    operations = [
        ops.AddField(
            model_name="AccountLink",
            name="agent",
            field=fields.ForeignKeyField(
                "accounts.Agent",
                source_field="agent_id",
                null=True,
                db_index=True,
                db_constraint=True,
                to_field="id",
                related_name="links",
                on_delete=OnDelete.CASCADE,
            ),
        ),
    ]
