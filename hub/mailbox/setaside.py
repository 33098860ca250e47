"""Pure: a mail in quarantine as it is listed, opened and, once somebody has decided, told of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub.core.db import instant, known
from hub.mail.readings import Reading
from hub.mailbox.prospect import NOWHERE, Places, Prospect
from hub.mailbox.refusals import WORDS, Reason

WAITING = ("held", "quarantined", "failed")
# Only these name somebody of ours in whose name the mail can be posted.
ATTRIBUTABLE = frozenset(
    {
        Reason.unauthenticated,
        Reason.unproven,
        Reason.other_sender,
        Reason.other_thread,
        Reason.no_token,
        Reason.no_destination,
        Reason.expired_token,
        Reason.revoked_token,
        Reason.loop,
        Reason.other_version,
        Reason.seems_automatic,
        Reason.bulk,
        Reason.postmaster,
    }
)
# What these found missing may have been set up since: an account, a service's address. Nobody vouches for anything.
PASSING = frozenset({Reason.unknown_sender, Reason.no_destination})
COLUMNS = (  # of a row of `inbound_mail m`; one parameter: now
    "m.id, m.mailbox, m.from_address, m.subject, m.received_at, m.state, m.reason, m.size, "
    "(SELECT MAX(expires_at) FROM release_link WHERE mail_id = m.id AND m.state = 'held' AND used_at IS NULL "
    "AND expires_at > ?) AS asked_until"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail as the quarantine lists it. `why` is for people; `size` in bytes.

    `asked_until`: when the link lapses by which a registered address may confirm it; None when there is none.
    """

    id: int
    mailbox: str
    sender: str
    subject: str
    received_at: datetime
    state: str
    reason: str
    size: int
    asked_until: datetime | None = None

    @property
    def why(self) -> str:
        return WORDS.get(self.reason, self.reason)

    @property
    def can_accept(self) -> bool:
        return self.reason in ATTRIBUTABLE

    @property
    def can_answer(self) -> bool:
        return "@" in self.sender

    @property
    def can_replay(self) -> bool:
        return self.state == "failed" or self.reason in PASSING


@dataclass(frozen=True, slots=True)
class Conversation:
    """One that a mail may be put in."""

    id: int
    subject: str
    service: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Namesake:
    """Another mail of the same Message-ID and sender. `thread`: where it is posted, 0 where it is not."""

    id: int
    received_at: datetime
    state: str
    thread: int


@dataclass(frozen=True, slots=True)
class Opened:
    """One of them, read. `trace` only after an error of ours.

    `reading` is None when the mail cannot even be read; `prospect` when nobody could make it a message, or only who
    knows in whose name it is (`is_nameless`). `services`: number and name of those among which an agent chooses.
    """

    row: Waiting
    reading: Reading | None
    recipients: tuple[str, ...]
    prospect: Prospect | None
    trace: str
    text: str  # what was newly written; like the next two without addresses and links by which one speaks for others
    rest: str  # and what was cut below it: history, signature
    fields: str  # the header fields, decoded, one a line
    services: Places = NOWHERE
    conversations: tuple[Conversation, ...] = ()  # others of the parent in which an agent may put it
    namesakes: tuple[Namesake, ...] = ()  # of its Message-ID and sender, with other words

    @property
    def is_nameless(self) -> bool:
        """Whether somebody wrote it from an address that is nobody's: an agent may know whose it is."""
        return self.reading is not None and self.row.reason == Reason.unknown_sender

    @property
    def files(self) -> tuple[tuple[str, int], ...]:
        """Name and size in bytes of each."""
        found = self.reading.parsed.attachments if self.reading else ()
        return tuple((file.filename, file.size) for file in found)


@dataclass(frozen=True, slots=True)
class Settled:
    """What somebody decided about a mail, and what has become of it since.

    `act`: accepted | discarded | refused | restored | replayed (by an agent, `by` their name, or the command line, ""),
    or confirmed (by whoever the mail speaks for).
    """

    row: Waiting
    act: str
    by: str
    at: datetime

    @property
    def is_waiting(self) -> bool:
        return self.row.state in WAITING


def row_of(row: dict[str, Any]) -> Waiting:
    """Of COLUMNS."""
    return Waiting(
        id=row["id"],
        mailbox=row["mailbox"],
        sender=row["from_address"] or "(expéditeur illisible)",
        subject=row["subject"] or "(sans objet)",
        received_at=known(row["received_at"]),
        state=row["state"],
        reason=row["reason"],
        size=row["size"],
        asked_until=instant(row["asked_until"]),
    )


def identified(row: Waiting, reading: Reading | None) -> Waiting:
    """With From and Subject as just read, where an error of ours came before they were written down."""
    if reading is None or row.state != "failed":
        return row
    sender = reading.parsed.sender
    return replace(
        row, sender=sender.address.lower() if sender else row.sender, subject=reading.parsed.subject or row.subject
    )


def last_of(row: dict[str, Any]) -> Settled | None:
    """The later of the last decision of an agent and the confirmation of the sender."""
    decided, confirmed = instant(row["at"]), instant(row["confirmed_at"])
    if confirmed and (decided is None or confirmed > decided):
        return Settled(row_of(row), "confirmed", "", confirmed)
    return Settled(row_of(row), row["act"], row["name"] or "", decided) if decided else None
