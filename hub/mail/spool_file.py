"""A file of the spool: records of mails, durable once they are appended, and the lock of the process that writes."""

from __future__ import annotations

import fcntl
import os
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import msgspec

from hub.mail.inbound import ReceivedMail
from hub.mail.reading.charset import scrub

SUFFIX, UNLOCKED = ".spool", ".new"
_HEAD = struct.Struct("<IIQ")  # checksum of what follows, bytes of the record, round of the file
_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(tuple[int, float, str, list[str], bytes])


class SpoolFile:
    """Records one after the other, in rounds: once all of a round are carried, the next overwrites it.

    All but `begin_again` and `end` wait for the disk. Locked for as long as it is open.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._stamp = int(path.stem)
        self._numbers = count(1)
        self._round = 0
        self.end = 0  # bytes of this round

    @classmethod
    def create(cls, folder: Path) -> SpoolFile:
        """A new one, durable in its folder. Raises OSError."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{time.time_ns()}{SUFFIX}"
        unseen = path.with_suffix(UNLOCKED)
        descriptor = os.open(unseen, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        unseen.rename(path)
        _sync_folder(folder)
        return cls(path, descriptor)

    @classmethod
    def open(cls, path: Path) -> SpoolFile | None:
        """One that was left behind; None while its process lives, or when somebody else has seen to it."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(path, descriptor)

    def begin_again(self) -> None:
        """All of this round are carried."""
        self._round += 1
        self.end = 0

    def append(self, mails: Sequence[ReceivedMail], now: datetime) -> list[ReceivedMail]:
        """The same mails, durable, and numbered as the database is to know them. Raises OSError: then it is closed."""
        try:
            numbered = [
                replace(mail, uidvalidity=self._stamp, uid=next(self._numbers), received_at=now) for mail in mails
            ]
            records = b"".join(self._record(mail) for mail in numbered)
            if os.pwrite(self._descriptor, records, self.end) < len(records):
                raise OSError(f"{self._path} : no room for {len(records)} bytes")
            os.fdatasync(self._descriptor)
        except BaseException:
            self.close(remove=False)
            raise
        self.end += len(records)
        return numbered

    def mails(self) -> Iterator[ReceivedMail]:
        """Those of the last round that were written whole."""
        data = memoryview(os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0))
        at, first = 0, None
        while at + _HEAD.size <= len(data):
            checksum, size, number = _HEAD.unpack_from(data, at)
            body = data[at + 4 : at + size]
            first = number if first is None else first
            if number != first or size < _HEAD.size or len(body) != size - 4 or zlib.crc32(body) != checksum:
                return
            yield self._mail(data[at + _HEAD.size : at + size])
            at += size

    def close(self, remove: bool) -> None:
        """Let go of it; `remove` one whose mails are all carried."""
        if remove:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _record(self, mail: ReceivedMail) -> bytes:
        assert mail.uid is not None and mail.received_at is not None
        envelope = scrub(mail.envelope_from), [scrub(address) for address in mail.envelope_to]
        body = _ENCODER.encode((mail.uid, mail.received_at.timestamp(), *envelope, mail.raw))
        rest = _HEAD.pack(0, _HEAD.size + len(body), self._round)[4:] + body
        return zlib.crc32(rest).to_bytes(4, "little") + rest

    def _mail(self, body: memoryview) -> ReceivedMail:
        uid, at, envelope_from, envelope_to, raw = _DECODER.decode(body)
        return ReceivedMail(
            raw, "lmtp", self._stamp, uid, envelope_from, tuple(envelope_to), datetime.fromtimestamp(at, UTC)
        )


def files(folder: Path) -> list[Path]:
    """The oldest first; one that was never locked is empty."""
    return sorted(path for path in folder.glob("*") if path.suffix in (SUFFIX, UNLOCKED))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
