"""Tables of the family mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from hub.accounts.models import Account, Agent
    from hub.dossier.models import Family
    from hub.mail.models import InboundMail


class Service(Model):
    """A service of the town that families write to."""

    id = fields.BigIntField(primary_key=True)
    slug = fields.CharField(60, unique=True)
    name = fields.CharField(120)
    description = fields.CharField(300, default="")
    email = fields.CharField(320, unique=True)  # families may write here
    shared = fields.CharField(320, default="")  # one mailbox for all its agents, or ""
    phone = fields.CharField(40, default="")
    address = fields.CharField(300, default="")
    delay = fields.CharField(120, default="")
    position = fields.IntField(default=0)
    closed_at = fields.DatetimeField(null=True)
    health = fields.BooleanField(default=False, db_default=False)  # its agents may read health notes
    laid_at = fields.DatetimeField(null=True)  # since when the settings need not lay it out any more
    version = fields.IntField(default=0, db_default=0)  # of two who change it at once, the second is told

    class Meta:
        table = "service"


class ServiceAgent(Model):
    """That an agent works for a service. A delegate answers in the place of its agents, and gets none of its mail."""

    id = fields.BigIntField(primary_key=True)
    service: fields.ForeignKeyRelation[Service] = fields.ForeignKeyField(
        "mailbox.Service", related_name="members", db_index=True
    )
    service_id: int
    agent: fields.ForeignKeyRelation[Agent] = fields.ForeignKeyField(
        "accounts.Agent", related_name="services", db_index=True
    )
    agent_id: int
    is_delegate = fields.BooleanField(default=False, db_default=False)
    is_head = fields.BooleanField(default=False, db_default=False)  # keeps the service's own things at the desk

    class Meta:
        table = "service_agent"
        unique_together = (("service", "agent"),)


class Theme(Model):
    """What a message to a service can be about."""

    id = fields.BigIntField(primary_key=True)
    service: fields.ForeignKeyRelation[Service] = fields.ForeignKeyField(
        "mailbox.Service", related_name="themes", db_index=True
    )
    service_id: int
    name = fields.CharField(120)
    silence = fields.TextField(default="")  # sentence of the acknowledgement; "" = the town's own
    months = fields.IntField(default=0)  # until silence decides; 0 = the town's own
    accepts = fields.BooleanField(default=False, db_default=False)  # silence means yes
    position = fields.IntField(default=0)
    closed_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "theme"
        unique_together = (("service", "name"),)


class CannedAnswer(Model):
    """An answer that a service's agents begin with. `text` holds places like {famille}."""

    id = fields.BigIntField(primary_key=True)
    service: fields.ForeignKeyRelation[Service] = fields.ForeignKeyField(
        "mailbox.Service", related_name="canned_answers", db_index=True
    )
    service_id: int
    name = fields.TextField()
    text = fields.TextField()
    position = fields.IntField(default=0)
    version = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "canned_answer"


class News(Model):
    """Something new in town, on every family's home page from the day `since` to the day `until`, both included."""

    id = fields.BigIntField(primary_key=True)
    title = fields.TextField()
    text = fields.TextField(default="")
    link = fields.TextField(default="")
    picture = fields.TextField(default="")  # a file of home.folder, or a path of the portal's own site
    alt = fields.TextField(default="")
    since = fields.DateField(null=True)
    until = fields.DateField(null=True)
    position = fields.IntField(default=0)
    version = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "news"


class Thread(Model):
    """A conversation of one family with one service about one theme."""

    id = fields.BigIntField(primary_key=True)
    family: fields.ForeignKeyRelation[Family] = fields.ForeignKeyField(
        "dossier.Family", related_name="threads", db_index=True
    )
    family_id: int
    service: fields.ForeignKeyRelation[Service] = fields.ForeignKeyField(
        "mailbox.Service", related_name="threads", db_index=True
    )
    service_id: int
    theme: fields.ForeignKeyNullableRelation[Theme] = fields.ForeignKeyField(
        "mailbox.Theme", related_name="threads", null=True
    )
    theme_id: int | None
    subject = fields.CharField(200)
    opened_at = fields.DatetimeField()
    last_at = fields.DatetimeField()  # of the last message, as the next four: a list reads no message
    last_author = fields.CharField(160, default="")
    snippet = fields.CharField(200, default="")  # its first words
    messages_count = fields.IntField(default=0)
    files_count = fields.IntField(default=0)
    waits_since = fields.DatetimeField(null=True)  # the family has written since the town last spoke, and when first
    handed_at = fields.DatetimeField(null=True)  # to another service, which has not been told yet
    clock_since = fields.DatetimeField(
        null=True
    )  # from when the legal clock runs (see clock); null: silence decides nothing
    clock_held = fields.BooleanField(default=False, db_default=False)  # an answer does not end it: a decision does
    clock_stopped_at = fields.DatetimeField(null=True)  # while a paper that was asked for is waited for
    clock_resumes_after = fields.DateField(null=True)  # the last day given for it; null: it waits however long
    silence_told_at = fields.DatetimeField(null=True)  # when its service was last warned that silence will decide
    assigned: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "accounts.Agent", related_name="threads", null=True, on_delete=fields.SET_NULL
    )  # who looks after it
    assigned_id: int | None

    class Meta:
        table = "thread"


class WantedPaper(Model):
    """A paper without which an agent cannot go on, asked for in a thread.

    waiting ──the family sends it──> came
      └──> dropped: it is no longer needed
    """

    id = fields.BigIntField(primary_key=True)
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField(
        "mailbox.Thread", related_name="wanted", db_index=True
    )
    thread_id: int
    family_id = fields.BigIntField(db_index=True)
    kind = fields.CharField(60)  # slug of the settings; "": none of them, `name` says what
    name = fields.CharField(200)  # as the family reads it, with whose it is
    child = fields.BigIntField(null=True)  # whom it is about: rows of the dossier, which may be gone by then
    guardian = fields.BigIntField(null=True)
    until = fields.DateField()  # the day given to send it
    by = fields.CharField(160)  # the agent's name, as it was then
    state = fields.CharField(8, default="waiting")
    asked_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "wanted_paper"


class MessageCopy(Model):
    """That an agent's mail named another service beside the family: its people are written to once, by e-mail."""

    id = fields.BigIntField(primary_key=True)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField("mailbox.Message", related_name="copies")
    message_id: int
    service: fields.ForeignKeyRelation[Service] = fields.ForeignKeyField("mailbox.Service", related_name="copies")
    service_id: int
    told_at = fields.DatetimeField(null=True)

    class Meta:
        table = "message_copy"
        unique_together = (("message", "service"),)


class Note(Model):
    """What agents tell each other about a thread. No family ever sees it, no mail carries it."""

    id = fields.BigIntField(primary_key=True)
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField(
        "mailbox.Thread", related_name="notes", db_index=True
    )
    thread_id: int
    agent: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "accounts.Agent", null=True, on_delete=fields.SET_NULL
    )
    agent_id: int | None
    author = fields.CharField(160)  # name as it was when written
    text = fields.TextField()
    key = fields.CharField(80, unique=True)  # of the form: two clicks make one note
    at = fields.DatetimeField()

    class Meta:
        table = "thread_note"


class Presence(Model):
    """That an agent has a thread open at the desk. It counts for seconds: see presence."""

    id = fields.BigIntField(primary_key=True)
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField("mailbox.Thread", related_name="present")
    thread_id: int
    agent: fields.ForeignKeyRelation[Agent] = fields.ForeignKeyField("accounts.Agent", related_name="present")
    agent_id: int
    writes = fields.BooleanField(default=False)
    at = fields.DatetimeField()

    class Meta:
        table = "presence"
        unique_together = (("thread", "agent"),)


class LaterAnswer(Model):
    """An agent's answer that is to go on a day to come.

    waiting ──its time comes──> sent
      ├──> left: its author no longer answers for the service; a note says what it said, its files stay here
      ├──> held: somebody wrote meanwhile; an agent looks and lets it wait again, or drops it
      └──> dropped
    """

    id = fields.BigIntField(primary_key=True)
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField(
        "mailbox.Thread", related_name="later", db_index=True
    )
    thread_id: int
    agent: fields.ForeignKeyRelation[Agent] = fields.ForeignKeyField("accounts.Agent", related_name="later")
    agent_id: int
    author = fields.CharField(160)  # name as it was when written
    text = fields.TextField()
    files = fields.JSONField[list[list[str]]](default=list)  # [blob, name, type, bytes, SHA-256]
    key = fields.CharField(80, unique=True)  # becomes the message's key
    seen = fields.BigIntField(default=0)  # the last message that whoever lets it go had before them
    due_at = fields.DatetimeField()
    state = fields.CharField(8, default="waiting")

    class Meta:
        table = "later_answer"


class FormerThread(Model):
    """A thread that was joined to another: its address leads there."""

    id = fields.BigIntField(primary_key=True, generated=False)
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField(
        "mailbox.Thread", related_name="former", db_index=True
    )
    thread_id: int

    class Meta:
        table = "former_thread"


class Mailing(Model):
    """A message of the town to many families, each in a thread of its own.

    draft ──looked at and confirmed──> sending ──> sent
      └──> dropped
    """

    id = fields.BigIntField(primary_key=True)
    service: fields.ForeignKeyRelation[Service] = fields.ForeignKeyField("mailbox.Service", related_name="mailings")
    service_id: int
    agent: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "accounts.Agent", null=True, on_delete=fields.SET_NULL
    )
    agent_id: int | None
    author = fields.CharField(160)  # name as it was when written
    subject = fields.CharField(200)
    text = fields.TextField()
    files = fields.JSONField[list[list[str]]](default=list)  # [blob, name, type, bytes, SHA-256], stored once for all
    whom = fields.JSONField[dict[str, str]](default=dict)  # what was chosen of each criterion; {}: every family
    state = fields.CharField(8, default="draft")
    reached = fields.BigIntField(default=0)  # every family up to this id has it: moves with the threads it speaks of
    count = fields.IntField(default=0)  # threads begun so far
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)  # when the last one had it

    class Meta:
        table = "mailing"


class Message(Model):
    """Something said in a thread by a guardian (account), an agent, or the town itself (neither).

    `text` is what is shown, `rest` what was cut from an e-mail (quoted history, signature): nothing is lost.
    `words` are the folded word stems that search looks in.
    """

    id = fields.BigIntField(primary_key=True)
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField("mailbox.Thread", related_name="messages")
    thread_id: int
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "accounts.Account", related_name="messages", null=True
    )
    account_id: int | None
    agent: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "accounts.Agent", related_name="messages", null=True
    )
    agent_id: int | None
    author = fields.CharField(160)  # name as it was when written
    via = fields.CharField(8)  # web | email | desk
    text = fields.TextField()
    rest = fields.TextField(default="")
    words = fields.TextField(default="")
    at = fields.DatetimeField()
    key = fields.CharField(80, unique=True)  # of the submission: two clicks make one message
    wants_copy = fields.BooleanField(default=False)  # "Confirmation par email"
    message_id = fields.CharField(255, default="", db_index=True)  # of the e-mail it came in by
    announced_at = fields.DatetimeField(null=True)

    class Meta:
        table = "message"
        indexes = (("thread_id", "id"),)


class Attachment(Model):
    """A file of a message. `aside` says why it was set aside, and then nobody can download it."""

    id = fields.BigIntField(primary_key=True)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField(
        "mailbox.Message", related_name="attachments", db_index=True
    )
    message_id: int
    blob = fields.CharField(80)
    filename = fields.CharField(200)
    content_type = fields.CharField(100)  # sniffed from the bytes, never believed
    size = fields.IntField()
    sha256 = fields.CharField(64)
    inline = fields.BooleanField(default=False)
    position = fields.IntField(default=0)
    aside = fields.CharField(200, default="")

    class Meta:
        table = "attachment"


class ThreadEvent(Model):
    """Something that happened in a thread and is no message: a transfer, a mail that could not be delivered."""

    id = fields.BigIntField(primary_key=True)
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField(
        "mailbox.Thread", related_name="events", db_index=True
    )
    thread_id: int
    kind = fields.CharField(30)
    text = fields.CharField(300)
    at = fields.DatetimeField()

    class Meta:
        table = "thread_event"


class Entry(Model):
    """A thread in one person's mailbox: whoever has no entry does not see the thread.

    `received_at` is of the last message of the town (null: none yet, it stands in Envoyés only), `sent_at` of the
    last message of the family.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("accounts.Account", related_name="entries")
    account_id: int
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField(
        "mailbox.Thread", related_name="entries", db_index=True
    )
    thread_id: int
    received_at = fields.DatetimeField(null=True)
    sent_at = fields.DatetimeField(null=True)
    unread = fields.IntField(default=0)
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "entry"
        unique_together = (("account", "thread"),)


class Draft(Model):
    """What somebody is writing: a new message (thread null) or an answer. Kept until it is sent."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "accounts.Account", related_name="drafts", db_index=True
    )
    account_id: int
    thread: fields.ForeignKeyNullableRelation[Thread] = fields.ForeignKeyField(
        "mailbox.Thread", related_name="drafts", null=True
    )
    thread_id: int | None
    key = fields.CharField(80, unique=True)  # becomes the message's key
    service = fields.CharField(20, default="")  # as typed: may not exist
    theme = fields.CharField(20, default="")
    subject = fields.TextField(default="")
    text = fields.TextField(default="")
    wants_copy = fields.BooleanField(default=False)
    paper = fields.CharField(140, default="", db_default="")  # of a document: "kind:whose" as typed; "": of a message
    saved_at = fields.DatetimeField()

    class Meta:
        table = "draft"


class DraftFile(Model):
    """A file already sent up for a draft."""

    id = fields.BigIntField(primary_key=True)
    draft: fields.ForeignKeyRelation[Draft] = fields.ForeignKeyField(
        "mailbox.Draft", related_name="files", db_index=True
    )
    draft_id: int
    blob = fields.CharField(80)
    filename = fields.CharField(200)
    content_type = fields.CharField(100)
    size = fields.IntField()
    sha256 = fields.CharField(64)

    class Meta:
        table = "draft_file"


class ReplyAddress(Model):
    """An address that speaks in one thread for one person: a guardian, an agent, or a service's shared mailbox.

    The address carries this row's id and a signature; nothing secret is stored.
    """

    id = fields.BigIntField(primary_key=True)
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField(
        "mailbox.Thread", related_name="reply_addresses", db_index=True
    )
    thread_id: int
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "accounts.Account", related_name="reply_addresses", null=True
    )
    account_id: int | None
    agent: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField(
        "accounts.Agent", related_name="reply_addresses", null=True
    )
    agent_id: int | None
    service: fields.ForeignKeyNullableRelation[Service] = fields.ForeignKeyField(
        "mailbox.Service", related_name="reply_addresses", null=True
    )
    service_id: int | None
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "reply_address"


class ReleaseLink(Model):
    """A link sent to a registered address: "was this mail yours?". Single use, and only its digest is stored."""

    id = fields.BigIntField(primary_key=True)
    token = fields.CharField(64, unique=True)
    mail: fields.ForeignKeyRelation[InboundMail] = fields.ForeignKeyField(
        "mail.InboundMail", related_name="release_links", db_index=True
    )
    mail_id: int
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "release_link"


class Decision(Model):
    """What an agent decided about a mail in quarantine (no agent: from the command line)."""

    id = fields.BigIntField(primary_key=True)
    mail: fields.ForeignKeyRelation[InboundMail] = fields.ForeignKeyField(
        "mail.InboundMail", related_name="decisions", db_index=True
    )
    agent: fields.ForeignKeyNullableRelation[Agent] = fields.ForeignKeyField("accounts.Agent", null=True)
    act = fields.CharField(10)  # accepted | discarded | refused | restored | replayed
    at = fields.DatetimeField()

    class Meta:
        table = "quarantine_decision"
