"""Everything a mail tells of itself, read in a process of its own.

Strangers write mails: one that takes for ever, eats memory or brings the interpreter down costs a process that is
started anew, and never the pages, the mail doors or its neighbours. A backlog is read on another core meanwhile.
"""

from __future__ import annotations

import marshal
import resource
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

import anyio
from anyio import BrokenWorkerProcess, to_process

from hub.core import heap
from hub.mail import authentication, automatic, bounce, parse, reply
from hub.mail.authentication import Verdict
from hub.mail.automatic import Kind
from hub.mail.bounce import Bounce
from hub.mail.parse import Mailbox, ParsedAttachment, ParsedMail
from hub.mail.reply import Reply

AT_ONCE = 16 * 1024  # bytes: a few small mails are read sooner than they are handed over
SECONDS = 20.0  # for what is read together; the largest mail takes three
MEMORY = 1024**3  # bytes of address space; the largest mail takes a fifth


class ReadingError(Exception):
    """A mail could not be read: an error of ours, or no end to it. The message holds the trace."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail says of itself: pure, and computed before any transaction."""

    parsed: ParsedMail
    kind: Kind
    bounce: Bounce | None
    verdict: Verdict
    reply: Reply
    decoration: frozenset[str]
    """Content-IDs of pictures that are none of the writer's, see `reply.decoration`."""

    @property
    def is_human(self) -> bool:
        """Whether somebody wrote it (as far as one can tell)."""
        return self.kind in (Kind.message, Kind.reply, Kind.bulk)


class MailReader:
    """Reads mails. `authserv_ids`: whose word on senders is believed."""

    def __init__(self, authserv_ids: tuple[str, ...]) -> None:
        self._ids = authserv_ids
        self._two = anyio.CapacityLimiter(2)  # the inbound queue, and an agent who looks at one

    async def read(self, raws: Sequence[bytes]) -> list[Reading]:
        """One reading for each mail, in order. Raises ReadingError when one of them cannot be read, whichever."""
        try:
            if sum(map(len, raws)) <= AT_ONCE:
                return read_all(raws, self._ids)
            try:
                return unpacked(await self._read_apart(raws))
            except BrokenWorkerProcess:  # it may have died while it had nothing to read, which is no mail's fault
                return unpacked(await self._read_apart(raws))
        except TimeoutError as error:
            raise ReadingError(f"not read within {SECONDS:.0f} seconds") from error
        except (BrokenWorkerProcess, MemoryError) as error:
            raise ReadingError("the process that read it died, or had not enough memory") from error

    async def _read_apart(self, raws: Sequence[bytes]) -> bytes:
        with anyio.fail_after(SECONDS):
            return await to_process.run_sync(_read_apart, raws, self._ids, cancellable=True, limiter=self._two)


def read_all(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> list[Reading]:
    """Pure. Raises ReadingError."""
    try:
        return [read(raw, authserv_ids) for raw in raws]
    except Exception as error:
        raise ReadingError(traceback.format_exc()) from error


def read(raw: bytes, authserv_ids: tuple[str, ...]) -> Reading:
    """Pure: everything the bytes tell."""
    parsed = parse.read(raw)
    return Reading(
        parsed=parsed,
        kind=automatic.kind(parsed),
        bounce=bounce.read(parsed),
        verdict=authentication.verdict(parsed, authserv_ids),
        reply=reply.trim(parsed),
        decoration=reply.decoration(parsed),
    )


def _read_apart(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> bytes:
    """`read_all` in the process of its own, `packed`."""
    _settle_in()
    return packed(read_all(raws, authserv_ids))


@cache
def _settle_in() -> None:
    """Once in the life of that process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    heap.settle()


_TOLD = attrgetter(
    *("message_id", "in_reply_to", "references", "subject", "text", "html", "headers", "defects", "content_type"),
    *("report_type", "report", "enclosed"),
)
_BOX, _FILE, _VERDICT, _BOUNCE = (
    attrgetter(*(field.name for field in fields(kind))) for kind in (Mailbox, ParsedAttachment, Verdict, Bounce)
)


def packed(readings: Sequence[Reading]) -> bytes:
    """Readings on their way to the process that asked for them.

    As tuples, texts and numbers alone, which `marshal` writes and reads three times sooner than pickle does objects;
    at both ends stands the same interpreter.
    """
    return marshal.dumps([_packed(reading) for reading in readings])


def _packed(reading: Reading) -> tuple[Any, ...]:
    mail, bounced = reading.parsed, reading.bounce
    return (
        (
            _TOLD(mail),
            mail.date.isoformat() if mail.date else None,
            [[_BOX(box) for box in boxes] for boxes in (mail.authors, mail.to, mail.cc)],
            [_FILE(file) for file in mail.attachments],
        ),
        reading.kind.value,
        _BOUNCE(bounced) if bounced else None,
        _VERDICT(reading.verdict),
        (reading.reply.text, reading.reply.rest),
        tuple(reading.decoration),
    )


def unpacked(raw: bytes) -> list[Reading]:
    """What was `packed`."""
    return [_unpacked(*each) for each in marshal.loads(raw)]  # noqa: S302 (by a process of ours; anyio unpickles its answers)


def _unpacked(mail: Any, kind: str, bounced: Any, verdict: Any, replied: Any, decoration: tuple[str, ...]) -> Reading:
    bounce_, reply_ = Bounce(*bounced) if bounced else None, Reply(*replied)
    parsed = _unpacked_mail({"bounce": bounce_, "reply": reply_}, *mail)
    return Reading(parsed, Kind(kind), bounce_, Verdict(*verdict), reply_, frozenset(decoration))


def _unpacked_mail(known: dict[str, object], told: Any, date: str | None, boxes: Any, files: Any) -> ParsedMail:
    message_id, in_reply_to, references, subject, text, html, headers, defects, *reported = told
    authors, to, cc = [tuple([Mailbox(*box) for box in each]) for each in boxes]
    first: dict[str, str] = {}
    for name, value in headers:
        first.setdefault(name.lower(), value)
    return ParsedMail(
        message_id=message_id,
        in_reply_to=in_reply_to,
        references=references,
        date=datetime.fromisoformat(date) if date else None,
        sender=authors[0] if authors else None,
        to=to,
        cc=cc,
        subject=subject,
        text=text,
        html=html,
        attachments=tuple([ParsedAttachment(*file) for file in files]),
        headers=headers,
        defects=defects,
        authors=authors,
        content_type=reported[0],
        report_type=reported[1],
        report=reported[2],
        enclosed=reported[3],
        fields=first,
        known=known,
    )
