"""Tables of the mail room: what came in, what goes out, and which addresses fail."""

from tortoise import fields

from hub.core.model import Model


class InboundMail(Model):
    """One mail as received. Its bytes are durable before anything else, and the row is the queue.

    received ──claim──> (leased) ──> stored | settled | ignored | refused | held | quarantined
                                     └──> failed, after an error of ours; `hub replay` makes it received again
    held ──link confirmed──> received; quarantined ──an agent decides──> stored | refused | discarded
    discarded | settled ──long after──> erased: nothing is left but the digest, by which it is known when it comes again
    """

    id = fields.BigIntField(primary_key=True)
    mailbox = fields.CharField(120)  # name of the IMAP mailbox, "lmtp", or "file"
    uidvalidity = fields.BigIntField(default=0)  # of the spool: its file
    uid = fields.BigIntField(null=True)  # of the server or our spool; unique lets any number of nulls stand
    blob = fields.CharField(80, default="")  # of a large mail, written first; a small one has its InboundContent
    size = fields.IntField()  # bytes
    sha256 = fields.CharField(64)
    envelope_from = fields.CharField(320, default="")
    envelope_to = fields.JSONField[list[str]](default=list)
    received_at = fields.DatetimeField()
    state = fields.CharField(12, default="received")
    due_at = fields.DatetimeField()
    leased_until = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    settled_at = fields.DatetimeField(null=True)
    reason = fields.CharField(40, default="")  # why it was refused, held, quarantined or ignored
    trace = fields.TextField(default="")  # of an error of ours
    message_id = fields.CharField(255, default="")
    from_address = fields.CharField(320, default="")
    subject = fields.CharField(255, default="")
    proven = fields.BooleanField(default=False)  # that From is who wrote it
    released = fields.CharField(20, default="")  # "sender" or "agent" once somebody vouched for it
    # Set aside, for which conversation it was, and for which service; null where nobody can tell: as those rooms.
    thread = fields.BigIntField(null=True)
    service = fields.BigIntField(null=True)
    chosen = fields.BigIntField(null=True)  # in which conversation an agent publishes it; 0: a new one
    account = fields.BigIntField(null=True)  # in whose name an agent publishes what comes from an unknown address

    class Meta:
        table = "inbound_mail"
        unique_together = (("mailbox", "uidvalidity", "uid"),)


class InboundContent(Model):
    """The bytes of a small mail: apart, since the row of the queue is written anew with whatever happens to it."""

    mail: fields.OneToOneRelation[InboundMail] = fields.OneToOneField(
        "mail.InboundMail", primary_key=True, related_name="contents"
    )
    mail_id: int
    content = fields.BinaryField()

    class Meta:
        table = "inbound_content"


class MailboxCursor(Model):
    """How far one IMAP mailbox has been read, and which process reads it at the moment."""

    name = fields.CharField(120, primary_key=True)
    reader = fields.CharField(40, default="")  # random, of the process that holds the lease
    leased_until = fields.DatetimeField(null=True)
    uidvalidity = fields.BigIntField(default=0)
    uid = fields.BigIntField(default=0)
    fares = fields.JSONField[dict[str, object]](default=dict)  # how it does, as that process has last said

    class Meta:
        table = "mailbox_cursor"


class OutboundMail(Model):
    """One mail to one recipient, serialised once.

    queued ──claim──> (leased) ──> sent ──bounce──> bounced
                       ├─ deferred: queued again, later; after the last try: given_up
                       └─ rejected
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(120, unique=True)  # what it is for: the same key is never queued twice
    kind = fields.CharField(30)  # its template
    recipient = fields.CharField(320)
    domain = fields.CharField(255)
    envelope_from = fields.CharField(320)  # VERP return path, or "" where RFC 5321 wants null
    message_id = fields.CharField(255, db_index=True)
    content = fields.BinaryField(null=True)  # the mail itself when it is small…
    blob = fields.CharField(80, default="")  # …else its blob
    size = fields.IntField()
    thread = fields.BigIntField(null=True)  # what it speaks of: ids only, those rooms lie above
    message = fields.BigIntField(null=True, db_index=True)
    tell = fields.CharField(60, default="")  # the channel topic that hears when it is settled
    state = fields.CharField(10, default="queued")
    due_at = fields.DatetimeField()
    leased_until = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    unknown = fields.IntField(default=0)  # tries that may have been accepted unheard
    response = fields.CharField(500, default="")  # the server's last words
    created_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbound_mail"


class AddressFailure(Model):
    """An address that a bounce or a refusal has marked, until it is known to work again."""

    address = fields.CharField(320, primary_key=True)
    state = fields.CharField(10)  # soft | hard
    status = fields.CharField(20, default="")  # RFC 3463
    reason = fields.CharField(500, default="")
    count = fields.IntField(default=1)
    since = fields.DatetimeField()
    last_at = fields.DatetimeField(null=True)  # of the latest failure

    class Meta:
        table = "address_failure"


class AddressEvent(Model):
    """Something that told for or against an address: when, what, by whom, why. `event`: see hub.mail.failures.

    What anybody may say as often as they like has one row a day; `at` is the last of its `times`.
    """

    id = fields.BigIntField(primary_key=True)
    address = fields.CharField(320, db_index=True)
    event = fields.CharField(10)
    by = fields.CharField(40)
    status = fields.CharField(20, default="")
    reason = fields.CharField(500, default="")
    at = fields.DatetimeField()
    times = fields.IntField(default=1)

    class Meta:
        table = "address_event"


class GivenAnswer(Model):
    """A letter by which the hub answered a mail by itself: they are counted by address, reason, day and hour."""

    id = fields.BigIntField(primary_key=True)
    address = fields.CharField(320)
    reason = fields.CharField(40)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "given_answer"
