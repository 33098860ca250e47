"""The demo's mailboxes: a folder each, a file a mail, made when the first mail comes.

MAILBOXES/nora@ville.example/12.eml, with `12.seen` and `12.answered` beside it for what its owner did. The file's time
is when the mail was delivered.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

NAME_LENGTH = 200  # bytes; file systems take 255
FILE = re.compile(r"(\d+)\.eml")
SEEN, ANSWERED = "seen", "answered"


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail in a mailbox: its number there, when it was delivered (aware, UTC), the bytes."""

    number: int
    at: datetime
    raw: bytes
    seen: bool
    answered: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many mails a mailbox holds, and how many of them nobody has opened."""

    total: int
    unseen: int


class Mailboxes:
    """Every mailbox under one folder. Reading is by plain calls: pages run them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writing = asyncio.Lock()

    async def deliver(self, address: str, raw: bytes, at: datetime) -> int:
        """Store a mail durably; its number. Raises OSError, and ValueError for an address no folder can be named by."""
        folder = self._of(address)
        async with self._writing:
            return await asyncio.to_thread(_store, folder, raw, at)

    def takes(self, address: str) -> bool:
        """Whether a mailbox can have that address."""
        return "@" in address and len(_folder_name(address)) <= NAME_LENGTH

    def addresses(self) -> list[str]:
        """Those that ever got a mail, in alphabetical order."""
        return sorted(unquote(each.name) for each in self._folder.iterdir()) if self._folder.is_dir() else []

    def count(self, address: str) -> Count:
        """How full a mailbox is."""
        folder = self._of(address)
        numbers = list(_numbers(folder))
        return Count(len(numbers), sum(not (folder / f"{number}.{SEEN}").exists() for number in numbers))

    def all(self, address: str) -> list[Kept]:
        """The mails of a mailbox, newest first; none for an address that never got any."""
        folder = self._of(address)
        return [_read(folder, number) for number in sorted(_numbers(folder), reverse=True)]

    def get(self, address: str, number: int) -> Kept | None:
        """One mail, or None."""
        folder = self._of(address)
        return _read(folder, number) if (folder / f"{number}.eml").is_file() else None

    def mark(self, address: str, number: int, flag: str) -> None:
        """Note SEEN or ANSWERED."""
        (self._of(address) / f"{number}.{flag}").touch()

    def _of(self, address: str) -> Path:
        if not self.takes(address):
            raise ValueError(address)
        return self._folder / _folder_name(address)


def _folder_name(address: str) -> str:
    """An address as a file name that cannot leave the folder."""
    return quote(address.strip().lower(), safe="@+").replace("..", "%2E%2E")


def _store(folder: Path, raw: bytes, at: datetime) -> int:
    """Written, synced, dated, named; then the folder is synced, so that the name survives too."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max(_numbers(folder), default=0)
    part, path = folder / f"{number}.part", folder / f"{number}.eml"
    with part.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    os.utime(part, (at.timestamp(), at.timestamp()))
    part.rename(path)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return number


def _numbers(folder: Path) -> Iterator[int]:
    if folder.is_dir():
        yield from (int(found[1]) for each in folder.iterdir() if (found := FILE.fullmatch(each.name)))


def _read(folder: Path, number: int) -> Kept:
    path = folder / f"{number}.eml"
    return Kept(
        number=number,
        at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        raw=path.read_bytes(),
        seen=path.with_suffix(f".{SEEN}").exists(),
        answered=path.with_suffix(f".{ANSWERED}").exists(),
    )
