"""Two `hub serve` and two `hub work` on one PostgreSQL and one S3 store: any of them will do, none is missed."""

from __future__ import annotations

import asyncio
import json
import re
import smtplib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from hub.mail import parse
from tests.cast import AUTHSERV, MARIE, NORA, PASSWORD
from tests.processes import Process, run, running
from tests.servers.daemon import free_port
from tests.servers.postgres import Postgres
from tests.servers.s3 import ACCESS_KEY, REGION, S3, SECRET_KEY
from tests.servers.sink import Sink

pytestmark = pytest.mark.servers
CONFIG = """
[town]
name = "Saint-Exemple"
[web]
port = {port}
url = "http://hub.test"
secure_cookies = false
[database]
url = "{database}"
[storage]
url = "s3://many/hub"
endpoint = "{s3}"
region = "{region}"
access_key = "{access}"
secret_key = "{secret}"
[mail]
domain = "hub.test"
authserv_ids = ["{authserv}"]
[mail.smtp]
port = {smtp}
per_domain_minute = 0
[mail.lmtp]
port = {lmtp}
[[services]]
slug = "periscolaire"
name = "Activités périscolaires"
agents = [{{ name = "Nora Lambert", email = "{nora}" }}]
themes = [{{ name = "Cantine" }}]
"""


class Fleet:
    """The four processes."""

    def __init__(self, serves: list[Process], works: list[Process], lmtp: list[int], sink: Sink) -> None:
        self.serves, self.works, self.lmtp, self.sink = serves, works, lmtp, sink


@pytest_asyncio.fixture
async def fleet(tmp_path: Path, postgres: Postgres, s3: S3, sink: Sink) -> AsyncIterator[Fleet]:
    """A town on PostgreSQL and S3 with Marie Durand in it, served twice and worked twice."""
    s3.create_bucket("many")
    database, doors = postgres.create_database(), [free_port(), free_port()]
    configs = [_config(tmp_path, n, database, s3, sink, door) for n, door in enumerate(doors)]
    for command in (("migrate",), _account()):
        status, _, error = await run(*command, "--config", configs[0], environment={"HUB_PASSWORD": PASSWORD})
        assert status == 0, error
    async with AsyncExitStack() as stack:
        serves = [
            await stack.enter_async_context(running(tmp_path, "serve", "--no-workers", "--config", config))
            for config in configs
        ]
        works = [await stack.enter_async_context(running(tmp_path, "work", "--config", config)) for config in configs]
        yield Fleet(serves, works, doors, sink)
    postgres.drop(database)


async def test_what_one_takes_the_other_shows_at_once(fleet: Fleet) -> None:
    one, two = (serve.url for serve in fleet.serves)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as marie:
        await log_in(marie, one)
        async with marie.get(f"{two}/messagerie/flux") as lines:
            thread = await write(marie, one, "Léo mangera-t-il jeudi ?", b"%PDF-1.4 certificat")
            await fleet.sink.wait_for(1)
            mail = parse.read(fleet.sink.sent_to(NORA)[0])
            assert mail.attachments[0].content == b"%PDF-1.4 certificat", "the file went through the store"
            await asyncio.to_thread(answer, fleet.lmtp[1], mail, "Oui, jeudi.")
            shown = ""
            async with asyncio.timeout(10):
                while "Oui, jeudi." not in shown:  # her own message and its delivery are news as well
                    await told_of(lines, thread)
                    shown = await (await marie.get(f"{two}/messagerie/{thread}")).text()
    await fleet.sink.wait_for(2)
    assert len(fleet.sink.sent_to(MARIE)) == 1


async def test_a_killed_worker_loses_nothing(fleet: Fleet) -> None:
    one = fleet.serves[0].url
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as marie:
        await log_in(marie, one)
        for number in range(12):
            await write(marie, one, f"Message {number}")
            if number == 5:
                fleet.works[0].kill()
        await fleet.sink.wait_for(12, seconds=90)  # what it held comes back when its lease lapses
    subjects = Counter(parse.read(raw).message_id for raw in fleet.sink.sent_to(NORA))
    assert len(subjects) == 12, "each message exactly under its own Message-ID"
    assert sum(subjects.values()) <= 12 + 4, "a double only for what was on its way when the worker was killed"


async def told_of(lines: aiohttp.ClientResponse, thread: int) -> None:
    """Until the open page hears of the thread (an event's data line; others are comments and settings)."""
    while True:
        field, _, data = (await lines.content.readline()).partition(b":")
        if field == b"data" and json.loads(data).get("thread") == thread:
            return


async def log_in(browser: aiohttp.ClientSession, url: str) -> None:
    """As Marie, by the form."""
    fields = await _hidden(browser, f"{url}/connexion")
    async with browser.post(
        f"{url}/connexion", data={**fields, "identifiant": "mdurand", "mot_de_passe": PASSWORD}
    ) as page:
        assert page.status == 200 and page.url.path == "/", await page.text()


async def write(browser: aiohttp.ClientSession, url: str, text: str, file: bytes = b"") -> int:
    """A new message; the number of its thread."""
    form = aiohttp.FormData()
    page = await (await browser.get(f"{url}/messagerie/nouveau")).text()
    theme = re.search(r'<option value="(\d+)"', page)
    service = re.search(r'name="service" value="(\d+)"', page)
    assert theme and service
    for name, value in {
        **await _hidden(browser, f"{url}/messagerie/nouveau"),
        "service": service[1], "theme": theme[1], "objet": "Cantine", "message": text,
    }.items():  # fmt: skip
        form.add_field(name, value)
    if file:
        form.add_field("piece", file, filename="certificat.pdf", content_type="application/pdf")
    async with browser.post(f"{url}/messagerie/nouveau", data=form) as sent:
        assert sent.status == 200, await sent.text()
    async with browser.get(f"{url}/messagerie/envoyes") as folder:
        threads = re.findall(r'href="/messagerie/(\d+)', await folder.text())
    return int(threads[0])


def answer(port: int, to: parse.ParsedMail, text: str) -> None:
    """As Nora, handed over by the local mail server."""
    raw = (
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=ville.test\r\nFrom: {NORA}\r\n"
        f"To: {to.header('reply-to')}\r\nSubject: Re: {to.subject}\r\nMessage-ID: <1@client.test>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    with smtplib.LMTP("127.0.0.1", port) as client:
        client.sendmail(NORA, [to.header("reply-to") or ""], raw.encode())


async def _hidden(browser: aiohttp.ClientSession, url: str) -> dict[str, str]:
    """The hidden fields of the first form of a page that has a csrf token."""
    async with browser.get(url) as page:
        text = await page.text()
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text)
    return dict(reversed(found))


def _config(folder: Path, number: int, database: str, s3: S3, sink: Sink, lmtp: int) -> str:
    path = folder / f"{number}.toml"
    path.write_text(
        CONFIG.format(
            port=free_port(), database=database, s3=s3.endpoint, region=REGION, access=ACCESS_KEY, secret=SECRET_KEY,
            authserv=AUTHSERV, smtp=sink.port, lmtp=lmtp, nora=NORA,
        )
    )  # fmt: skip
    return str(path)


def _account() -> tuple[str, ...]:
    marie = ("--name", "Marie Durand", "--email", MARIE, "--login", "mdurand")
    return ("account", "add", *marie, "--dossier", "1234", "--new-dossier")
