"""One SMTP connection: opened, greeted, secured, logged in; then one transaction after the other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import dataclass

import aiosmtplib

from hub.config import Smtp
from hub.mail.outcome import Deferred, Outcome, Rejected, Sent, Stage, plain, verdict
from hub.mail.tls import client_context

MAILS_PER_CONNECTION = 200  # many servers hang up on a connection that carries more
SECONDS_PER_CONNECTION = 600.0
TRUSTED_PAUSE = 5.0  # seconds unused after which a connection is asked before it is used again
CHECK_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Mail:
    """What goes over the wire: checked addresses ("" is the null sender) and the serialised message."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def utf8(self) -> bool:
        """Whether an address needs SMTPUTF8 (RFC 6531)."""
        return not (self.sender.isascii() and self.recipient.isascii())


@dataclass(frozen=True, slots=True)
class LostEarly:
    """The connection was gone before DATA: nothing was sent, so another one may carry the mail at once."""

    reason: str


class Line:
    """One connection. Made by `open`; not to be used by two at once."""

    def __init__(self, client: aiosmtplib.SMTP, timeout: float) -> None:
        self._client = client
        self._timeout = timeout
        self._opened = self._used = _now()
        self._mails = 0

    @classmethod
    async def open(cls, settings: Smtp) -> Line:
        """Raises aiosmtplib.SMTPException or OSError (ssl.SSLError among them)."""
        client = _client(settings)
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except BaseException:
            client.close()
            raise
        return cls(client, settings.timeout)

    @property
    def extensions(self) -> frozenset[str]:
        """What the server announced in answer to EHLO, in lower case."""
        return frozenset(self._client.esmtp_extensions)

    def worn(self) -> bool:
        """Whether it carried enough, or for long enough, to be replaced."""
        return self._mails >= MAILS_PER_CONNECTION or _now() - self._opened > SECONDS_PER_CONNECTION

    async def alive(self) -> bool:
        """Whether the server still listens; asked with NOOP after a pause."""
        if self.worn() or not self._client.is_connected:
            return False
        return _now() - self._used < TRUSTED_PAUSE or await _agreed(self._client.noop(timeout=CHECK_TIMEOUT))

    async def reset(self) -> bool:
        """Make the server forget a transaction (RSET); False when it does not even do that."""
        return self._client.is_connected and await _agreed(self._client.rset(timeout=CHECK_TIMEOUT))

    async def carry(self, mail: Mail) -> Outcome | LostEarly:
        """One MAIL, RCPT, DATA. Raises nothing of the connection's."""
        if mail.utf8 and "smtputf8" not in self.extensions:
            return Rejected(553, "le serveur d’envoi n’accepte pas les adresses accentuées (SMTPUTF8)")
        self._mails += 1
        stage = Stage.mail
        try:
            await self._client.mail(mail.sender, options=self._options(mail), encoding="utf-8")
            stage = Stage.rcpt
            await self._client.rcpt(mail.recipient, encoding="utf-8")
            stage = Stage.data
            response = await self._client.data(mail.raw, timeout=_final_dot(self._timeout))
        except aiosmtplib.SMTPResponseException as error:
            return self._answered(error, stage)
        except (aiosmtplib.SMTPException, OSError) as error:
            return self._unanswered(error, stage)
        self._used = _now()
        return Sent(plain(response.message))

    async def quit(self) -> None:
        """Hang up politely, without waiting long for the answer."""
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await self._client.quit(timeout=2.0)
        self.close()

    def close(self) -> None:
        """Hang up without a word."""
        self._client.close()

    def _options(self, mail: Mail) -> list[str]:
        options = [f"SIZE={len(mail.raw)}"] if "size" in self.extensions else []
        if "8bitmime" in self.extensions and not mail.raw.isascii():
            options.append("BODY=8BITMIME")
        return [*options, "SMTPUTF8"] if mail.utf8 else options

    def _answered(self, error: aiosmtplib.SMTPResponseException, stage: Stage) -> Outcome | LostEarly:
        """421 before DATA on a connection that already worked is how a server ends an idle one."""
        self._used = _now()
        if error.code == 421 and stage is not Stage.data and self._mails > 1:
            return LostEarly(plain(f"{error.code} {error.message}"))
        return verdict(error.code, error.message, stage)

    def _unanswered(self, error: Exception, stage: Stage) -> Outcome | LostEarly:
        if stage is Stage.data:
            return Deferred(None, plain(f"connexion perdue pendant l’envoi : {error}"), unknown=True)
        if isinstance(error, TimeoutError):
            return Deferred(None, plain(f"le serveur d’envoi ne répond plus : {error}"), server=True)
        return LostEarly(plain(f"connexion perdue avant l’envoi : {error}"))


def _client(settings: Smtp) -> aiosmtplib.SMTP:
    secured = settings.security != "none"
    return aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        username=settings.user or None,
        password=settings.password if settings.user else None,
        use_tls=settings.security == "tls",
        start_tls=settings.security == "starttls",
        tls_context=client_context(settings) if secured else None,
        timeout=settings.timeout,
        local_hostname=settings.hello or None,
    )


async def _agreed(asked: Awaitable[object]) -> bool:
    try:
        await asked
    except (aiosmtplib.SMTPException, OSError):
        return False
    return True


def _final_dot(timeout: float) -> float:
    """Seconds to wait for the answer to the final dot: giving up makes a double. With the default timeout
    of a minute this is the ten minutes of RFC 5321 §4.5.3.2.6."""
    return timeout * 10


def _now() -> float:
    return asyncio.get_running_loop().time()
