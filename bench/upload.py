"""upload: five files of 2 MB sent with a new message, against reading the same body to disk; and what memory it takes.

The hub parses the form while it streams, hashes each file, makes each durable by itself (file and folder synced), keeps
it with the draft, and in the end makes the message. Bare aiohttp writes the body to one file and syncs that.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.child import Child, running
from bench.figures import Figure, Scale, take_turns
from bench.http import Connection, Target, connected
from bench.places import Place

FILES, SIZE = 5, 2 * 1024 * 1024
AT_ONCE = 4
PIECE = 64 * 1024  # bytes written at a time, as a browser does
BOUNDARY = "----bench7d93b1f0"
FORM = "/messagerie/nouveau"
CONTENT = b"%PDF-1.7\n" + Random(7).randbytes(SIZE - 9)
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A request ready to be sent."""

    target: Target
    head: bytes
    body: bytes

    def pieces(self) -> Iterator[bytes]:
        """The request as it goes out."""
        yield self.head
        for start in range(0, len(self.body), PIECE):
            yield self.body[start : start + PIECE]


async def measure(place: Place, scale: Scale) -> tuple[Figure, float]:
    """The figure, and the memory of one upload in bytes while `scale.at_once` run."""
    given = {"database": place.database, "folder": str(place.folder)}
    async with (
        running("bench.server:hub", place.folder, **given) as hub,
        running("bench.server:bare", place.folder, **given) as bare,
    ):
        town, plain = await hub.ask(), await bare.ask()
        value, limit = await take_turns(
            lambda: hub_rate(town, scale.uploads),
            lambda: bare_rate(plain["port"], scale.uploads),
            scale.rounds,
        )
        memory = await memory_of_one(hub, town, scale.at_once)
    return Figure("upload", place.name, place.threads, value, "MB/s", limit), memory


async def hub_rate(town: dict[str, Any], count: int) -> float:
    """Megabytes of files a second that become messages. The forms are fetched before."""
    visitors = itertools.cycle(town["visitors"])
    uploads = [await filled_form(town["port"], next(visitors)["session"]) for _ in range(count)]
    return await rate(town["port"], uploads)


async def bare_rate(port: int, count: int) -> float:
    """Megabytes of files a second that reach the disk."""
    body = multipart({"message": "Bonjour"})
    upload = request(Target("/upload"), body)
    return await rate(port, [upload] * count)


async def rate(port: int, uploads: Sequence[Upload]) -> float:
    """Send them, AT_ONCE side by side; megabytes of files a second."""
    waiting = iter(uploads)

    async def send_on() -> None:
        async with connected(port) as connection:
            for upload in waiting:
                await connection.send(upload.pieces())
                await connection.answer(303)

    begun = time.perf_counter()
    await asyncio.gather(*(send_on() for _ in range(AT_ONCE)))
    return len(uploads) * FILES * SIZE / MEGABYTE / (time.perf_counter() - begun)


async def memory_of_one(hub: Child, town: dict[str, Any], at_once: int) -> float:
    """How far the server's memory rose, divided by the uploads, all of which were half way at the same time."""
    visitors = itertools.cycle(town["visitors"])
    uploads = [await filled_form(town["port"], next(visitors)["session"]) for _ in range(at_once)]
    before = resident(hub.pid)
    forget_peak(hub.pid)
    async with AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(connected(town["port"])) for _ in uploads]
        pieces = [list(upload.pieces()) for upload in uploads]
        half = len(pieces[0]) // 2
        await asyncio.gather(*(line.send(each[:half]) for line, each in zip(lines, pieces, strict=True)))
        await asyncio.gather(*(finish(line, each[half:]) for line, each in zip(lines, pieces, strict=True)))
    return (resident(hub.pid, "VmHWM") - before) / at_once


async def finish(connection: Connection, rest: Sequence[bytes]) -> None:
    """The other half, and the answer."""
    await connection.send(rest)
    await connection.answer(303)


async def filled_form(port: int, session: str) -> Upload:
    """The form as the page gives it, filled in, with its files."""
    target = Target(FORM, session)
    async with connected(port) as browser:
        page = (await browser.get(target)).decode()
    service, theme = re.findall(r'<option value="(\d+)"', page)[:2]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    body = multipart(hidden | {"service": service, "theme": theme, "objet": "Dossier", "message": "Bonjour"})
    return request(target, body)


def request(target: Target, body: bytes) -> Upload:
    """The request that carries that body."""
    fields = (f"Content-Type: multipart/form-data; boundary={BOUNDARY}", f"Content-Length: {len(body)}")
    return Upload(target, target.head("POST", *fields), body)


def multipart(fields: dict[str, str]) -> bytes:
    """A form with these fields and the five files (RFC 7578)."""
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    for number in range(FILES):
        head = f'name="piece"; filename="photo-{number}.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
        parts.append(head.encode() + CONTENT)
    begun = f"--{BOUNDARY}\r\nContent-Disposition: form-data; ".encode()
    return b"".join(begun + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


def resident(pid: int, field: str = "VmRSS") -> int:
    """Bytes of memory that a process holds; VmHWM: the most it held since `forget_peak`."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(rf"^{field}:\s+(\d+) kB", status, re.M)[0]) * 1024


def forget_peak(pid: int) -> None:
    """Begin a new peak (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
