"""Mail out over SMTP: one recipient a mail, raw bytes, a few connections kept and reused.

What becomes of a mail is a value, never an exception: see hub/mail/outcome.py.
"""

from __future__ import annotations

import asyncio

import aiosmtplib
import structlog

from hub.config import Smtp
from hub.mail.outcome import Deferred, Outcome, Rejected, Sent, plain, wire_address
from hub.mail.smtp_line import Line, LostEarly, Mail

LOGIN_PAUSE = 30.0  # seconds without a new attempt after a refused login: hosts lock accounts

log = structlog.get_logger(__name__)


class SmtpTransport:
    """Sends over `settings.connections` connections at most, each opened when first needed."""

    def __init__(self, settings: Smtp) -> None:
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.connections)
        self._idle: list[Line] = []
        self._refused: Deferred | None = None
        self._refused_until = 0.0
        self._told = ""
        self._era = 0  # connections of an era that `close` has ended are not kept

    async def send(self, envelope_from: str, recipient: str, raw: bytes) -> Outcome:
        """Send one mail to one recipient. `envelope_from` may be "" (the null return path)."""
        try:
            sender = wire_address(envelope_from) if envelope_from else ""
            mail = Mail(sender, wire_address(recipient), raw)
        except ValueError as error:
            return Rejected(553, str(error))
        async with self._slots:
            return await self._deliver(mail)

    async def close(self) -> None:
        """Say goodbye on every unused connection; one in use ends with its mail."""
        self._era += 1
        lines, self._idle = self._idle, []
        await asyncio.gather(*(line.quit() for line in lines))

    async def _deliver(self, mail: Mail) -> Outcome:
        if line := await self._warm():
            outcome = await self._through(line, mail)
            if not isinstance(outcome, LostEarly):
                return outcome
        fresh = await self._open()
        if isinstance(fresh, Deferred):
            return fresh
        outcome = await self._through(fresh, mail)
        return Deferred(None, outcome.reason, server=True) if isinstance(outcome, LostEarly) else outcome

    async def _warm(self) -> Line | None:
        """The connection used last, if the server still holds it."""
        while self._idle:
            line = self._idle.pop()
            if await line.alive():
                return line
            await line.quit()
        return None

    async def _through(self, line: Line, mail: Mail) -> Outcome | LostEarly:
        """One transaction; the connection is kept only when it is surely in step with the server."""
        era, reusable = self._era, False
        try:
            outcome = await line.carry(mail)
            reusable = (isinstance(outcome, Sent) or await line.reset()) and era == self._era
        finally:
            if reusable:
                self._idle.append(line)
            else:
                line.close()
        return outcome

    async def _open(self) -> Line | Deferred:
        now = asyncio.get_running_loop().time()
        if self._refused and now < self._refused_until:
            return self._refused
        try:
            line = await Line.open(self._settings)
        except (aiosmtplib.SMTPException, OSError) as error:
            return self._unavailable(error, now)
        if self._told:
            log.info("the SMTP server takes our mail again", host=self._settings.host)
        self._told, self._refused = "", None
        return line

    def _unavailable(self, error: Exception, now: float) -> Deferred:
        """Why there is no connection: logged once, not once for each mail that waits."""
        outcome = Deferred(getattr(error, "code", None), unavailable(self._settings, error), server=True)
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            self._refused, self._refused_until = outcome, now + LOGIN_PAUSE
        if outcome.reason != self._told:
            log.error("the SMTP server does not take our mail", host=self._settings.host, reason=outcome.reason)
        self._told = outcome.reason
        return outcome


def unavailable(settings: Smtp, error: Exception) -> str:
    """The French reason for which no connection could be had."""
    server = f"{settings.host}:{settings.port}"
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return plain(f"{server} refuse l’identification de « {settings.user} » : {error.code} {error.message}")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return plain(f"{server} refuse la connexion : {error.code} {error.message}")
    return plain(f"{server} est injoignable : {error}")
