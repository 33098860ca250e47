"""`hub demo` as a process of its own, and somebody who visits it with a browser's manners."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[2]
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass
class Demo:
    """A demo that is ready: what it printed, and its process."""

    told: dict[str, Any]
    process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        url: str = self.told["url"]
        return url

    @property
    def smtp(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.told["smtp"].partition(":")
        return host, int(port)

    def person(self, email: str) -> dict[str, str]:
        """One of the people."""
        return next(person for person in self.told["people"] if person["email"] == email)

    async def stop(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Its exit status, and what it still said on both outputs."""
        self.process.send_signal(number)
        out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()


def launched(*options: str) -> Any:
    """The process, started."""
    return asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hub",
        "demo",
        *options,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def running(folder: Path, *options: str) -> AsyncIterator[Demo]:
    """A demo on free ports, ready; killed if nobody stopped it."""
    process = await launched("--json", "--port", "0", "--smtp-port", "0", "--data", str(folder), *options)
    try:
        first, second = await process.stdout.readline(), await process.stdout.readline()
        if not second:
            raise AssertionError((await process.stderr.read()).decode())
        told = json.loads(first)
        assert second.decode() == f"ready {told['url']}\n"
        yield Demo(told, process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def refused(*options: str) -> tuple[int, str, str]:
    """Exit status and outputs of a demo that does not start."""
    process = await launched(*options)
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


class Visitor:
    """Follows links and fills in forms; no script runs."""

    def __init__(self, demo: Demo, session: aiohttp.ClientSession) -> None:
        self._demo = demo
        self._session = session

    async def page(self, path: str) -> str:
        """A page that must be there."""
        async with self._session.get(self._demo.url + path) as answer:
            assert answer.status == 200, (path, answer.status)
            return await answer.text()

    async def headers(self, path: str) -> Mapping[str, str]:
        """Those of a response."""
        async with self._session.get(self._demo.url + path) as answer:
            return answer.headers

    async def status(self, path: str) -> int:
        """That of a response."""
        async with self._session.get(self._demo.url + path) as answer:
            return answer.status

    async def submit(
        self, page: str, path: str, files: dict[str, bytes] | None = None, status: int = 200, **fields: str
    ) -> str:
        """Send the form of `page` with its hidden fields to `path`; the page that follows."""
        form = aiohttp.FormData(quote_fields=False, default_to_multipart=bool(files) or "enctype=" in page)
        for name, value in {**{n: unescape(v) for n, v in FIELD.findall(page)}, **fields}.items():
            form.add_field(name, value)
        for name, content in (files or {}).items():
            form.add_field("piece", content, filename=name)
        async with self._session.post(self._demo.url + path, data=form) as answer:
            text = await answer.text()
            assert answer.status == status, (path, answer.status, text)
            return text

    async def log_in(self, email: str) -> str:
        """Come in as one of the parents; the home page."""
        person = self._demo.person(email)
        page = await self.page("/connexion")
        return await self.submit(page, "/connexion", identifiant=person["login"], mot_de_passe=person["password"])

    async def until(self, path: str, words: str) -> str:
        """The page once `words` stand in it."""
        async with asyncio.timeout(30):
            while words not in (page := unescape(await self.page(path))):
                await asyncio.sleep(0.05)
        return page


@asynccontextmanager
async def visiting(demo: Demo) -> AsyncIterator[Visitor]:
    """Somebody with cookies of their own."""
    jar = aiohttp.CookieJar(unsafe=True)  # the demo's address is a number
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield Visitor(demo, session)
