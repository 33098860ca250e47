"""Tables of the requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields

from hub.core.model import Model

if TYPE_CHECKING:
    from hub.mailbox.models import Thread


OPEN = ("pending", "expired")  # an agent may decide
PAPER = "document"  # kind of those about one paper that a family has sent: a thread may carry several


class Request(Model):
    """What a guardian asks for. It is carried by a thread, and seen by whoever sees the thread.

    pending ──> accepted | refused (`reason`, shown to the family) | withdrawn
       │ ^─────────┴─ undone within a minute
       └──> expired: silence has decided; an agent may still decide otherwise
    """

    id = fields.BigIntField(primary_key=True)
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField(
        "mailbox.Thread", related_name="requests", db_index=True
    )
    thread_id: int
    kind = fields.CharField(40)  # slug (hub.actions.kinds)
    guardian = fields.BigIntField()  # in whose name: rows of the dossier, which may be gone by then
    child = fields.BigIntField(null=True)
    state = fields.CharField(10, default="pending")
    changes = fields.JSONField[list[list[str]]](default=list)  # [what, before, after], as everybody may read them
    payload = fields.TextField()  # sealed: what is applied when it is accepted
    before = fields.TextField(default="")  # sealed: what was there before it was accepted, to undo it
    reason = fields.CharField(500, default="")
    asked_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    clock_since = fields.DatetimeField(null=True)  # from when the clock ran that the decision ended, to undo it

    class Meta:
        table = "request"
        indexes = (("state", "asked_at"),)


class RequestEvent(Model):
    """What was done to a request: by whom, why and by which way. Rows are only ever added."""

    id = fields.BigIntField(primary_key=True)
    request: fields.ForeignKeyRelation[Request] = fields.ForeignKeyField(
        "actions.Request", related_name="events", db_index=True
    )
    request_id: int
    act = fields.CharField(10)  # asked | accepted | refused | withdrawn | expired | undone
    by = fields.CharField(160)  # the name, as it was then
    account = fields.BigIntField(null=True)
    agent = fields.BigIntField(null=True)
    via = fields.CharField(8)  # web | desk | link | email
    reason = fields.CharField(500, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "request_event"


class DecisionLink(Model):
    """A link in a service's mail that decides on a request: single use, expiring, and only its digest is stored."""

    id = fields.BigIntField(primary_key=True)
    token = fields.CharField(64, unique=True)
    request: fields.ForeignKeyRelation[Request] = fields.ForeignKeyField(
        "actions.Request", related_name="links", db_index=True
    )
    request_id: int
    agent = fields.BigIntField(default=0)  # to whom it was sent; 0: the shared mailbox
    name = fields.CharField(160)  # in whose name it decides
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "decision_link"
