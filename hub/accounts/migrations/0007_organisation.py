"""Agents kept at the desk: administrators made there, and those who have left."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_agent_links")]

    operations = [
        ops.AddField(
            model_name="Agent", name="is_administrator", field=fields.BooleanField(default=False, db_default=False)
        ),
        ops.AddField(model_name="Agent", name="left_at", field=fields.DatetimeField(null=True)),
        ops.AddField(model_name="Agent", name="version", field=fields.IntField(default=0, db_default=0)),
    ]
