"""mail_out: the outbox worked off, against bare aiosmtplib with raw bytes on as many connections, kept open.

The hub claims under leases, sends, and writes down what became of each mail, durably; the bare side only sends. The
server that takes the mail is a third process and as cheap as can be.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count

import aiosmtplib

from bench.child import Answer, running
from bench.figures import Figure, Scale, take_turns
from bench.letters import TEXTS
from bench.places import Place
from bench.town import settings
from hub.app import build
from hub.config import Smtp
from hub.mail.compose import Letter, serialise
from hub.mail.outbox import Posted

RECIPIENT, RETURNS = "nora@ville.test", "rebond@hub.test"


async def measure(place: Place, scale: Scale) -> Figure:
    """Mails a second that the server took and the outbox knows of."""
    async with running("bench.sink:sink", place.folder) as sink:
        port = await sink.ask()
        given = {"database": place.database, "folder": str(place.folder), "port": port}
        async with (
            running("bench.mail_out:hub", place.folder, **given) as hub,
            running("bench.mail_out:bare", place.folder, port=port) as bare,
        ):
            value, limit = await take_turns(
                lambda: hub.ask(mails=scale.mails), lambda: bare.ask(mails=scale.mails), scale.rounds
            )
    return Figure("mail_out", place.name, place.threads, value, "mails/s", limit)


@asynccontextmanager
async def hub(database: str, folder: str, port: int) -> AsyncIterator[Answer]:
    """Queues mails untimed, then works the outbox off; mails a second."""
    keys = count(time.time_ns())
    async with build(settings(database, folder, port)).opened() as town:

        async def send(mails: int) -> float:
            async with town.core.db.transaction():
                await town.outbox.queue([posted(next(keys)) for _ in range(mails)])
            begun = time.perf_counter()
            while await town.outbox.send_batch(town.transport):
                pass
            return mails / (time.perf_counter() - begun)

        yield send


@asynccontextmanager
async def bare(port: int) -> AsyncIterator[Answer]:
    """The same bytes by `sendmail` on connections that stay open; mails a second."""
    lines = [aiosmtplib.SMTP(hostname="127.0.0.1", port=port) for _ in range(Smtp().connections)]
    await asyncio.gather(*(line.connect() for line in lines))

    async def send(mails: int) -> float:
        waiting = iter([posted(number).raw for number in range(mails)])

        async def through(line: aiosmtplib.SMTP) -> None:
            for raw in waiting:
                await line.sendmail(RETURNS, [RECIPIENT], raw)

        begun = time.perf_counter()
        await asyncio.gather(*(through(line) for line in lines))
        return mails / (time.perf_counter() - begun)

    try:
        yield send
    finally:
        for line in lines:
            line.close()


def posted(number: int) -> Posted:
    """A letter to an agent of some 5 kB, with text and HTML."""
    message_id, text = f"<bench-{number}@hub.test>", "\n\n".join(TEXTS[(number + n) % len(TEXTS)] for n in range(4))
    letter = Letter(
        message_id=message_id,
        date=datetime(2026, 10, 22, 8, tzinfo=UTC),
        sender="portail@hub.test",
        sender_name="Camille Famille via Saint-Exemple",
        recipient=RECIPIENT,
        recipient_name="Nora Lambert",
        subject="Cantine de Léo",
        text=text,
        html=f"<p>{text}</p>",
        reply_to="reponse+42@hub.test",
    )
    return Posted(f"bench:{number}", "agent-message", RECIPIENT, RETURNS, message_id, serialise(letter))
