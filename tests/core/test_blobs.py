"""Blobs in a folder and in an S3-compatible store behave alike."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hub.config import Storage
from hub.core.blobs import CHUNK, BlobError, BlobMissing, Blobs, open_blobs
from tests.servers.s3 import ACCESS_KEY, REGION, S3, SECRET_KEY


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.servers)])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return open_blobs(Storage(url=str(tmp_path)))
    server: S3 = request.getfixturevalue("s3")
    server.create_bucket("blobs")
    return open_blobs(
        Storage(
            url="s3://blobs/hub",
            endpoint=server.endpoint,
            region=REGION,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
        )
    )


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK * 3 + 7])
async def test_what_is_put_comes_back(blobs: Blobs, size: int) -> None:
    data = bytes(i % 251 for i in range(size))
    blob = await blobs.put(data)
    assert (blob.size, blob.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert await blobs.get(blob.key) == data
    assert b"".join([part async for part in blobs.stream(blob.key)]) == data


async def test_a_writer_finishes_or_leaves_nothing(blobs: Blobs) -> None:
    writer = await blobs.writer()
    for _ in range(5):
        await writer.write(b"x" * (CHUNK // 2))
    blob = await writer.finish()
    assert await blobs.get(blob.key) == b"x" * (CHUNK // 2) * 5

    other = await blobs.writer()
    await other.write(b"y" * CHUNK * 2)
    await other.discard()


async def test_a_discarded_file_is_gone(tmp_path: Path) -> None:
    writer = await open_blobs(Storage(url=str(tmp_path))).writer()
    await writer.write(b"y" * CHUNK * 2)
    await writer.discard()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_what_is_missing_says_so(blobs: Blobs) -> None:
    with pytest.raises(BlobMissing):
        await blobs.get("00/nothing")
    blob = await blobs.put(b"z")
    await blobs.delete(blob.key)
    await blobs.delete(blob.key)
    with pytest.raises(BlobMissing):
        await blobs.get(blob.key)


async def test_a_folder_that_cannot_be_written_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(BlobError):
        await open_blobs(Storage(url=str(tmp_path / "taken"))).put(b"x")
