"""The index by which mail that did not arrive is found."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor


async def _forward(_apps: object, editor: BaseSchemaEditor) -> None:
    await editor.client.execute_script(
        "CREATE INDEX outbound_mail_failed ON outbound_mail (id) WHERE state IN ('rejected', 'given_up', 'bounced')"
    )


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_proven")]

    operations = [ops.RunPython(_forward)]
