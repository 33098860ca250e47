"""The mailbox: its tables, the indexes of its lists and queues, and the full-text index.

What is searched is `message.words`: stems made by the hub itself, so both databases find the same.
"""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

INDEXES = (
    "CREATE INDEX entry_received ON entry (account_id, received_at, id) "
    "WHERE deleted_at IS NULL AND received_at IS NOT NULL",
    "CREATE INDEX entry_sent ON entry (account_id, sent_at, id) WHERE deleted_at IS NULL AND sent_at IS NOT NULL",
    "CREATE INDEX entry_deleted ON entry (account_id, deleted_at, id) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX entry_unread ON entry (account_id) WHERE unread > 0",
    "CREATE INDEX message_unannounced ON message (id) WHERE announced_at IS NULL",
    "CREATE INDEX message_copy_untold ON message_copy (id) WHERE told_at IS NULL",
    "CREATE INDEX message_mailed ON message (thread_id, at) WHERE via = 'email'",
    "CREATE UNIQUE INDEX draft_answer ON draft (account_id, thread_id) WHERE thread_id IS NOT NULL",
    "CREATE INDEX thread_waiting ON thread (service_id, waits_since, id) WHERE waits_since IS NOT NULL",
    "CREATE INDEX thread_latest ON thread (service_id, last_at, id)",
    "CREATE INDEX thread_assigned ON thread (assigned_id, last_at, id) WHERE assigned_id IS NOT NULL",
    "CREATE INDEX thread_handed ON thread (id) WHERE handed_at IS NOT NULL",
    "CREATE INDEX thread_clock ON thread (clock_since) WHERE clock_since IS NOT NULL",
    "CREATE INDEX thread_stopped ON thread (service_id, clock_stopped_at, id) WHERE clock_stopped_at IS NOT NULL",
    "CREATE INDEX thread_theme ON thread (theme_id, last_at, id) WHERE theme_id IS NOT NULL",
    "CREATE INDEX later_due ON later_answer (due_at) WHERE state = 'waiting'",
)
SEARCH_SQLITE = (
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
SEARCH_POSTGRES = ("CREATE INDEX message_search ON message USING gin (to_tsvector('simple', words))",)


async def _indexes(_apps: object, editor: BaseSchemaEditor) -> None:
    search = SEARCH_SQLITE if editor.client.capabilities.dialect == "sqlite" else SEARCH_POSTGRES
    for statement in (*INDEXES, *search):
        await editor.client.execute_script(statement)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("accounts", "0001_initial"), ("dossier", "0001_initial"), ("mail", "0001_initial")]

    operations = [
        ops.CreateModel(
            name="Decision",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "mail",
                    fields.ForeignKeyField(
                        "mail.InboundMail",
                        source_field="mail_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="decisions",
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
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("act", fields.CharField(max_length=10)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "quarantine_decision",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="News",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("title", fields.TextField()),
                ("text", fields.TextField(default="")),
                ("link", fields.TextField(default="")),
                ("picture", fields.TextField(default="")),
                ("alt", fields.TextField(default="")),
                ("since", fields.DateField(null=True)),
                ("until", fields.DateField(null=True)),
                ("position", fields.IntField(default=0)),
                ("version", fields.IntField(default=0, db_default=0)),
            ],
            options={
                "table": "news",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReleaseLink",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("token", fields.CharField(unique=True, max_length=64)),
                (
                    "mail",
                    fields.ForeignKeyField(
                        "mail.InboundMail",
                        source_field="mail_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="release_links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("expires_at", fields.DatetimeField()),
                ("used_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "release_link",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Service",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("slug", fields.CharField(unique=True, max_length=60)),
                ("name", fields.CharField(max_length=120)),
                ("description", fields.CharField(default="", max_length=300)),
                ("email", fields.CharField(unique=True, max_length=320)),
                ("shared", fields.CharField(default="", max_length=320)),
                ("phone", fields.CharField(default="", max_length=40)),
                ("address", fields.CharField(default="", max_length=300)),
                ("delay", fields.CharField(default="", max_length=120)),
                ("position", fields.IntField(default=0)),
                ("closed_at", fields.DatetimeField(null=True)),
                ("health", fields.BooleanField(default=False, db_default=False)),
                ("laid_at", fields.DatetimeField(null=True)),
                ("version", fields.IntField(default=0, db_default=0)),
            ],
            options={
                "table": "service",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CannedAnswer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "service",
                    fields.ForeignKeyField(
                        "mailbox.Service",
                        source_field="service_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="canned_answers",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.TextField()),
                ("text", fields.TextField()),
                ("position", fields.IntField(default=0)),
                ("version", fields.IntField(default=0, db_default=0)),
            ],
            options={
                "table": "canned_answer",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Mailing",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "service",
                    fields.ForeignKeyField(
                        "mailbox.Service",
                        source_field="service_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mailings",
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
                ("subject", fields.CharField(max_length=200)),
                ("text", fields.TextField()),
                (
                    "files",
                    fields.JSONField(default=list),
                ),
                (
                    "whom",
                    fields.JSONField(default=dict),
                ),
                ("state", fields.CharField(default="draft", max_length=8)),
                ("reached", fields.BigIntField(default=0)),
                ("count", fields.IntField(default=0)),
                ("created_at", fields.DatetimeField()),
                ("sent_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "mailing",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ServiceAgent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "service",
                    fields.ForeignKeyField(
                        "mailbox.Service",
                        source_field="service_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="members",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "agent",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="agent_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="services",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("is_delegate", fields.BooleanField(default=False, db_default=False)),
                ("is_head", fields.BooleanField(default=False, db_default=False)),
            ],
            options={
                "table": "service_agent",
                "app": "mailbox",
                "unique_together": (("service", "agent"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Theme",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "service",
                    fields.ForeignKeyField(
                        "mailbox.Service",
                        source_field="service_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="themes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=120)),
                ("silence", fields.TextField(default="")),
                ("months", fields.IntField(default=0)),
                ("accepts", fields.BooleanField(default=False, db_default=False)),
                ("position", fields.IntField(default=0)),
                ("closed_at", fields.DatetimeField(null=True)),
                ("version", fields.IntField(default=0, db_default=0)),
            ],
            options={
                "table": "theme",
                "app": "mailbox",
                "unique_together": (("service", "name"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Thread",
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
                        related_name="threads",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "service",
                    fields.ForeignKeyField(
                        "mailbox.Service",
                        source_field="service_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="threads",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "theme",
                    fields.ForeignKeyField(
                        "mailbox.Theme",
                        source_field="theme_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="threads",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("subject", fields.CharField(max_length=200)),
                ("opened_at", fields.DatetimeField()),
                ("last_at", fields.DatetimeField()),
                ("last_author", fields.CharField(default="", max_length=160)),
                ("snippet", fields.CharField(default="", max_length=200)),
                ("messages_count", fields.IntField(default=0)),
                ("files_count", fields.IntField(default=0)),
                ("waits_since", fields.DatetimeField(null=True)),
                ("handed_at", fields.DatetimeField(null=True)),
                ("clock_since", fields.DatetimeField(null=True)),
                ("clock_held", fields.BooleanField(default=False, db_default=False)),
                ("clock_stopped_at", fields.DatetimeField(null=True)),
                ("clock_resumes_after", fields.DateField(null=True)),
                ("silence_told_at", fields.DatetimeField(null=True)),
                (
                    "assigned",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="assigned_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="threads",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
            ],
            options={
                "table": "thread",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Draft",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="drafts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "thread",
                    fields.ForeignKeyField(
                        "mailbox.Thread",
                        source_field="thread_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="drafts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("key", fields.CharField(unique=True, max_length=80)),
                ("service", fields.CharField(default="", max_length=20)),
                ("theme", fields.CharField(default="", max_length=20)),
                ("subject", fields.TextField(default="")),
                ("text", fields.TextField(default="")),
                ("wants_copy", fields.BooleanField(default=False)),
                ("paper", fields.CharField(default="", db_default="", max_length=140)),
                ("saved_at", fields.DatetimeField()),
            ],
            options={
                "table": "draft",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DraftFile",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "draft",
                    fields.ForeignKeyField(
                        "mailbox.Draft",
                        source_field="draft_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="files",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("blob", fields.CharField(max_length=80)),
                ("filename", fields.CharField(max_length=200)),
                ("content_type", fields.CharField(max_length=100)),
                ("size", fields.IntField()),
                ("sha256", fields.CharField(max_length=64)),
            ],
            options={
                "table": "draft_file",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Entry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="entries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "thread",
                    fields.ForeignKeyField(
                        "mailbox.Thread",
                        source_field="thread_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="entries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("received_at", fields.DatetimeField(null=True)),
                ("sent_at", fields.DatetimeField(null=True)),
                ("unread", fields.IntField(default=0)),
                ("deleted_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "entry",
                "app": "mailbox",
                "unique_together": (("account", "thread"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FormerThread",
            fields=[
                ("id", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                (
                    "thread",
                    fields.ForeignKeyField(
                        "mailbox.Thread",
                        source_field="thread_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="former",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "former_thread",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LaterAnswer",
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
                        related_name="later",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "agent",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="agent_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="later",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("author", fields.CharField(max_length=160)),
                ("text", fields.TextField()),
                (
                    "files",
                    fields.JSONField(default=list),
                ),
                ("key", fields.CharField(unique=True, max_length=80)),
                ("seen", fields.BigIntField(default=0)),
                ("due_at", fields.DatetimeField()),
                ("state", fields.CharField(default="waiting", max_length=8)),
            ],
            options={
                "table": "later_answer",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Message",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "thread",
                    fields.ForeignKeyField(
                        "mailbox.Thread",
                        source_field="thread_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="messages",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="messages",
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
                        related_name="messages",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("author", fields.CharField(max_length=160)),
                ("via", fields.CharField(max_length=8)),
                ("text", fields.TextField()),
                ("rest", fields.TextField(default="")),
                ("words", fields.TextField(default="")),
                ("at", fields.DatetimeField()),
                ("key", fields.CharField(unique=True, max_length=80)),
                ("wants_copy", fields.BooleanField(default=False)),
                ("message_id", fields.CharField(default="", db_index=True, max_length=255)),
                ("announced_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "message",
                "app": "mailbox",
                "indexes": [Index(fields=["thread_id", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Attachment",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "message",
                    fields.ForeignKeyField(
                        "mailbox.Message",
                        source_field="message_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="attachments",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("blob", fields.CharField(max_length=80)),
                ("filename", fields.CharField(max_length=200)),
                ("content_type", fields.CharField(max_length=100)),
                ("size", fields.IntField()),
                ("sha256", fields.CharField(max_length=64)),
                ("inline", fields.BooleanField(default=False)),
                ("position", fields.IntField(default=0)),
                ("aside", fields.CharField(default="", max_length=200)),
            ],
            options={
                "table": "attachment",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MessageCopy",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "message",
                    fields.ForeignKeyField(
                        "mailbox.Message",
                        source_field="message_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="copies",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "service",
                    fields.ForeignKeyField(
                        "mailbox.Service",
                        source_field="service_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="copies",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("told_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "message_copy",
                "app": "mailbox",
                "unique_together": (("message", "service"),),
                "pk_attr": "id",
            },
            bases=["Model"],
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
                ("text", fields.TextField()),
                ("key", fields.CharField(unique=True, max_length=80)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "thread_note",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Presence",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "thread",
                    fields.ForeignKeyField(
                        "mailbox.Thread",
                        source_field="thread_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="present",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "agent",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="agent_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="present",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("writes", fields.BooleanField(default=False)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "presence",
                "app": "mailbox",
                "unique_together": (("thread", "agent"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReplyAddress",
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
                        related_name="reply_addresses",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="reply_addresses",
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
                        related_name="reply_addresses",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "service",
                    fields.ForeignKeyField(
                        "mailbox.Service",
                        source_field="service_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="reply_addresses",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("created_at", fields.DatetimeField()),
                ("expires_at", fields.DatetimeField()),
                ("revoked_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "reply_address",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ThreadEvent",
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
                        related_name="events",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=30)),
                ("text", fields.CharField(max_length=300)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "thread_event",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WantedPaper",
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
                        related_name="wanted",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("family_id", fields.BigIntField(db_index=True)),
                ("kind", fields.CharField(max_length=60)),
                ("name", fields.CharField(max_length=200)),
                ("child", fields.BigIntField(null=True)),
                ("guardian", fields.BigIntField(null=True)),
                ("until", fields.DateField()),
                ("by", fields.CharField(max_length=160)),
                ("state", fields.CharField(default="waiting", max_length=8)),
                ("asked_at", fields.DatetimeField()),
                ("settled_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "wanted_paper",
                "app": "mailbox",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunPython(_indexes),
    ]
