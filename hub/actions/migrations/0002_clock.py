"""From when the clock ran that a decision ended."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

STATEMENTS = (
    "UPDATE thread SET clock_held = TRUE, clock_since = (SELECT r.asked_at FROM request r WHERE r.thread_id = thread.id) "
    "WHERE id IN (SELECT thread_id FROM request WHERE state = 'pending')",
)


async def _forward(_apps: object, editor: BaseSchemaEditor) -> None:
    for statement in STATEMENTS:
        await editor.client.execute_script(statement)


class Migration(migrations.Migration):
    dependencies = [("actions", "0001_initial"), ("mailbox", "0009_clock")]

    operations = [
        ops.AddField(model_name="Request", name="clock_since", field=fields.DatetimeField(null=True)),
        ops.RunPython(_forward),
    ]
