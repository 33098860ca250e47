"""Servers that answer as no server should, or as few do: no mail is taken in part, and none is passed over."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
import structlog

from hub.config import Imap
from hub.mail.imap import Cursor, ImapMail, ImapReader
from hub.mail.imap_mailbox import LARGEST, ImapError
from hub.mail.imap_protocol import TALK

MAILS = {uid: f"Subject: {uid}\r\nFrom: nora@ville.test\r\n\r\nBonjour {uid}\r\n".encode() for uid in range(1, 6)}
CAPABILITIES = b"IMAP4rev1 UIDPLUS"


class Odd:
    """Speaks just enough IMAP. `quirks` says how mail 3 is given, each time it is asked for; then as it is."""

    def __init__(self, *quirks: bytes, news: bytes = b"") -> None:
        self.quirks = list(quirks)
        self.news = news  # told once, with the answer to NOOP
        self.mails = MAILS
        self.uidnext = 0  # told when it is one
        self.hidden: set[int] = set()  # of which no size is told

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY " + CAPABILITIES + b"] here\r\n")
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                tag, _, command = line.rstrip().partition(b" ")
                writer.write(self.answer(command.upper()) + tag + b" OK done\r\n")
                await writer.drain()

    def answer(self, command: bytes) -> bytes:
        if command.startswith(b"CAPABILITY"):
            return b"* CAPABILITY " + CAPABILITIES + b"\r\n"
        if command.startswith(b"SELECT"):
            following = b"* OK [UIDNEXT %d] Next\r\n" % self.uidnext if self.uidnext else b""
            return b"* 5 EXISTS\r\n* OK [UIDVALIDITY 7] UIDs valid\r\n" + following
        if command.startswith(b"NOOP"):
            told, self.news = self.news, b""
            return told
        if command.startswith(b"UID SEARCH"):
            return b"* SEARCH %b\r\n" % b" ".join(b"%d" % uid for uid in self.mails)
        if b"RFC822.SIZE" in command:
            told = [(uid, self.size(uid)) for uid in asked(command) if uid not in self.hidden]
            return b"".join(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (uid, uid, size) for uid, size in told)
        return b"".join(self.mail(uid) for uid in asked(command)) if command.startswith(b"UID FETCH") else b""

    def size(self, uid: int) -> int:
        return len(self.mails[uid])

    def mail(self, uid: int) -> bytes:
        if uid == 3 and self.quirks:
            return self.quirks.pop(0)
        return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (uid, uid, len(self.mails[uid]), self.mails[uid])


def asked(command: bytes) -> list[int]:
    """The UIDs that a FETCH names."""
    ranges = [part.split(b":") for part in command.split()[2].split(b",")]
    return [uid for ends in ranges for uid in range(int(ends[0]), int(ends[-1]) + 1)]


class Cursors:
    """In memory."""

    kept = Cursor(0, 0)

    async def load(self, mailbox: str) -> Cursor:
        return self.kept

    async def save(self, mailbox: str, cursor: Cursor) -> None:
        self.kept = cursor


@contextlib.asynccontextmanager
async def reading(odd: Odd, taken: dict[int, bytes], timeout: float = 3.0) -> AsyncIterator[tuple[ImapReader, Cursors]]:
    async def take(mails: Sequence[ImapMail]) -> None:
        taken.update({mail.uid: mail.raw for mail in mails})

    server = await asyncio.start_server(odd.talk, "127.0.0.1", 0)
    port, cursors = server.sockets[0].getsockname()[1], Cursors()
    here = Imap(name="hub", host="127.0.0.1", port=port, security="none", user="u", password="p", timeout=timeout)
    try:
        yield ImapReader(here, cursors, take), cursors
    finally:
        server.close()


SHORT = b"* 3 FETCH (UID 3 BODY[] {%d}\r\n%b)\r\n" % (len(MAILS[3]) - 20, MAILS[3])
LONG = b"* 3 FETCH (UID 3 BODY[] {%d}\r\n%b)\r\n" % (len(MAILS[3]) + 30, MAILS[3])
NIL = b"* 3 FETCH (UID 3 BODY[] NIL)\r\n"


@pytest.mark.parametrize("quirk", [SHORT, LONG, NIL, b""], ids=["short", "long", "nil", "nothing"])
async def test_a_mail_that_is_not_given_whole_stays_and_is_asked_for_again(quirk: bytes) -> None:
    taken: dict[int, bytes] = {}
    async with reading(Odd(quirk), taken) as (reader, cursors):
        with structlog.testing.capture_logs() as logged:
            await reader.step()
        assert 3 not in taken and all(raw == MAILS[uid] for uid, raw in taken.items())
        assert cursors.kept.uid == 2 and reader.status.failing >= 1
        assert 3 in [line.get("uid") for line in logged if line["log_level"] == "warning"]
        assert "not given whole" in reader.status.last_error
        await reader.step()
        assert taken == MAILS and cursors.kept == Cursor(7, 5) and not reader.status.failing


async def test_a_mail_given_in_quotes_is_one() -> None:
    taken: dict[int, bytes] = {}
    async with reading(Odd(b'* 3 FETCH (UID 3 BODY[] "Subject: \\"3\\\\\\"")\r\n'), taken) as (reader, _):
        await reader.step()
    assert taken == MAILS | {3: b'Subject: "3\\"'}


@pytest.mark.parametrize("news", [b"* 1 EXPUNGE\r\n", b"* 1 FETCH (FLAGS (\\Seen))\r\n", b"* 5 EXISTS\r\n"])
async def test_thousands_of_news_at_once_end_no_connection(news: bytes) -> None:
    """Somebody empties the folder, or marks all of it as read, with a program of their own."""
    taken: dict[int, bytes] = {}
    async with reading(Odd(news=news * 5_000), taken) as (reader, _):
        await reader.step()
    assert taken == MAILS


class Hostile(Odd):
    """Says `words` over and over instead of an answer to `command`, until it is hung up on; b"": nothing, for ever."""

    def __init__(self, command: bytes, words: bytes, before: bytes = b"") -> None:
        super().__init__()
        self.command, self.words, self.before = command, words, before
        self.said = 0  # bytes
        self.ended = asyncio.Event()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            if self.command == b"GREETING":
                await self.misbehave(reader, writer)
            writer.write(b"* OK [CAPABILITY IMAP4rev1 IDLE] here\r\n")
            while line := await reader.readline():
                tag, _, command = line.rstrip().partition(b" ")
                if self.command in command.upper():
                    await self.misbehave(reader, writer)
                writer.write(self.answer(command.upper()).replace(b"UIDPLUS", b"IDLE") + tag + b" OK done\r\n")
                await writer.drain()
        self.ended.set()

    async def misbehave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.before)
        while self.words:
            writer.write(self.words)
            self.said += len(self.words)
            await writer.drain()
        await reader.read()  # until it is hung up on
        raise ConnectionError


STAGES = [b"GREETING", b"LOGIN", b"SELECT", b"SEARCH", b"SIZE", b"BODY.PEEK"]


@pytest.mark.long
@pytest.mark.parametrize("stage", STAGES)
async def test_a_server_that_says_nothing_is_left_and_said(stage: bytes) -> None:
    odd = Hostile(stage, b"")
    async with reading(odd, {}, timeout=0.3) as (reader, _):
        with pytest.raises(ImapError, match="no answer in time"):
            await asyncio.wait_for(reader.step(), 10)
        await asyncio.wait_for(odd.ended.wait(), 5)


ENDLESS = b"x" * 65_536
FLOODS = [
    *((stage, ENDLESS) for stage in STAGES),
    *(
        (stage, words)
        for stage in (b"SEARCH", b"IDLE")
        for words in (b"\n" * 65_536, b"* 5 EXISTS\r\n" * 5_000, b"* OK %b\r\n" % ENDLESS, b"+ go on\r\n" * 5_000)
    ),
]


@pytest.mark.parametrize(("stage", "words"), FLOODS)
@pytest.mark.long
async def test_a_server_that_never_stops_is_cut_off(stage: bytes, words: bytes) -> None:
    odd = Hostile(stage, words)
    async with reading(odd, {}, timeout=60.0) as (reader, _):
        running, taken = asyncio.create_task(reader.run()), dict[int, bytes]()
        try:
            async with reading(Odd(), taken) as (other, _):
                await asyncio.wait_for(other.step(), 20)
                assert taken == MAILS, "what one server does is no matter of another one's mailbox"
            await asyncio.wait_for(odd.ended.wait(), 50)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    most = LARGEST if stage == b"BODY.PEEK" else 0
    assert odd.said < TALK + most + 16 * 1024 * 1024, "and what lay in the buffers of the network"


@pytest.mark.long
async def test_a_line_without_end_costs_no_more_than_its_bytes() -> None:
    """aioimaplib copies what it has of a line with every piece that comes."""
    odd = Hostile(b"SEARCH", b"x" * 100)
    async with reading(odd, {}, timeout=30.0) as (reader, _):
        with pytest.raises(ImapError, match="more was said than was asked for"):
            await asyncio.wait_for(reader.step(), 25)


async def test_a_mail_announced_as_larger_than_any_stays_and_its_neighbours_are_taken() -> None:
    class Huge(Odd):
        def size(self, uid: int) -> int:
            return 4_000_000_000 if uid == 3 else super().size(uid)

    taken: dict[int, bytes] = {}
    async with reading(Huge(), taken) as (reader, cursors):
        await reader.step()
    assert sorted(taken) == [1, 2, 4, 5] and cursors.kept.uid == 2
    assert reader.status.failing == 1 and "4000000000 bytes" in reader.status.last_error


async def test_a_mail_of_which_no_size_is_told_is_taken_all_the_same() -> None:
    odd, taken = Odd(), dict[int, bytes]()
    odd.hidden = {2, 3}
    async with reading(odd, taken) as (reader, _):
        await reader.step()
    assert taken == MAILS


async def test_a_mail_that_was_not_asked_for_is_not_taken() -> None:
    body = b"* 9 FETCH (UID 9 BODY[] {2}\r\nno)\r\n"
    taken: dict[int, bytes] = {}
    async with reading(Odd(Odd().mail(3) + body), taken) as (reader, _):
        await reader.step()
    assert taken == MAILS


async def test_numbers_that_are_no_uids_are_passed_over() -> None:
    odd, taken = Odd(), dict[int, bytes]()
    odd.mails = MAILS | {10**30: b"", 2**40: b"", 0: b""}
    async with reading(odd, taken) as (reader, cursors):
        await reader.step()
    assert taken == MAILS and cursors.kept == Cursor(7, 5)


async def test_uids_that_go_backwards_are_noticed() -> None:
    """The server was restored from a backup of before mail 3; what came since got the UIDs of mails already taken."""
    odd, taken = Odd(), dict[int, bytes]()
    odd.uidnext = 6
    async with reading(odd, taken) as (reader, cursors):
        await reader.step()
        odd.mails, odd.uidnext = {uid: MAILS[uid] for uid in (1, 2)} | {3: b"Subject: new\r\n\r\nNew\r\n"}, 4
        with structlog.testing.capture_logs() as logged:
            await reader.step()
        assert taken[3] == odd.mails[3] and cursors.kept == Cursor(7, 3)
        assert "UIDs have gone backwards" in [line["event"] for line in logged]


async def test_a_server_that_tells_any_uidnext_is_not_read_over_and_over() -> None:
    odd, taken = Odd(), dict[int, bytes]()
    odd.uidnext = 1
    async with reading(odd, taken) as (reader, cursors):
        await reader.step()
        taken.clear()
        await reader.step()
    assert not taken and cursors.kept == Cursor(7, 5)


@pytest.mark.parametrize("greeting", [b"* BYE too many \x1b[2Jconnections\r\n", b"HTTP/1.1 400 Bad Request\r\n"])
async def test_a_greeting_that_is_none_is_said(greeting: bytes) -> None:
    async with reading(Hostile(b"GREETING", b"", greeting), {}) as (reader, _):
        with pytest.raises(ImapError, match="greeting: greeted by") as told:
            await reader.step()
    assert str(told.value).isprintable()


@pytest.mark.long
async def test_news_without_mail_are_not_looked_after_without_a_pause() -> None:
    odd = Odd()
    looks = 0

    def answer(command: bytes) -> bytes:
        nonlocal looks
        looks += command.startswith(b"NOOP")
        return Odd.answer(odd, command) + (b"* 5 EXISTS\r\n" if command.startswith(b"UID SEARCH") else b"")

    odd.answer = answer  # type: ignore[method-assign]
    async with reading(odd, {}) as (reader, _):
        running = asyncio.create_task(reader.run())
        await asyncio.sleep(1.2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert 2 <= looks <= 5
