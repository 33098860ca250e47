"""Everything a mail tells of itself, read in a process of its own.

Strangers write mails: one that takes for ever, eats memory or brings the interpreter down costs a process that is
started anew, and never the pages, the mail doors or its neighbours. A backlog is read on another core meanwhile.
"""

from __future__ import annotations

import copyreg
import resource
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
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


def _travels(value_class: type[Any]) -> None:
    """Let values of a frozen class with slots be made anew from their fields, at the other end of the pipe.

    What `dataclass` does instead looks the fields up one by one for each value, and took a tenth of an intake.
    """
    reduced: Callable[[Any], Any] = attrgetter(*(field.name for field in fields(value_class)))
    copyreg.pickle(value_class, lambda value: (value_class, reduced(value)))


for _value in (Reading, ParsedMail, ParsedAttachment, Mailbox, Verdict, Reply, Bounce):
    _travels(_value)


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
                return await self._read_apart(raws)
            except BrokenWorkerProcess:  # it may have died while it had nothing to read, which is no mail's fault
                return await self._read_apart(raws)
        except TimeoutError as error:
            raise ReadingError(f"not read within {SECONDS:.0f} seconds") from error
        except (BrokenWorkerProcess, MemoryError) as error:
            raise ReadingError("the process that read it died, or had not enough memory") from error

    async def _read_apart(self, raws: Sequence[bytes]) -> list[Reading]:
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


def _read_apart(raws: Sequence[bytes], authserv_ids: tuple[str, ...]) -> list[Reading]:
    """`read_all` in the process of its own."""
    _settle_in()
    return read_all(raws, authserv_ids)


@cache
def _settle_in() -> None:
    """Once in the life of that process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    heap.settle()
