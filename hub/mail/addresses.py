"""Addresses that carry meaning: where to answer, where a bounce returns, and Message-IDs.

Two shapes, by setting: `reponse+42-k3v…@hub.ville.fr` (plus addresses), or `reponse-42-k3v…@reponses.ville.fr`
(a catch-all domain, for hosts without plus addresses). All is lower case: mail systems fold it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hub.config import Mail
from hub.core.tokens import Signer

_REPLY = re.compile(r"(\d{1,18})-([a-z2-7]{20})")
LOCAL_LENGTH = 64  # octets (RFC 5321 §4.5.3.1.1)
POSTMASTER = "postmaster"
REMOVED = "[adresse retirée]"  # what stands where one stood
LONGEST = LOCAL_LENGTH + 1 + 255  # with its domain; no other is remembered (RFC 5321 §4.5.3.1.2)
REMEMBERED = 1024  # addresses: a mail's recipient is asked about at the door, and again inside
_BOUNCE = re.compile(r"([a-z2-7]{20})-([a-z2-7]{20})")


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """A genuine reply address: the id of its row. It says nothing yet of who may use it."""

    id: int


@dataclass(frozen=True, slots=True)
class BounceToken:
    """A genuine return path: the Message-ID of the mail it belongs to."""

    message_id: str


class Addresses:
    """Makes and reads the hub's own addresses."""

    def __init__(self, settings: Mail, signer: Signer) -> None:
        self._settings = settings
        self._signer = signer
        subdomain = settings.reply == "subdomain"
        self._domain = settings.reply_domain if subdomain else settings.domain
        self._folded = self._domain.lower()
        self._separator = "-" if subdomain else "+"
        self._known = lru_cache(REMEMBERED)(self._read)

    def reply_to(self, token_id: int) -> str:
        """Where an answer goes that speaks for the row `token_id`."""
        return self._address(self._settings.reply_local, f"{token_id}-{self._signer.sign('reply', str(token_id))}")

    def return_path(self, message_id: str) -> str:
        """Envelope sender (VERP) whose bounces settle the mail `message_id`."""
        tag = message_id.strip("<>").partition("@")[0]
        return self._address(self._settings.bounce_local, f"{tag}-{self._signer.sign('bounce', tag)}")

    def message_id(self, key: str) -> str:
        """The Message-ID of the mail queued under `key`: the same key, the same id, so doubles can be folded."""
        tag = base64.b32encode(hashlib.sha256(key.encode()).digest()).decode().lower()[:20]
        return f"<{tag}@{self._settings.domain}>"

    def read(self, address: str) -> ReplyToken | BounceToken | None:
        """What one of our addresses means; None for any other and for every forged one."""
        return self._known(address) if len(address) <= LONGEST else None

    def _read(self, address: str) -> ReplyToken | BounceToken | None:
        local, _, domain = address.strip().lower().rpartition("@")
        if domain != self._folded:
            return None
        reply = self._match(self._settings.reply_local, _REPLY, local)
        if reply and self._signer.verify("reply", reply[1], reply[2]):
            return ReplyToken(int(reply[1]))
        bounce = self._match(self._settings.bounce_local, _BOUNCE, local)
        if bounce and self._signer.verify("bounce", bounce[1], bounce[2]):
            return BounceToken(f"<{bounce[1]}@{self._settings.domain}>")
        return None

    def redacted(self, text: str) -> str:
        """The same text without any genuine reply address or return path: whoever reads one could speak through it."""
        for genuine in set(self._genuine(text)):
            written = re.escape(genuine).replace(r"\+", r"(?:\+|%2b)").replace("@", "(?:@|%40)")
            text = re.sub(written, REMOVED, text, flags=re.IGNORECASE)
        return text

    def is_in(self, content: bytes) -> bool:
        """Whether a file holds a genuine one; also in the two-byte letters of an Outlook .msg."""
        readings = {content, content.replace(b"\0", b"")} if b"\0" in content else {content}
        return any(True for each in readings for _ in self._genuine(each.decode("latin-1")))

    def _genuine(self, text: str) -> Iterator[str]:
        """Our genuine addresses in a text, in lower case, those within links too; looked for from the domain back, in
        linear time. Something may stand right before one: « _reponse+…@… » is how some programs write italics."""
        folded, end = text.lower().replace("%2b", "+").replace("%40", "@"), f"@{self._folded}"
        at = folded.find(end)
        while at >= 0:
            local = folded[max(0, at - LOCAL_LENGTH) : at]
            for name in (self._settings.reply_local, self._settings.bounce_local):
                begins = local.rfind(f"{name}{self._separator}".lower())
                if begins >= 0 and self.read(genuine := local[begins:] + end):
                    yield genuine
            at = folded.find(end, at + 1)

    def is_postmaster(self, address: str) -> bool:
        """Whether it is where people write about the mail itself; of every domain that takes any (RFC 5321 §4.5.1),
        and without one as well (§4.1.1.3)."""
        local, _, domain = address.strip().lower().rpartition("@")
        return domain == POSTMASTER if not local else local == POSTMASTER and self.is_ours(address)

    def is_ours(self, address: str) -> bool:
        """Whether mail for this address belongs to the hub."""
        domain = address.strip().lower().rpartition("@")[2]
        return domain in {self._settings.domain.lower(), self._folded} - {""}

    def _address(self, local: str, token: str) -> str:
        return f"{local}{self._separator}{token}@{self._domain}"

    def _match(self, name: str, token: re.Pattern[str], local: str) -> re.Match[str] | None:
        prefix = f"{name}{self._separator}".lower()
        return token.fullmatch(local.removeprefix(prefix)) if local.startswith(prefix) else None
