"""Pure: what a failure says of an address, and when failures that pass make one that does not.

Enhanced status codes (RFC 3463): the first number is permanence, the second the subject. A mail may be refused for
good (too large, taken for spam, our own address disliked) without the recipient's address being at fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
REPLY_CODE = re.compile(r"(?<![\d.])(5\d\d)(?=[ \-#])")
OF_ADDRESS = ("5.1.", "5.2.", "5.4.", "5.0.")
# Within those: the mailbox is full (it passes); tried for too long, or in a loop, as Exchange says it too.
PASSING = frozenset(
    {
        *("5.2.2", "5.4.5", "5.4.6", "5.4.7", "5.4.12", "5.4.14"),
        *("5.4.300", "5.4.312", "5.4.316", "5.4.317"),
    }
)
# Too large for it; the sender's address is at fault; of 5.2.0 nobody knows: Orange says it of what it takes for spam.
OF_MAIL = frozenset({"5.2.0", "5.2.3", "5.1.7", "5.1.8", "5.1.9", "5.2.4"})
SMTP_OF_MAIL = (552, 554, 555)  # too large or full, taken for spam, parameters (RFC 5321 §4.2.3), with no status


class Gravity(StrEnum):
    """Of a failure, for the address: `hard`: no such mailbox; `soft`: not now; `none`: nothing against the address."""

    hard = "hard"
    soft = "soft"
    none = "none"


def of_report(action: str, status: str | None, diagnostic: str = "") -> Gravity:
    """Of a delivery report (RFC 3464 §2.3.3); only `failed` counts: a delayed mail may still arrive.

    Exim's status is 5.0.0 whatever happened: what the other server said (`diagnostic`) tells more. Where nobody says
    why, it may pass.
    """
    if action != "failed":
        return Gravity.none
    if status not in (None, "5.0.0"):
        return _of_status(status)
    if found := STATUS.search(diagnostic):
        return _of_status(found[1])
    if (code := REPLY_CODE.search(diagnostic)) and int(code[1]) in SMTP_OF_MAIL:
        return Gravity.none
    return Gravity.hard if status else Gravity.soft


def of_reply(code: int, words: str) -> Gravity:
    """Of a refusal for good (5xx) over SMTP, by its enhanced code or, without one, by the reply code."""
    found = STATUS.search(words)
    if found:
        return _of_status(found[1])
    return Gravity.none if code in SMTP_OF_MAIL else Gravity.hard


def _of_status(status: str) -> Gravity:
    if status.startswith("4") or status in PASSING:
        return Gravity.soft
    if not status.startswith(OF_ADDRESS) or status in OF_MAIL:
        return Gravity.none
    return Gravity.hard


def is_lasting(failed_on: Iterable[date], today: date, times: int, days: int) -> bool:
    """Whether soft failures on `times` different days of the last `days` amount to a hard one. 0 times: never."""
    recent = {day for day in failed_on if day > today - timedelta(days=days)}
    return 0 < times <= len(recent)
