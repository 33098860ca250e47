"""What a room says when a person asks for something that cannot be done.

Refused
├── NotFound      it does not exist, or not for this person (never told apart)
├── Forbidden     known, but not allowed
├── Invalid       one or more fields are wrong
├── TooLarge      more bytes or files than allowed
├── TooOften      slow down
└── Conflict      somebody else was first

The message is French and for the person. Anything else that is raised is our own fault.
"""

from __future__ import annotations


class Refused(Exception):
    """The person's fault, with a message for them; `field` names the input it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(Refused):
    """It does not exist for whoever asks."""

    def __init__(self, message: str = "Cette page n’existe pas ou ne vous est pas destinée.") -> None:
        super().__init__(message)


class Forbidden(Refused):
    """Known, but not allowed."""


class Invalid(Refused):
    """Wrong input: one French message per field name."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(next(iter(errors.values()), ""), next(iter(errors), ""))
        self.errors = errors


class TooLarge(Refused):
    """More bytes or files than allowed."""


class TooOften(Refused):
    """Slow down; `retry_after` in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Conflict(Refused):
    """Somebody else was first."""
