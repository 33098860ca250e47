"""intake_imap and intake_lmtp: agents' answers, from a mailbox of Dovecot and through the LMTP door, until each stands
in its thread; against parsing each and one durable commit each.

The hub reads and receives side by side, as `hub work` does, and nothing else is at work in it. The mails lie in the
mailbox before the clock starts; through the door they are sent by another process, as Postfix does: pipelined, on
connections kept open.
"""

from __future__ import annotations

import asyncio
import base64
import imaplib
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import count

import msgspec

from bench.child import Answer, Child, running
from bench.figures import Figure, Scale, take_turns
from bench.letters import mail_of
from bench.mail_in import answerers
from bench.places import Place
from bench.town import AUTHSERV, settings
from hub.app import Hub, build
from hub.config import Imap
from hub.core.work import Crew
from hub.mail.inbound import WORKER
from tests.servers.dovecot import Dovecot

USER, PASSWORD = "portail@hub.test", "motdepasse"
CONNECTIONS = 20  # of the server that hands mail over: as many as Postfix opens by itself
WAITING = "SELECT COUNT(*) AS n FROM inbound_mail WHERE state = 'received'"
NOT_POSTED = "SELECT COUNT(*) AS n FROM inbound_mail WHERE state NOT IN ('stored', 'received')"
PATIENCE = 120  # seconds for a round


async def measure(place: Place, scale: Scale, dovecot: Dovecot | None) -> list[Figure]:
    """Mails a second that stand in their threads, by each road; without Dovecot by LMTP only."""
    given = {"database": place.database, "folder": str(place.folder)}
    imap_port = dovecot.imap_port if dovecot else 0
    figures = []
    async with (
        running("bench.intake:hub", place.folder, imap_port=imap_port, **given) as hub,
        running("bench.intake:sender", place.folder) as sender,
        running("bench.mail_in:bare", place.folder, **given) as bare,
    ):
        roads = {"intake_lmtp": partial(by_lmtp, hub, sender, scale.mails)}
        if dovecot:
            roads["intake_imap"] = partial(by_imap, hub, dovecot, scale.mails)
        for name, road in roads.items():
            value, limit = await take_turns(road, lambda: bare.ask(mails=scale.mails), scale.rounds)
            figures.append(Figure(name, place.name, place.threads, value, "mails/s", limit))
    return figures


async def by_imap(hub: Child, dovecot: Dovecot, mails: int) -> float:
    """One round from the mailbox."""
    letters = await hub.ask(write=mails)
    await asyncio.to_thread(fill, dovecot, [base64.b64decode(letter["raw"]) for letter in letters])
    return float(mails / await hub.ask(read=True))


def fill(dovecot: Dovecot, raws: Sequence[bytes]) -> None:
    """Empty the mailbox, then lay these mails into it."""
    with dovecot.client(USER) as client:
        client.select("INBOX")
        client.uid("STORE", "1:*", "+FLAGS.SILENT", r"(\Deleted)")
        client.expunge()
        for raw in raws:
            answer, said = client.append("INBOX", "", "", raw)
            if answer != "OK":
                raise imaplib.IMAP4.error(said)


async def by_lmtp(hub: Child, sender: Child, mails: int) -> float:
    """One round through the door."""
    letters, port = await hub.ask(write=mails), await hub.ask(open=True)
    begun = time.perf_counter()
    await sender.ask(port=port, letters=letters)
    await hub.ask(settled=True)
    return mails / (time.perf_counter() - begun)


@asynccontextmanager
async def hub(database: str, folder: str, imap_port: int) -> AsyncIterator[Answer]:
    """A hub whose receiver is at work and whose LMTP door is open."""
    numbers = count(time.time_ns())
    config = settings(database, folder)
    mailbox = Imap("portail", "127.0.0.1", USER, PASSWORD, port=imap_port, security="none")
    mail = msgspec.structs.replace(config.mail, imap=(mailbox,) if imap_port else ())
    async with build(msgspec.structs.replace(config, mail=mail)).opened() as town:
        door = town.lmtp()
        await door.start()
        crew = Crew([worker for worker in town.workers if worker.name == WORKER], town.core.channel)
        crew.start()

        async def answer(write: int = 0, read: bool = False, open: bool = False, settled: bool = False) -> object:
            if write:
                return await letters(town, write, numbers)
            if open:
                return door.port
            begun = time.perf_counter()
            if read:
                await town.readers[0].step()
            await asyncio.wait_for(posted(town), PATIENCE)
            return time.perf_counter() - begun

        try:
            yield answer
        finally:
            await crew.close()
            await door.stop()


async def letters(town: Hub, mails: int, numbers: count[int]) -> list[dict[str, str]]:
    """Answers to threads spread over the whole town: who sends each, to which address, and its bytes."""
    return [
        {"from": sender, "to": to, "raw": base64.b64encode(mail_of(next(numbers), sender, to, AUTHSERV)).decode()}
        for sender, to in await answerers(town, mails)
    ]


async def posted(town: Hub) -> None:
    """Wait until nothing waits. Raises RuntimeError when a mail was not posted."""
    while (await town.core.db.rows(WAITING))[0]["n"]:
        await asyncio.sleep(0.01)
    if (await town.core.db.rows(NOT_POSTED))[0]["n"]:
        raise RuntimeError("a mail was not posted")


@asynccontextmanager
async def sender() -> AsyncIterator[Answer]:
    """A mail server that hands mails over."""

    async def send(port: int, letters: list[dict[str, str]]) -> int:
        waiting = iter(letters)
        await asyncio.gather(*(hand_over(port, waiting) for _ in range(CONNECTIONS)))
        return len(letters)

    yield send


async def hand_over(port: int, letters: Iterator[dict[str, str]]) -> None:
    """Mails by one connection, their commands pipelined (RFC 2920). Raises RuntimeError when one is refused."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"LHLO bench.test\r\n")
    while (await reader.readline())[3:4] == b"-":
        pass
    for letter in letters:
        raw = base64.b64decode(letter["raw"]).replace(b"\r\n.", b"\r\n..")
        writer.write(f"MAIL FROM:<{letter['from']}>\r\nRCPT TO:<{letter['to']}>\r\nDATA\r\n".encode())
        said = [await reader.readline() for _ in range(3)]
        writer.write(raw + (b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n"))
        said.append(await reader.readline())
        if [line[:1] for line in said] != [b"2", b"2", b"3", b"2"]:
            raise RuntimeError(repr(said))
    writer.close()
