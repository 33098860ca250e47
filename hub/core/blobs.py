"""Blobs: bytes at rest under a random key, in a folder or in an S3-compatible store.

`put` and `Writer.finish` return only when the bytes are durable. The key is never made of what a person sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore, S3Store

from hub.config import Storage

CHUNK = 256 * 1024  # bytes read or written at a time


class BlobError(Exception):
    """The store could not take or give the bytes: disk full, server away."""


class BlobMissing(BlobError):
    """No bytes under that key."""


@dataclass(frozen=True, slots=True)
class Blob:
    """What was stored: key, size in bytes, SHA-256 in hexadecimal."""

    key: str
    size: int
    sha256: str


class Writer(Protocol):
    """A blob in the making. `write` what comes, then `finish` or `discard`."""

    async def write(self, data: bytes) -> None: ...
    async def finish(self) -> Blob: ...
    async def discard(self) -> None: ...


class Blobs(Protocol):
    """A place for blobs."""

    async def writer(self) -> Writer: ...
    async def put(self, data: bytes) -> Blob: ...
    async def get(self, key: str) -> bytes: ...
    def stream(self, key: str) -> AsyncIterator[bytes]: ...
    async def delete(self, key: str) -> None: ...


def open_blobs(settings: Storage) -> Blobs:
    """The store that the settings name."""
    if settings.is_folder:
        return FolderBlobs(Path(settings.url))
    given = {
        "endpoint": settings.endpoint,
        "region": settings.region,
        "access_key_id": settings.access_key,
        "secret_access_key": settings.secret_key,
    }
    store = S3Store.from_url(
        settings.url,
        config={name: value for name, value in given.items() if value},  # type: ignore[arg-type]
        client_options={"allow_http": settings.endpoint.startswith("http://")},
    )
    return ObjectBlobs(store)


def new_key() -> str:
    """256 folders, so that none grows too large to list."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name[2:]}"


class FolderBlobs:
    """Blobs as files. Durable means: file synced, renamed into place, folder synced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def writer(self) -> FolderWriter:
        key = new_key()
        return FolderWriter(key, await asyncio.to_thread(_create, self._folder / key))

    async def put(self, data: bytes) -> Blob:
        key = new_key()
        await asyncio.to_thread(_put, self._folder / key, data)
        return Blob(key, len(data), hashlib.sha256(data).hexdigest())

    async def get(self, key: str) -> bytes:
        try:
            return await asyncio.to_thread((self._folder / key).read_bytes)
        except FileNotFoundError as error:
            raise BlobMissing(key) from error

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread((self._folder / key).open, "rb")
        except FileNotFoundError as error:
            raise BlobMissing(key) from error
        try:
            while data := await asyncio.to_thread(file.read, CHUNK):
                yield data
        finally:
            file.close()

    async def delete(self, key: str) -> None:
        await asyncio.to_thread((self._folder / key).unlink, missing_ok=True)


class FolderWriter:
    """Gathers bytes up to CHUNK before it goes to the disk: few thread hops, bounded memory."""

    def __init__(self, key: str, file: BinaryIO) -> None:
        self._key, self._file = key, file
        self._buffer = bytearray()
        self._hash = hashlib.sha256()
        self._size = 0

    async def write(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) >= CHUNK:
            await self._flush()

    async def finish(self) -> Blob:
        await self._flush()
        try:
            await asyncio.to_thread(_publish, self._file)
        except OSError as error:
            await self.discard()
            raise BlobError(str(error)) from error
        return Blob(self._key, self._size, self._hash.hexdigest())

    async def discard(self) -> None:
        await asyncio.to_thread(_abandon, self._file)

    async def _flush(self) -> None:
        data, self._buffer = self._buffer, bytearray()
        self._size += len(data)
        try:
            await asyncio.to_thread(self._store, data)
        except OSError as error:
            await self.discard()
            raise BlobError(str(error)) from error

    def _store(self, data: bytearray) -> None:
        self._hash.update(data)
        self._file.write(data)


def _create(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_name(f"{path.name}.part").open("xb")
    except OSError as error:
        raise BlobError(str(error)) from error


def _publish(file: BinaryIO) -> None:
    """Sync, rename into place, sync the folder so that the name survives too."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
    part = Path(file.name)
    part.rename(part.with_suffix(""))
    folder = os.open(part.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _abandon(file: BinaryIO) -> None:
    """Closing flushes, which fails again on a full disk: the file goes either way."""
    with contextlib.suppress(OSError):
        file.close()
    Path(file.name).unlink(missing_ok=True)


def _put(path: Path, data: bytes) -> None:
    file = _create(path)
    try:
        file.write(data)
        _publish(file)
    except OSError as error:
        _abandon(file)
        raise BlobError(str(error)) from error


class ObjectBlobs:
    """Blobs as objects; the server answers when they are durable."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def writer(self) -> ObjectWriter:
        return ObjectWriter(self)

    async def put(self, data: bytes) -> Blob:
        key = new_key()
        try:
            await obstore.put_async(self._store, key, data)
        except BaseError as error:
            raise BlobError(str(error)) from error
        return Blob(key, len(data), hashlib.sha256(data).hexdigest())

    async def get(self, key: str) -> bytes:
        return b"".join([bytes(part) async for part in self.stream(key)])

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        try:
            found = await obstore.get_async(self._store, key)
            async for part in found.stream(min_chunk_size=CHUNK):
                yield bytes(part)
        except (NotFoundError, FileNotFoundError) as error:
            raise BlobMissing(key) from error
        except BaseError as error:
            raise BlobError(str(error)) from error

    async def delete(self, key: str) -> None:
        with contextlib.suppress(NotFoundError, FileNotFoundError):
            await obstore.delete_async(self._store, key)


class ObjectWriter:
    """Holds one upload in memory: the caller bounds it (2 MB), and S3 wants parts of 5 MB or one put."""

    def __init__(self, blobs: ObjectBlobs) -> None:
        self._blobs = blobs
        self._buffer = bytearray()

    async def write(self, data: bytes) -> None:
        self._buffer += data

    async def finish(self) -> Blob:
        return await self._blobs.put(bytes(self._buffer))

    async def discard(self) -> None:
        self._buffer.clear()
