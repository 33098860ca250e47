"""The door for the local mail server, spoken to over real sockets."""

import asyncio
import contextlib
import smtplib
from collections.abc import AsyncIterator, Callable
from typing import Literal

import pytest

from hub.config import Lmtp
from hub.mail.lmtp import DoorError, Envelope, LmtpServer
from tests.servers.fixtures import LMTP_DOMAIN
from tests.servers.postfix import Postfix

MAIL = b"From: nora@ville.test\r\nSubject: Bonjour\r\n\r\nOui.\r\n"


class Shelf:
    """Keeps what is taken; `fails` and `gate` stand for a database in trouble or slow."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def take(self, envelope: Envelope) -> None:
        await self.gate.wait()
        if self.fails:
            raise OSError("no space left on device")
        self.mails.append(envelope)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@contextlib.asynccontextmanager
async def door(
    shelf: Shelf,
    protocol: Literal["lmtp", "smtp"] = "lmtp",
    max_bytes: int = 100_000,
    domain: str = "hub.test",
    port: int = 0,
) -> AsyncIterator[LmtpServer]:
    async def accepts(address: str) -> bool:
        return address.endswith(f"@{domain}")

    server = LmtpServer(Lmtp(port=port), shelf.take, accepts, max_bytes, protocol)
    await server.start()
    try:
        yield server
    finally:
        shelf.gate.set()
        await server.stop()


class Client:
    """A mail server at the door, line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, port: int) -> "Client":
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        await client.reply()
        await client.say("LHLO mx.hub.test")
        return client

    async def say(self, line: str) -> str:
        self.writer.write(line.encode() + b"\r\n")
        return await self.reply()

    async def reply(self) -> str:
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), 10)).decode().rstrip()
            if line[3:4] != "-":
                return line

    async def send(self, raw: bytes, *recipients: str) -> list[str]:
        """Replies to RCPT, then to the final dot."""
        await self.say("MAIL FROM:<nora@ville.test>")
        asked = [await self.say(f"RCPT TO:<{r}>") for r in recipients]
        accepted = [a for a in asked if a.startswith("250")]
        if not accepted:
            return asked
        await self.say("DATA")
        self.writer.write(raw + b".\r\n")
        return asked + [await self.reply() for _ in accepted]

    async def silent(self) -> bool:
        """Whether nothing unread is left: the next reply answers NOOP."""
        return (await self.say("NOOP")).startswith("250 OK")


async def test_a_mail_is_taken_whole_with_its_envelope(shelf: Shelf) -> None:
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        replies = await client.send(MAIL, "portail@hub.test")
    assert [r[:3] for r in replies] == ["250", "250"]
    assert shelf.mails == [Envelope("nora@ville.test", ("portail@hub.test",), MAIL)]


async def test_each_accepted_recipient_gets_a_reply_of_its_own(shelf: Shelf) -> None:
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        replies = await client.send(MAIL, "a@hub.test", "x@ailleurs.test", "b@hub.test")
        assert [r[:9] for r in replies] == [
            "250 2.1.5",
            "550 5.1.1",
            "250 2.1.5",
            "250 2.0.0",
            "250 2.0.0",
        ]
        assert await client.silent()
    assert shelf.mails[0].rcpt_tos == ("a@hub.test", "b@hub.test")


async def test_a_client_need_not_wait_for_each_reply(shelf: Shelf) -> None:
    """RFC 2033 §5: PIPELINING is no choice of an LMTP server."""
    async with door(shelf) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"LHLO mx.hub.test\r\n")
        greeting = [(await asyncio.wait_for(reader.readline(), 10)).rstrip() for _ in range(7)]
        assert b"250-PIPELINING" in greeting and greeting[-1].startswith(b"250 ")
        one = b"MAIL FROM:<>\r\nRCPT TO:<x@ailleurs.test>\r\nRCPT TO:<a@hub.test>\r\nDATA\r\n" + MAIL + b".\r\n"
        writer.write(one + one + b"QUIT\r\n")
        replies = [line[:3] for line in (await asyncio.wait_for(reader.read(), 10)).splitlines()]
        assert replies == [b"250", b"550", b"250", b"354", b"250"] * 2 + [b"221"]
    assert shelf.mails == [Envelope("", ("a@hub.test",), MAIL)] * 2


async def test_a_client_that_hangs_up_in_the_middle_has_given_nothing(shelf: Shelf) -> None:
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        for line in ("MAIL FROM:<>", "RCPT TO:<a@hub.test>", "DATA"):
            await client.say(line)
        client.writer.write(MAIL + b"\n.\n.\r")
        await client.writer.drain()
        client.writer.close()
        assert (await (await Client.connect(server.port)).send(MAIL, "b@hub.test"))[-1].startswith("250")
    assert [mail.rcpt_tos for mail in shelf.mails] == [("b@hub.test",)]


async def test_nothing_is_promised_when_the_mail_is_not_safe(shelf: Shelf) -> None:
    shelf.fails = True
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        replies = await client.send(MAIL, "a@hub.test", "b@hub.test")
        assert [r[:9] for r in replies[2:]] == ["451 4.3.0", "451 4.3.0"]
        shelf.fails = False
        assert (await client.send(MAIL, "a@hub.test"))[-1].startswith("250")
    assert len(shelf.mails) == 1


async def test_the_reply_waits_until_the_mail_is_stored(shelf: Shelf) -> None:
    shelf.gate.clear()
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        sending = asyncio.create_task(client.send(MAIL, "a@hub.test"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(sending), 0.3)
        shelf.gate.set()
        assert (await sending)[-1].startswith("250")


async def test_a_client_that_hangs_up_does_not_cut_the_storing_short(shelf: Shelf) -> None:
    shelf.gate.clear()
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        sending = asyncio.create_task(client.send(MAIL, "a@hub.test"))
        await asyncio.sleep(0.2)
        sending.cancel()
        client.writer.close()
        await asyncio.sleep(0.1)
        shelf.gate.set()
        await server.stop()
    assert len(shelf.mails) == 1


@pytest.mark.parametrize("size", [100_001, 3_000_000])
async def test_a_mail_over_the_limit_is_refused_and_the_next_one_taken(shelf: Shelf, size: int) -> None:
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        replies = await client.send(b"x" * (size - 2) + b"\r\n", "a@hub.test", "b@hub.test")
        assert [r[:9] for r in replies[2:]] == ["552 5.3.4", "552 5.3.4"]
        assert (await client.send(MAIL, "a@hub.test"))[-1].startswith("250")


async def test_a_mail_of_exactly_the_limit_is_taken(shelf: Shelf) -> None:
    raw = b"x" * 99_998 + b"\r\n"  # one line, as some clients write
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        assert (await client.send(raw, "a@hub.test"))[-1].startswith("250")
    assert shelf.mails[0].raw == raw


async def test_an_announced_size_over_the_limit_is_refused_at_once(shelf: Shelf) -> None:
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        assert (await client.say("MAIL FROM:<n@ville.test> SIZE=100001")).startswith("552")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (b"", b""),
        (b"..\r\n", b".\r\n"),
        (b"a\r\n..b\r\n...\r\nc.\r\n", b"a\r\n.b\r\n..\r\nc.\r\n"),
        (b"bare\n.\nline feeds\r\n", b"bare\n.\nline feeds\r\n"),
        (b"a\n.\r\nMAIL FROM:<eve@x.test>\r\n", b"a\n.\r\nMAIL FROM:<eve@x.test>\r\n"),
        (b"a\r.\r\nRCPT TO:<eve@x.test>\r\n", b"a\r.\r\nRCPT TO:<eve@x.test>\r\n"),
        (b"\xff\x00caf\xc3\xa9\r\n", b"\xff\x00caf\xc3\xa9\r\n"),
    ],
)
async def test_bytes_come_through_as_they_were_before_the_wire(shelf: Shelf, sent: bytes, stored: bytes) -> None:
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        assert (await client.send(sent, "a@hub.test"))[-1].startswith("250")
        assert await client.silent()
    assert shelf.mails[0].raw == stored


async def test_the_null_sender_and_accented_addresses_are_taken(shelf: Shelf) -> None:
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        assert (await client.say("MAIL FROM:<> SMTPUTF8")).startswith("250")
        assert (await client.say("RCPT TO:<rené@hub.test>")).startswith("250")
        await client.say("DATA")
        assert (await client.say("x\r\n.")).startswith("250")
    assert shelf.mails == [Envelope("", ("rené@hub.test",), b"x\r\n")]


async def test_nobody_lists_recipients_without_end(shelf: Shelf) -> None:
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        await client.say("MAIL FROM:<nora@ville.test>")
        replies = [await client.say(f"RCPT TO:<a{n}@hub.test>") for n in range(101)]
    assert [r[:3] for r in replies] == ["250"] * 100 + ["452"]


async def test_the_same_door_speaks_smtp_to_ordinary_clients(shelf: Shelf) -> None:
    def send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail("nora@ville.test", ["a@hub.test", "b@hub.test"], MAIL)

    async with door(shelf, "smtp") as server:
        await asyncio.to_thread(send, server.port)
    assert shelf.mails == [Envelope("nora@ville.test", ("a@hub.test", "b@hub.test"), MAIL)]


async def test_an_occupied_port_is_said_clearly(shelf: Shelf) -> None:
    async with door(shelf) as server:
        second = LmtpServer(Lmtp(port=server.port), shelf.take, bool, 1000)
        with pytest.raises(DoorError, match=f"le port {server.port} de 127.0.0.1 est déjà occupé"):
            await second.start()


@pytest.mark.servers
async def test_postfix_hands_mail_over_once_per_recipient_list(postfix: Postfix, shelf: Shelf) -> None:
    recipients = [f"reponse+{n}@{LMTP_DOMAIN}" for n in range(3)]
    async with _at(postfix, shelf):
        await asyncio.to_thread(_submit, postfix, recipients)
        await _until(lambda: len(shelf.mails) == 1)
    assert set(shelf.mails[0].rcpt_tos) == set(recipients)
    assert shelf.mails[0].mail_from == "nora@ville.test"
    assert shelf.mails[0].raw.endswith(b"\r\nOui.\r\n")
    assert await asyncio.to_thread(postfix.queued) == []


@pytest.mark.servers
async def test_postfix_keeps_what_could_not_be_stored_and_comes_back(postfix: Postfix, shelf: Shelf) -> None:
    shelf.fails = True
    async with _at(postfix, shelf):
        await asyncio.to_thread(_submit, postfix, [f"portail@{LMTP_DOMAIN}"])
        await _until(lambda: "451 4.3.0" in postfix.log())
        shelf.fails = False
        await _until(lambda: len(shelf.mails) == 1)


@pytest.mark.servers
async def test_postfix_waits_for_a_door_that_is_shut(postfix: Postfix, shelf: Shelf) -> None:
    await asyncio.to_thread(_submit, postfix, [f"portail@{LMTP_DOMAIN}"])
    await _until(lambda: f"connect to 127.0.0.1[127.0.0.1]:{postfix.hub_port}: Connection refused" in postfix.log())
    async with _at(postfix, shelf):
        await _until(lambda: len(shelf.mails) == 1)


def _at(postfix: Postfix, shelf: Shelf) -> contextlib.AbstractAsyncContextManager[LmtpServer]:
    return door(shelf, domain=LMTP_DOMAIN, port=postfix.hub_port)


def _submit(postfix: Postfix, recipients: list[str]) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=10) as client:
        client.sendmail("nora@ville.test", recipients, MAIL)


async def _until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


async def test_commands_sent_at_once_are_answered_at_once_and_each_in_its_turn(shelf: Shelf) -> None:
    """RFC 2920: the replies to a group of commands travel together; none is left behind when the group ends early."""
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        client.writer.write(b"MAIL FROM:<nora@ville.test>\r\nRCPT TO:<a@hub.test>\r\nRCPT TO:<x@y.test>\r\nDATA\r\n")
        said = await asyncio.wait_for(client.reader.readuntil(b"354"), 10)
        assert [line[:9] for line in said.splitlines()] == [b"250 2.1.0", b"250 2.1.5", b"550 5.1.1", b"354"]
        await client.reply()
        client.writer.write(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250 2.0.0")
        client.writer.write(b"MAIL FROM:<nora@ville.test>\r\nQUIT\r\n")
        assert [(await client.reply())[:3] for _ in range(2)] == ["250", "221"]
        client = await Client.connect(server.port)
        client.writer.write(b"MAIL FROM:<nora@ville.test>\r\nRCPT TO:<a@hub.test>\r\nRCPT")
        assert [(await client.reply())[:9] for _ in range(2)] == ["250 2.1.0", "250 2.1.5"]
