"""What agents who share a desk need: who has a thread open, answers that go later, threads joined to others; and to whom
else a message to many goes."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

STATEMENTS = (
    "CREATE INDEX thread_theme ON thread (theme_id, last_at, id) WHERE theme_id IS NOT NULL",
    "CREATE INDEX later_due ON later_answer (due_at) WHERE state = 'waiting'",
)


async def _forward(_apps: object, editor: BaseSchemaEditor) -> None:
    for statement in STATEMENTS:
        await editor.client.execute_script(statement)


def _thread(name: str, indexed: bool = False) -> tuple[str, Any]:
    return "thread", fields.ForeignKeyField(
        "mailbox.Thread",
        source_field="thread_id",
        db_constraint=True,
        to_field="id",
        related_name=name,
        on_delete=OnDelete.CASCADE,
        db_index=indexed,
    )


def _agent(name: str) -> tuple[str, Any]:
    return "agent", fields.ForeignKeyField(
        "accounts.Agent",
        source_field="agent_id",
        db_constraint=True,
        to_field="id",
        related_name=name,
        on_delete=OnDelete.CASCADE,
    )


def _key() -> tuple[str, Any]:
    return "id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)


class Migration(migrations.Migration):
    dependencies = [("mailbox", "0009_clock")]

    operations = [
        ops.AddField(
            model_name="Mailing", name="missing", field=fields.CharField(default="", db_default="", max_length=60)
        ),
        ops.AddField(model_name="Mailing", name="knows", field=fields.BigIntField(default=0, db_default=0)),
        ops.CreateModel(
            name="Presence",
            fields=[
                _key(),
                _thread("present"),
                _agent("present"),
                ("writes", fields.BooleanField(default=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "presence", "app": "mailbox", "unique_together": (("thread", "agent"),), "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LaterAnswer",
            fields=[
                _key(),
                _thread("later", indexed=True),
                _agent("later"),
                ("author", fields.CharField(max_length=160)),
                ("text", fields.TextField(unique=False)),
                ("files", fields.JSONField(default=list)),
                ("key", fields.CharField(unique=True, max_length=80)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("state", fields.CharField(default="waiting", max_length=8)),
            ],
            options={"table": "later_answer", "app": "mailbox", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FormerThread",
            fields=[
                ("id", fields.BigIntField(primary_key=True, unique=True, db_index=True)),
                _thread("former", indexed=True),
            ],
            options={"table": "former_thread", "app": "mailbox", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.RunPython(_forward),
    ]
