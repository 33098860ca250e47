"""The sample town's mail host: what is addressed to the hub goes into the hub, everything else into demo mailboxes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from hub.app import Hub
from hub.demo.mailboxes import Mailboxes
from hub.demo.stamps import Host, stamped
from hub.mail.lmtp import Envelope


class NotOpen(Exception):
    """There is no hub yet, or no more: the sender is told to come back (451)."""


class PostOffice:
    """Takes every mail that comes to the loopback SMTP port.

    Its door opens before there is a hub, whose settings name the port.
    """

    def __init__(self, mailboxes: Mailboxes, host: Host) -> None:
        self.mailboxes = mailboxes
        self._host = host
        self._hub: Hub | None = None

    @contextmanager
    def serving(self, hub: Hub) -> Iterator[None]:
        """Deliver to and for `hub` until the block ends."""
        self._hub = hub
        try:
            yield
        finally:
            self._hub = None

    def accepts(self, address: str) -> bool:
        """Any address works."""
        return self.mailboxes.takes(address)

    async def take(self, envelope: Envelope) -> None:
        """Deliver to each recipient; returns once that is durable. The hub first: it alone may ask to wait."""
        if self._hub is None:
            raise NotOpen
        at = self._hub.core.clock.now()
        ours = tuple([each for each in envelope.rcpt_tos if await self._is_ours(self._hub, each)])
        if ours:
            raw = stamped(envelope, ours, self._host, at)
            await self._hub.take(replace(envelope, rcpt_tos=ours, raw=raw))
        for recipient in dict.fromkeys(envelope.rcpt_tos):
            if recipient not in ours:
                raw = stamped(envelope, [recipient], self._host, at)
                await self.mailboxes.deliver(recipient, raw, at)

    async def _is_ours(self, hub: Hub, address: str) -> bool:
        """A forged or mistyped address of the hub's own domain is the hub's to refuse."""
        return hub.addresses.is_ours(address) or await hub.accepts(address)
