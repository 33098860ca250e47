"""What the desk needs of a conversation: since when it waits, who looks after it, notes, and the indexes of its queues."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

STATEMENTS = (
    "UPDATE thread SET waits_since = (SELECT MIN(m.at) FROM message m WHERE m.thread_id = thread.id "
    "AND m.account_id IS NOT NULL AND m.id > COALESCE((SELECT MAX(t.id) FROM message t "
    "WHERE t.thread_id = thread.id AND t.account_id IS NULL), 0))",
    "CREATE INDEX thread_waiting ON thread (service_id, waits_since, id) WHERE waits_since IS NOT NULL",
    "CREATE INDEX thread_latest ON thread (service_id, last_at, id)",
    "CREATE INDEX thread_assigned ON thread (assigned_id, last_at, id) WHERE assigned_id IS NOT NULL",
)


async def _forward(_apps: object, editor: BaseSchemaEditor) -> None:
    for statement in STATEMENTS:
        await editor.client.execute_script(statement)


class Migration(migrations.Migration):
    dependencies = [("mailbox", "0004_delegates")]

    operations = [
        ops.AddField(model_name="Thread", name="waits_since", field=fields.DatetimeField(null=True)),
        ops.AddField(
            model_name="Thread",
            name="assigned",
            field=fields.ForeignKeyField(
                "accounts.Agent",
                source_field="assigned_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="threads",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.CreateModel(
            name="Note",
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
                        related_name="notes",
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
                ("text", fields.TextField(unique=False)),
                ("key", fields.CharField(max_length=80, unique=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "thread_note", "app": "mailbox", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.RunPython(_forward),
    ]
