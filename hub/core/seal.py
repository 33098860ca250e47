"""What is kept so that the database alone does not give it away: IBANs, health notes, second factors.

Fernet (AES-128-CBC and HMAC-SHA-256, with the time of sealing) under a key for each purpose, derived from the hub's
secret by HKDF (RFC 5869). Who loses the secret loses what is sealed: it belongs in the town's backups.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(Exception):
    """It was not sealed by us for that purpose, was altered, or has lapsed."""


class Sealer:
    """Seals short texts; `purpose` keeps one use from standing in for another."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._box = lru_cache(16)(self._made)

    def seal(self, purpose: str, text: str) -> str:
        """The sealed text: URL-safe ASCII."""
        return self._box(purpose).encrypt(text.encode()).decode()

    def open(self, purpose: str, sealed: str, seconds: int | None = None) -> str:
        """What was sealed, no longer than `seconds` ago. Raises SealBroken."""
        try:
            return self._box(purpose).decrypt(sealed.encode("ascii", "replace"), ttl=seconds).decode()
        except (InvalidToken, UnicodeDecodeError) as error:
            raise SealBroken(purpose) from error

    def _made(self, purpose: str) -> Fernet:
        key = HKDF(SHA256(), 32, None, f"hub seal {purpose}".encode()).derive(self._secret)
        return Fernet(base64.urlsafe_b64encode(key))
