"""Open pages hear of news; the line ends with the session."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from hub.core.channel import RESYNC
from hub.mailbox.posting import family_topic
from hub.web.pages import live
from tests.cast import Town
from tests.web.browser import Browser
from tests.web.test_mailbox import answered

FLUX = "/messagerie/flux"


class Heard:
    """What an open page hears, block by block."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def block(self) -> str:
        """The next event or comment; "" at the end of the line."""
        lines: list[bytes] = []
        async with asyncio.timeout(10):
            while (read := await self.answer.content.readline()) not in (b"\n", b""):
                lines.append(read)
        return b"".join(lines).decode()


@contextlib.asynccontextmanager
async def listening(browser: Browser) -> AsyncIterator[Heard]:
    async with browser.http.get(FLUX) as answer:
        assert answer.content_type == "text/event-stream"
        heard = Heard(answer)
        assert (await heard.block()).startswith("retry: ")
        yield heard


async def test_a_new_answer_is_told_with_the_unread_count(town: Town, marie: Browser, lea: Browser) -> None:
    message = await town.write("Bonjour")
    async with listening(marie) as heard, listening(lea) as elsewhere:
        await answered(town, message)
        told = await heard.block()
        assert json.loads(told.removeprefix("data: ")) == {"thread": message.thread_id, "unread": 1}
        other = await town.write("De Léa", email="martin@famille.test")
        assert json.loads((await elsewhere.block()).removeprefix("data: "))["thread"] == other.thread_id


async def test_after_a_gap_pages_are_told_to_catch_up(town: Town, marie: Browser) -> None:
    async with listening(marie) as heard:
        await town.hub.core.channel.publish(family_topic(town.account().family_id), RESYNC)
        assert (await heard.block()).startswith("event: resync")


async def test_logging_out_ends_the_line_at_once(marie: Browser) -> None:
    page = await marie.get("/")
    async with listening(marie) as heard:
        await marie.press(page, "/deconnexion")
        while block := await heard.block():
            assert block.startswith(":")


async def test_the_line_beats_and_ends_when_the_session_lapses(
    town: Town, marie: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    async with listening(marie) as heard:
        assert await heard.block() == ":\n"
        town.clock.advance(hours=12, minutes=1)
        while block := await heard.block():
            assert block == ":\n"
    assert (await marie.get("/messagerie")).url.startswith("/connexion")


async def test_an_open_page_does_not_hold_the_shutdown_up(town: Town) -> None:
    async with contextlib.AsyncExitStack() as door, contextlib.AsyncExitStack() as page:
        port = await door.enter_async_context(town.hub.serving())
        browser = Browser(f"http://127.0.0.1:{port}/")
        page.push_async_callback(browser.close)
        await browser.login("mdurand")
        heard = await page.enter_async_context(listening(browser))
        async with asyncio.timeout(4):  # the runner itself would wait for five
            await door.aclose()
        assert await heard.answer.content.read() in (b"", b":\n\n")


async def test_what_was_said_while_the_page_was_on_its_way_is_caught_up_with(town: Town, marie: Browser) -> None:
    message = await town.write("Bonjour")
    town.clock.advance(minutes=1)
    page = await marie.get(f"/messagerie/{message.thread_id}")
    flux = page.all("body")[0].attributes["data-live"]
    async with marie.http.get(str(flux)) as quiet:
        assert (await Heard(quiet).block()).startswith("retry: ")
        town.clock.advance(seconds=1)
        await answered(town, message)
        assert (await Heard(quiet).block()).startswith("data: ")
    async with marie.http.get(str(flux)) as late:
        heard = Heard(late)
        assert (await heard.block()).startswith("retry: ")
        assert (await heard.block()).startswith("event: resync")


@pytest.mark.parametrize("since", ["-1", "x", "9" * 30, "9" * 18, ""])
async def test_a_line_opens_whatever_its_address_says(marie: Browser, since: str) -> None:
    async with marie.http.get(f"{FLUX}?depuis={since}") as answer:
        assert (await Heard(answer).block()).startswith("retry: ")
