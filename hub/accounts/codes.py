"""Pure: one-time codes as people type them, and the codes of an authenticator app (TOTP, RFC 6238)."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

import pyotp

STEP = 30  # seconds
AROUND = (0, -1, 1)  # steps off that are still right: clocks differ, typing takes time (RFC 6238 §5.2)
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is read one for another: i l o, 0 1
_HALF = 5  # characters; twice that are 49 bits


def new_secret() -> str:
    """160 bits, base32 (RFC 4226 §4)."""
    return pyotp.random_base32()


def new_recovery_codes() -> list[str]:
    """Ten, such as "k7mfp-3xhqw"."""
    return [f"{_letters(_HALF)}-{_letters(_HALF)}" for _ in range(RECOVERY_CODES)]


def plain(typed: str) -> str:
    """A code without the blanks and dashes that make it readable."""
    return "".join(letter for letter in typed.casefold() if letter.isalnum())


def is_totp(code: str) -> bool:
    """Whether a plain code has the form of an app's."""
    return len(code) == 6 and code.isascii() and code.isdigit()


def step_of(secret: str, code: str, now: datetime) -> int:
    """The time step that a code belongs to, near `now`; 0 when it is wrong."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    found = 0
    for off in AROUND:  # all are compared: how long it takes tells nothing
        if hmac.compare_digest(totp.generate_otp(current + off), code):
            found = current + off
    return found


def uri(secret: str, name: str, issuer: str) -> str:
    """What the QR code says (otpauth, "Key Uri Format" of Google Authenticator)."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def grouped(secret: str) -> str:
    """A secret to be typed by hand: "abcd efgh …"."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
