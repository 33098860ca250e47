"""The door for the local mail server: LMTP (RFC 2033), or plain SMTP for the demo's loopback server.

250 is said only once `take` has returned, which means stored durably. LMTP gives one reply for each recipient
after the final dot, SMTP one for all; here they always agree, since a mail is taken whole or not at all.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import structlog

from hub.config import Lmtp
from hub.mail.lmtp_connection import Connection, Envelope, LmtpConnection

__all__ = ["DoorError", "Envelope", "LmtpServer"]

STOP_WAIT = 10.0  # seconds given at the end to mails that are being stored

Take = Callable[[Envelope], Awaitable[None]]
Coming = Callable[[], AbstractContextManager[None]]
Accepts = Callable[[str], bool | Awaitable[bool]]

log = structlog.get_logger(__name__)


class DoorError(Exception):
    """The door cannot be opened; the message, in French, says why."""


class LmtpServer:
    """Listens on `settings.host:port` (0: any free one). `max_bytes` bounds one mail.

    `take` must return only once the mail is safe; when it raises, the client is told to try again later (451).
    `accepts` says whether an address is ours. `coming` is entered for as long as a mail is on its way in.
    """

    def __init__(
        self,
        settings: Lmtp,
        take: Take,
        accepts: Accepts,
        max_bytes: int,
        protocol: Literal["lmtp", "smtp"] = "lmtp",
        coming: Coming = nullcontext,
    ) -> None:
        self._settings = settings
        self._take = take
        self._accepts = accepts
        self._max_bytes = max_bytes
        self.coming = coming
        self._speaks = LmtpConnection if protocol == "lmtp" else Connection
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._storing: set[asyncio.Task[bool]] = set()

    @property
    def port(self) -> int:
        """The port listened on; that of the settings until started."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else self._settings.port

    async def start(self) -> None:
        """Open the door. Raises DoorError when the port is occupied or not ours to open."""
        host, port = self._settings.host, self._settings.port
        try:
            self._server = await asyncio.get_running_loop().create_server(self._connect, host, port)
        except OSError as error:
            raise DoorError(_refusal(host, port, error)) from error

    async def stop(self) -> None:
        """Shut the door: nothing new comes in, what is being stored is waited for, then all hang up."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        if self._storing:
            await asyncio.wait(self._storing, timeout=STOP_WAIT)
        for connection in tuple(self._connections):
            connection.hang_up()
        await server.wait_closed()

    async def ours(self, address: str) -> bool:
        """Whether mail for `address` is taken."""
        answer = self._accepts(address)
        return answer if isinstance(answer, bool) else await answer

    async def store(self, envelope: Envelope) -> bool:
        """Whether the mail is safe now.

        Stored in a task of its own: a client that hangs up while it waits must not cut a commit in two.
        """
        task = asyncio.create_task(self._stored(envelope))
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)
        return await asyncio.shield(task)

    async def _stored(self, envelope: Envelope) -> bool:
        try:
            await self._take(envelope)
        except Exception:
            log.exception("a mail handed over was not stored; its server keeps it", size=len(envelope.raw))
            return False
        return True

    def _connect(self) -> Connection:
        return self._speaks(self, self._connections, self._max_bytes)


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"le port {port} de {host} est déjà occupé par un autre programme"
    if error.errno == errno.EACCES:
        return f"le port {port} de {host} est réservé à l’administrateur : choisissez-en un au-dessus de 1023"
    return f"impossible d’écouter sur {host}:{port} : {error.strerror or error}"
