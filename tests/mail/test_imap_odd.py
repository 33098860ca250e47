"""Servers that answer as no server should, or as few do: no mail is taken in part, and none is passed over."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
import structlog

from hub.config import Imap
from hub.mail.imap import Cursor, ImapMail, ImapReader

MAILS = {uid: f"Subject: {uid}\r\nFrom: nora@ville.test\r\n\r\nBonjour {uid}\r\n".encode() for uid in range(1, 6)}
CAPABILITIES = b"IMAP4rev1 UIDPLUS"


class Odd:
    """Speaks just enough IMAP. `quirks` says how mail 3 is given, each time it is asked for; then as it is."""

    def __init__(self, *quirks: bytes, news: bytes = b"") -> None:
        self.quirks = list(quirks)
        self.news = news  # told once, with the answer to NOOP

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
            return b"* 5 EXISTS\r\n* OK [UIDVALIDITY 7] UIDs valid\r\n"
        if command.startswith(b"NOOP"):
            told, self.news = self.news, b""
            return told
        if command.startswith(b"UID SEARCH"):
            return b"* SEARCH 1 2 3 4 5\r\n"
        if b"RFC822.SIZE" in command:
            return b"".join(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (u, u, len(MAILS[u])) for u in asked(command))
        return b"".join(self.mail(uid) for uid in asked(command)) if command.startswith(b"UID FETCH") else b""

    def mail(self, uid: int) -> bytes:
        if uid == 3 and self.quirks:
            return self.quirks.pop(0)
        return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (uid, uid, len(MAILS[uid]), MAILS[uid])


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
async def reading(odd: Odd, taken: dict[int, bytes]) -> AsyncIterator[tuple[ImapReader, Cursors]]:
    async def take(mails: Sequence[ImapMail]) -> None:
        taken.update({mail.uid: mail.raw for mail in mails})

    server = await asyncio.start_server(odd.talk, "127.0.0.1", 0)
    port, cursors = server.sockets[0].getsockname()[1], Cursors()
    here = Imap(name="hub", host="127.0.0.1", port=port, security="none", user="u", password="p", timeout=3.0)
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
