"""The door for the local mail server, spoken to over real sockets."""

import asyncio
import contextlib
import random
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
    """Keeps what is taken; `fails`, `gate` and `blind` (to addresses) stand for a database in trouble or slow."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.blind = False

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
        if shelf.blind:
            raise TimeoutError("the database does not answer")
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
        return (await self.say("NOOP")).startswith("250 2.0.0")


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
        assert server.told == {"put off": 1, "stored": 1}
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


async def test_a_session_means_the_same_however_the_network_cuts_it(shelf: Shelf) -> None:
    one = b"MAIL FROM:<>\r\nRCPT TO:<a@hub.test>\r\nDATA\r\nSubject: x\r\n\r\n..a\r\n.b\n.\n\r.\r\n.\r\n"
    session = b"LHLO mx\r\n" + one + b"NOOP\r\n" + one + b"RSET\r\n" + one + b"QUIT\r\n"
    cuts = random.Random(7)
    said = []
    async with door(shelf) as server:
        for most in (1, 2, 3, 7, 40, len(session)):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            left = session
            while left:
                size = cuts.randint(1, most)
                writer.write(left[:size])
                left = left[size:]
                await asyncio.sleep(0)
            said.append(await asyncio.wait_for(reader.read(), 10))
            writer.close()
    assert set(said) == {said[0]}
    answered = [b"250", b"250", b"354", b"250"]
    assert [line[:3] for line in said[0].splitlines()[7:]] == [*answered, b"250", *answered, b"250", *answered, b"221"]
    assert shelf.mails == [Envelope("", ("a@hub.test",), b"Subject: x\r\n\r\n.a\r\nb\n.\n\r.\r\n")] * 18


async def test_what_is_left_of_a_mail_over_the_limit_never_passes_for_its_end(shelf: Shelf) -> None:
    """Only a few bytes of it are kept while it is read on: they may begin in the middle of a line."""
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        for line in ("MAIL FROM:<>", "RCPT TO:<a@hub.test>", "DATA"):
            await client.say(line)
        client.writer.write(b"y" * 100_100)
        for _ in range(20):
            client.writer.write(b"z.\r\nab")
            await asyncio.sleep(0.01)
        client.writer.write(b"MAIL FROM:<eve@x.test>\r\n.\r\n")
        assert (await client.reply()).startswith("552 5.3.4")
        assert await client.silent()
    assert not shelf.mails


async def test_who_does_not_greet_is_no_mail_server(shelf: Shelf) -> None:
    """A browser that a page made to post to us: nothing in what it posts is obeyed."""
    async with door(shelf) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"POST / HTTP/1.1\r\nHost: x\r\n\r\nLHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@hub.test>\r\nDATA\r\nx\r\n.\r\n"
        )
        said = await asyncio.wait_for(reader.read(), 10)
    assert [line[:3] for line in said.splitlines()] == [b"220", b"421"]
    assert not shelf.mails


async def test_a_client_that_keeps_talking_nonsense_is_hung_up_on(shelf: Shelf) -> None:
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        said = [
            await client.say(line)
            for line in ("\udcffx".encode("ascii", "replace").decode(), "x" * 100_000, "MAIL TO:<>")
        ]
        assert [reply[:9] for reply in said] == ["502 5.5.1", "500 5.5.2", "501 5.5.4"]
        said = [await client.say("BDAT 3 LAST") for _ in range(17)]
        assert [reply[:3] for reply in said] == ["502"] * 16 + ["421"]
        assert await client.reader.read() == b""


async def test_an_address_that_cannot_be_looked_up_is_asked_for_again_later(shelf: Shelf) -> None:
    shelf.blind = True
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        assert (await client.send(MAIL, "a@hub.test")) == ["451 4.3.0 not stored, please try again later"]
        assert server.told == {"put off": 1}
        shelf.blind = False
        await client.say("RSET")
        assert (await client.send(MAIL, "a@hub.test"))[-1].startswith("250")


async def test_a_silent_client_is_hung_up_on(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.mail.lmtp_wire.SECONDS_OF_SILENCE", 0.2)
    async with door(shelf) as server:
        client = await Client.connect(server.port)
        await client.say("MAIL FROM:<>")
        assert (await client.reply()).startswith("421 4.4.2")
        assert await client.reader.read() == b""


async def test_connections_and_the_bytes_they_hold_are_bounded(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.mail.lmtp.MOST_CONNECTIONS", 3)
    monkeypatch.setattr("hub.mail.lmtp.MOST_HELD", 2)
    shelf.gate.clear()
    size = 1_100_000
    async with door(shelf, max_bytes=size + 100) as server:  # the final dot may come by itself
        clients = [await Client.connect(server.port) for _ in range(3)]
        fourth = await asyncio.open_connection("127.0.0.1", server.port)
        assert (await fourth[0].readline()).startswith(b"421 4.3.2")
        raw = b"x" * (size - 2) + b"\r\n"
        stored = [asyncio.create_task(client.send(raw, "a@hub.test")) for client in clients[:2]]
        await _until(lambda: sum(connection.holds for connection in server._open.values()) == 2 * size)
        assert (await clients[2].send(raw, "a@hub.test"))[-1].startswith("452 4.3.1")
        small = asyncio.create_task(clients[2].send(MAIL, "a@hub.test"))
        await asyncio.sleep(0.05)
        shelf.gate.set()
        assert [(await each)[-1][:3] for each in (*stored, small)] == ["250"] * 3
        fourth[1].close()


async def test_a_door_that_shuts_answers_for_the_mail_that_it_is_storing(shelf: Shelf) -> None:
    """Else its server would hand it over once more."""
    shelf.gate.clear()
    async with door(shelf) as server:
        busy, idle = await Client.connect(server.port), await Client.connect(server.port)
        sending = asyncio.create_task(busy.send(MAIL, "a@hub.test"))
        await asyncio.sleep(0.2)
        stopping = asyncio.create_task(server.stop())
        assert await idle.reader.read() == b""
        shelf.gate.set()
        assert (await sending)[-1].startswith("250 2.0.0")
        await stopping
