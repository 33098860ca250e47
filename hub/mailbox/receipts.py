"""What a family is told once its message is in: the reference it can quote, and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.base import Core
from hub.core.db import known
from hub.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message of the reader's own, as the service received it. `files`: names and sizes in bytes."""

    thread: int
    message: int
    at: datetime
    subject: str
    service: str
    phone: str
    delay: str
    silence: str
    wants_copy: bool
    files: tuple[tuple[str, int], ...]

    @property
    def reference(self) -> str:
        """The number that the family quotes."""
        return reference(self.message, self.at)


def reference(message: int, at: datetime) -> str:
    """The number a family can quote: year and message, "2026-000123"."""
    return f"{at.year}-{message:06d}"


class Receipts:
    """Finds them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of(self, account: int, thread: int, message: int = 0) -> Receipt:
        """The receipt of a message that this person wrote; without `message`, of their first. Raises NotFound."""
        which = "m.id = ?" if message else "m.id > ?"
        rows = await self._core.db.rows(
            "SELECT m.id AS message, m.thread_id AS thread, m.at, m.wants_copy, t.subject, s.name AS service, "
            "s.phone, s.delay, COALESCE(th.silence, '') AS silence FROM message m JOIN thread t ON t.id = m.thread_id "
            "JOIN service s ON s.id = t.service_id LEFT JOIN theme th ON th.id = t.theme_id "
            f"WHERE m.thread_id = ? AND m.account_id = ? AND {which} ORDER BY m.id LIMIT 1",
            thread,
            account,
            message,
        )
        if not rows:
            raise NotFound
        row = rows[0]
        silence = row.pop("silence") or self._core.config.acknowledgement.silence
        at, wants_copy = known(row.pop("at")), bool(row.pop("wants_copy"))
        files = await self._files(row["message"])
        return Receipt(at=at, wants_copy=wants_copy, silence=silence, files=files, **row)

    async def first(self, thread: int) -> str:
        """The reference of a thread: that of its first message."""
        rows = await self._core.db.rows("SELECT id, at FROM message WHERE thread_id = ? ORDER BY id LIMIT 1", thread)
        return reference(rows[0]["id"], known(rows[0]["at"])) if rows else ""

    async def _files(self, message: int) -> tuple[tuple[str, int], ...]:
        rows = await self._core.db.rows(
            "SELECT filename, size FROM attachment WHERE message_id = ? ORDER BY position", message
        )
        return tuple((row["filename"], row["size"]) for row in rows)
