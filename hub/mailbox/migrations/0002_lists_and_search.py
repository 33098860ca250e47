"""Indexes of the mailbox lists, and the full-text index.

What is searched is `message.words`: stems made by the hub itself, so both databases find the same.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

LISTS = (
    "CREATE INDEX entry_received ON entry (account_id, received_at, id) "
    "WHERE deleted_at IS NULL AND received_at IS NOT NULL",
    "CREATE INDEX entry_sent ON entry (account_id, sent_at, id) WHERE deleted_at IS NULL AND sent_at IS NOT NULL",
    "CREATE INDEX entry_deleted ON entry (account_id, deleted_at, id) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX entry_unread ON entry (account_id) WHERE unread > 0",
    "CREATE INDEX message_unannounced ON message (id) WHERE announced_at IS NULL",
    "CREATE UNIQUE INDEX draft_answer ON draft (account_id, thread_id) WHERE thread_id IS NOT NULL",
)
SQLITE = (
    "CREATE VIRTUAL TABLE message_search USING fts5 "
    "(words, content='message', content_rowid='id', tokenize='unicode61')",
    "CREATE TRIGGER message_search_insert AFTER INSERT ON message BEGIN "
    "INSERT INTO message_search (rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER message_search_delete AFTER DELETE ON message BEGIN "
    "INSERT INTO message_search (message_search, rowid, words) VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER message_search_update AFTER UPDATE OF words ON message BEGIN "
    "INSERT INTO message_search (message_search, rowid, words) VALUES ('delete', old.id, old.words); "
    "INSERT INTO message_search (rowid, words) VALUES (new.id, new.words); END",
)
POSTGRES = ("CREATE INDEX message_search ON message USING gin (to_tsvector('simple', words))",)


async def _forward(_apps: object, editor: BaseSchemaEditor) -> None:
    dialect = editor.client.capabilities.dialect
    for statement in LISTS + (SQLITE if dialect == "sqlite" else POSTGRES):
        await editor.client.execute_script(statement)


class Migration(migrations.Migration):
    dependencies = [("mailbox", "0001_initial")]
    operations = [ops.RunPython(_forward)]
