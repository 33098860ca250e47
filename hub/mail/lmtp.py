"""The door for the local mail server: LMTP (RFC 2033), or plain SMTP for the demo's loopback server.

250 is said only once `take` has returned, which means stored durably. LMTP gives one reply for each recipient
after the final dot, SMTP one for all; here they always agree, since a mail is taken whole or not at all.
"""

from __future__ import annotations

import asyncio
import errno
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import structlog

from hub.config import Lmtp
from hub.mail.lmtp_connection import Connection, Envelope, LmtpConnection
from hub.mail.lmtp_wire import READ_AHEAD

__all__ = ["PUT_OFF", "STORED", "DoorError", "Envelope", "LmtpServer"]

STORED, PUT_OFF = "stored", "put off"
STOP_WAIT = 10.0  # seconds given at the end to mails that are being stored
MOST_CONNECTIONS = 100  # a mail server opens twenty
MOST_HELD = 4  # mails of the greatest size in memory at once, on all connections together

Take = Callable[[Envelope], Awaitable[None]]
Coming = Callable[[], AbstractContextManager[None]]
Accepts = Callable[[str], bool | Awaitable[bool]]

log = structlog.get_logger(__name__)


class DoorError(Exception):
    """The door cannot be opened; the message, in French, says why."""


class LmtpServer:
    """Listens on `settings.host:port` (0: any free one). `max_bytes` bounds one mail.

    `take` must return only once the mail is safe; when it raises, the client is told to try again later (451).
    `accepts` says whether an address is ours. `coming` is entered for as long as a mail is on its way in. `told` counts
    mails that were "stored", and what was "put off" since it could not be stored or looked up.
    """

    def __init__(
        self,
        settings: Lmtp,
        take: Take,
        accepts: Accepts,
        max_bytes: int,
        protocol: Literal["lmtp", "smtp"] = "lmtp",
        coming: Coming = nullcontext,
        told: Counter[str] | None = None,
    ) -> None:
        self.told = Counter() if told is None else told
        self._settings = settings
        self._take = take
        self._accepts = accepts
        self.max_bytes = max_bytes
        self.coming = coming
        self._speaks = LmtpConnection if protocol == "lmtp" else Connection
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], Connection] = {}

    @property
    def port(self) -> int:
        """The port listened on; that of the settings until started."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else self._settings.port

    async def start(self) -> None:
        """Open the door. Raises DoorError when the port is occupied or not ours to open."""
        host, port = self._settings.host, self._settings.port
        try:
            self._server = await asyncio.start_server(self._connect, host, port, limit=READ_AHEAD)
        except OSError as error:
            raise DoorError(_refusal(host, port, error)) from error

    async def stop(self) -> None:
        """Shut the door: nothing new comes in, what is being stored is waited for, then all hang up."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for connection in self._open.values():
            connection.hang_up()
        if self._open:
            await asyncio.wait(self._open, timeout=STOP_WAIT)
        await server.wait_closed()

    def is_full(self) -> bool:
        """Whether all connections together hold as much as there is memory for."""
        return sum(connection.holds for connection in self._open.values()) > MOST_HELD * self.max_bytes

    async def ours(self, address: str) -> bool:
        """Whether mail for `address` is taken."""
        try:
            answer = self._accepts(address)
            return answer if isinstance(answer, bool) else await answer
        except Exception:
            self.told[PUT_OFF] += 1
            raise

    async def store(self, envelope: Envelope) -> bool:
        """Whether the mail is safe now."""
        try:
            await self._take(envelope)
        except Exception:
            log.exception("a mail handed over was not stored; its server keeps it", size=len(envelope.raw))
            self.told[PUT_OFF] += 1
            return False
        self.told[STORED] += 1
        return True

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, in a task of its own, which ends when the client is answered: it may hang up meanwhile."""
        if len(self._open) >= MOST_CONNECTIONS:
            writer.write(b"421 4.3.2 too many connections, please try again later\r\n")
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        connection = self._open[task] = self._speaks(self, reader, writer)
        try:
            await connection.converse()
        finally:
            del self._open[task]


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"le port {port} de {host} est déjà occupé par un autre programme"
    if error.errno == errno.EACCES:
        return f"le port {port} de {host} est réservé à l’administrateur : choisissez-en un au-dessus de 1023"
    return f"impossible d’écouter sur {host}:{port} : {error.strerror or error}"
