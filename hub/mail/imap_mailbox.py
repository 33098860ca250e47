"""One IMAP connection with one folder selected.

ImapError
├── Lost           the connection is gone or the server fell silent: open another
└── Declined       the server said NO or BAD; the connection goes on
    └── LoginRefused

aioimaplib's NO and BAD raise nothing; what else it leaves to others is seen to in `imap_protocol`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from aioimaplib import aioimaplib

from hub.config import Imap
from hub.mail import imap_wire as wire
from hub.mail.imap_protocol import TALK, Fetch, Protocol
from hub.mail.tls import client_context

Answer = TypeVar("Answer")

SLOWEST = 16 * 1024  # bytes per second below which a fetch is given up
LARGEST = 160 * 1024 * 1024  # bytes of a mail; no host takes larger ones
GOODBYE = 2.0  # seconds


class ImapError(Exception):
    """The mailbox could not be used; the message says what was asked and what came back."""


class Lost(ImapError):
    """No connection, or none any more."""


class Declined(ImapError):
    """NO or BAD."""


class LoginRefused(Declined):
    """Wrong user or password, or logging in is not allowed like this."""


class Mailbox:
    """A selected folder. `uidvalidity` gives its UIDs their meaning (RFC 3501 §2.3.1.1)."""

    def __init__(self, settings: Imap, protocol: Protocol) -> None:
        self._settings = settings
        self._protocol = protocol
        self.uidvalidity = 0
        self.uidnext: int | None = None  # as it was when the folder was selected

    @classmethod
    async def open(cls, settings: Imap) -> Mailbox:
        """Connect, secure, log in and select. Raises ImapError."""
        loop = asyncio.get_running_loop()
        protocol = Protocol(loop)
        mailbox = cls(settings, protocol)
        try:
            await mailbox._connect(loop)
            await mailbox._log_in()
            await mailbox._select()
        except BaseException:
            mailbox.drop()
            raise
        return mailbox

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server can do, in upper case."""
        return frozenset(word.upper() for word in self._protocol.capabilities)

    async def search(self, above: int) -> list[int]:
        """UIDs greater than `above`. NOOP first: some servers tell of new mail only then."""
        self._protocol.news.clear()
        await self._ask("NOOP", self._protocol.simple_command("NOOP"))
        query = self._protocol.search("UID", f"{above + 1}:*", charset=None, by_uid=True)
        # "n:*" also finds the last mail when its UID is below n (RFC 3501 §6.4.8)
        return [uid for uid in wire.found(await self._ask("SEARCH", query)) if uid > above]

    async def sizes(self, uids: Iterable[int]) -> dict[int, int]:
        """UID -> size in bytes, for those that still exist. At most some 200 at a time: the parser recurses."""
        return wire.sizes(await self._ask("FETCH", self._fetched(uids, "(UID RFC822.SIZE)")))

    async def fetch(self, uids: Iterable[int], size: int) -> dict[int, bytes]:
        """UID -> the mail's bytes, for those that still exist; their flags stay. `size`: bytes expected."""
        timeout = self._settings.timeout
        command, wanted = self._fetched(uids, "(UID BODY.PEEK[])", timeout), set(uids)
        lines = await self._ask("FETCH", command, timeout + size / SLOWEST, LARGEST)
        return {uid: raw for uid, raw in wire.bodies(lines).items() if uid in wanted}

    async def flag(self, uids: Iterable[int], flag: str = r"\Seen") -> bool:
        """Add a flag. True: it is there now."""
        command = self._protocol.store(wire.uid_set(uids), "+FLAGS.SILENT", f"({flag})", by_uid=True)
        await self._ask("STORE", command)
        return True

    async def move(self, uids: Iterable[int], folder: str) -> bool:
        """Move to `folder`, made if need be. False when this server cannot move without risk to other mail:
        it has neither MOVE (RFC 6851) nor UIDPLUS (RFC 4315), and EXPUNGE would remove whatever is \\Deleted.
        """
        if not self.capabilities & {"MOVE", "UIDPLUS"}:
            return False
        named, numbers = wire.folder_name(folder), wire.uid_set(uids)
        try:
            await self._move(numbers, named)
        except Declined as error:
            if "TRYCREATE" not in str(error):
                raise
            await self._ask("CREATE", self._protocol.simple_command("CREATE", named))
            await self._move(numbers, named)
        return True

    async def wait(self, seconds: float) -> None:
        """Until there may be new mail, or `seconds` have passed. IDLE (RFC 2177) where the server has it."""
        if self._protocol.news.is_set():
            return
        if "IDLE" in self.capabilities:
            await self._idle(seconds)
        else:
            await self._news(seconds)

    async def close(self) -> None:
        """Log out, without waiting long for the answer."""
        with contextlib.suppress(ImapError):
            await self._ask("LOGOUT", self._protocol.logout(), GOODBYE)
        self.drop()

    def drop(self) -> None:
        """Cut the connection at once."""
        if self._protocol.transport is not None:
            self._protocol.transport.abort()

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> None:
        settings, protocol = self._settings, self._protocol
        try:
            context = client_context(settings) if settings.security != "none" else None
            direct = context if settings.security == "tls" else None
            opening = loop.create_connection(lambda: protocol, settings.host, settings.port, ssl=direct)
            async with asyncio.timeout(settings.timeout):
                await opening
            await self._race("greeting", protocol.wait("AUTH|NONAUTH"))
            if settings.security == "starttls":
                await self._start_tls(loop, context)
        except TimeoutError as error:
            raise Lost("connect: no answer in time") from error
        except OSError as error:
            raise Lost(f"connect: {error}") from error

    async def _start_tls(self, loop: asyncio.AbstractEventLoop, context: Any) -> None:
        """Upgrade the connection; what the server said of itself before is forgotten (RFC 3501 §6.2.1)."""
        protocol = self._protocol
        command = aioimaplib.Command("STARTTLS", protocol.new_tag(), loop=loop)
        await self._ask("STARTTLS", protocol.execute(command))
        protocol.forget_begun()
        host, timeout = self._settings.host, self._settings.timeout
        upgrade = loop.start_tls(protocol.transport, protocol, context, server_hostname=host)
        async with asyncio.timeout(timeout):
            protocol.transport = await upgrade
        await self._race("CAPABILITY", protocol.capability())

    async def _log_in(self) -> None:
        protocol, settings = self._protocol, self._settings
        if protocol.state != "AUTH":  # PREAUTH
            try:
                await self._ask("LOGIN", protocol.login(wire.quoted(settings.user), settings.password))
            except Declined as error:
                raise LoginRefused(str(error)) from error
        await self._race("CAPABILITY", protocol.capability())

    async def _select(self) -> None:
        lines = await self._ask("SELECT", self._protocol.select(wire.folder_name(self._settings.folder)))
        self.uidvalidity, self.uidnext = wire.uidvalidity(lines) or 0, wire.uidnext(lines)

    def _fetched(self, uids: Iterable[int], parts: str, silence: float | None = None) -> Any:
        """The answer to a FETCH; `silence`: seconds without a byte after which it is given up."""
        protocol = self._protocol
        tag, loop = protocol.new_tag(), protocol.loop
        return protocol.execute(Fetch(tag, wire.uid_set(uids), parts, prefix="UID", loop=loop, timeout=silence))

    async def _move(self, uids: str, folder: str) -> None:
        protocol = self._protocol
        if "MOVE" in self.capabilities:
            await self._ask("MOVE", protocol.move(uids, folder, by_uid=True))
            return
        await self._ask("COPY", protocol.copy(uids, folder, by_uid=True))
        await self._ask("STORE", protocol.store(uids, "+FLAGS.SILENT", r"(\Deleted)", by_uid=True))
        await self._ask("EXPUNGE", protocol.expunge(uids, by_uid=True))

    async def _idle(self, seconds: float) -> None:
        protocol = self._protocol
        idling = asyncio.ensure_future(self._ask("IDLE", protocol.idle(), seconds + 2 * self._settings.timeout))
        try:
            await self._race("IDLE", protocol.wait_for_idle_response())
            await self._news(seconds)
            protocol.idle_done()
            await idling
        finally:
            idling.cancel()
            await asyncio.gather(idling, return_exceptions=True)
            while not protocol.idle_queue.empty():
                protocol.idle_queue.get_nowait()

    async def _news(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await self._race("wait", asyncio.wait_for(self._protocol.news.wait(), seconds), seconds + 1)

    async def _ask(
        self, what: str, command: Coroutine[Any, Any, Any], limit: float | None = None, mails: int = 0
    ) -> Any:
        """The lines of an answer that is OK, `mails` bytes at most beside what else is said."""
        self._protocol.allowed = TALK + mails
        answer = await self._race(what, command, limit)
        if answer.result != "OK":
            said = b" ".join(line for line in answer.lines if isinstance(line, bytes))
            raise Declined(f"{what}: {answer.result} {wire.readable(said)}")
        return answer.lines

    async def _race(self, what: str, step: Coroutine[Any, Any, Answer], limit: float | None = None) -> Answer:
        """`step` against the end of the connection and the clock. After a timeout nothing on the connection
        can be trusted to be in step: it is cut."""
        task = asyncio.ensure_future(step)
        racers: set[asyncio.Future[Any]] = {task, self._protocol.lost}
        seconds = self._settings.timeout if limit is None else limit
        try:
            await asyncio.wait(racers, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
        except aioimaplib.CommandTimeout:
            pass
        except aioimaplib.AioImapException as error:
            self.drop()
            raise Lost(f"{what}: {error!r}") from error
        finally:
            task.cancel()
        self.drop()
        raise Lost(f"{what}: {self._protocol.why if self._protocol.lost.done() else 'no answer in time'}")
