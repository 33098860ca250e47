"""That a conversation was handed to a service which has not been told yet."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor


async def _forward(_apps: object, editor: BaseSchemaEditor) -> None:
    await editor.client.execute_script("CREATE INDEX thread_handed ON thread (id) WHERE handed_at IS NOT NULL")


class Migration(migrations.Migration):
    dependencies = [("mailbox", "0007_mailings")]

    operations = [
        ops.AddField(model_name="Thread", name="handed_at", field=fields.DatetimeField(null=True)),
        ops.RunPython(_forward),
    ]
