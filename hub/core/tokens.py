"""Random tokens, their digests, and signatures that survive an e-mail address.

A token is shown once and only its SHA-256 is stored. A signature is an HMAC-SHA-256 cut to 100 bits: enough against
online guessing, short enough for a local part (64 octets at most, RFC 5321 §4.5.3.1.1). Base32 in lower case, because
mail systems fold the case of local parts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from hub.config import ConfigError

SECRET_BYTES = 32
SIGNATURE_LENGTH = 20  # base32 characters: 100 bits
# What opens something: the signature of a reply address, a return path or a link to a file; the token of a link, also
# where it stands in another one's.
_TOKEN = re.compile(
    r"(?<=-)[a-z2-7]{20}(?![a-z2-7])|(?<=/courriel/)[\w-]{20,}|(?:(?<=/)|(?<=%2F))[\w-]{43}(?![\w-])", re.IGNORECASE
)
MAC_BYTES = 15  # of which these are cut: whole groups of base32


def random_token() -> str:
    """A fresh URL-safe secret of 256 bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a token: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def masked(text: str) -> str:
    """The same with no token left in it. Other servers repeat what they were sent in words of their own."""
    return _TOKEN.sub("…", text)


class Signer:
    """Signs short strings with the hub's secret; `purpose` keeps one use from standing in for another."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, purpose: str, value: str) -> str:
        """Signature of `value`: 20 characters of a-z2-7."""
        mac = hmac.digest(self._secret, f"{purpose}\0{value}".encode(), "sha256")
        return base64.b32encode(mac[:MAC_BYTES]).decode().lower()[:SIGNATURE_LENGTH]

    def verify(self, purpose: str, value: str, signature: str) -> bool:
        """Whether `signature` is ours, compared in constant time."""
        return hmac.compare_digest(self.sign(purpose, value).encode(), signature.lower().encode())


def load_secret(path: Path) -> bytes:
    """The secret in `path`, made (0600) if the file is missing. Two processes starting at once agree on one.

    Raises ConfigError where it cannot be read, or was cut short: what an empty one signs, anybody can sign.
    """
    try:
        secret = _kept(path)
    except OSError as error:
        raise ConfigError(f"security.secret_file : {path} : {error.strerror}") from error
    if len(secret) < SECRET_BYTES:
        found = f"{len(secret)} octets, attendu {SECRET_BYTES} au moins"
        raise ConfigError(f"security.secret_file : {path} : {found} ; remettez celui de vos sauvegardes")
    return secret


def _kept(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
        file.flush()
        os.fsync(descriptor)
    try:
        os.link(fresh, path)  # atomic, and fails if another process was first
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_bytes()
