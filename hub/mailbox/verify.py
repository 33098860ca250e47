"""Whether a From is proven: by the mailbox's host, or, where that leaves no word, by DKIM as we find it ourselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hub.core.base import Core
from hub.mail import dkim
from hub.mail.dkim import TxtResolver
from hub.mail.readings import Reading


class Verifier:
    """Adds the verdict to what was read. Asks name servers, so never within a transaction."""

    def __init__(self, core: Core) -> None:
        self._settings = core.config.mail
        self._clock = core.clock
        self._resolver: TxtResolver | None = None  # made when first needed: a machine may have none

    def ask(self, resolver: TxtResolver) -> None:
        """Ask this one from now on."""
        self._resolver = dkim.Wary(resolver, self._clock)

    def is_open(self, reading: Reading) -> bool:
        """Whether its verdict is left to us: the host gave none, or none that says anything of signatures."""
        found = reading.verdict
        is_silent = not found.by or (not found.aligned and found.dmarc == found.dkim == "none")
        return self._settings.authentication == "dkim" and is_silent and reading.is_human

    async def verify(self, raw: bytes, reading: Reading, received_at: datetime) -> Reading:
        """The same reading, its verdict final."""
        if not self.is_open(reading):
            return reading
        if self._resolver is None:
            self.ask(dkim.resolver())
        assert self._resolver is not None
        return replace(reading, verdict=await dkim.verdict(raw, reading.parsed, self._resolver, received_at))
