"""Mails are received together, and each stands or falls by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.mail.inbound import RETRY, ReceivedMail
from hub.mail.models import InboundMail
from hub.mailbox.models import Message
from hub.mailbox.receive import BATCH, BATCH_BYTES, FIRST, ahead, divided
from tests.cast import MARIE, NORA, Town

TO = "periscolaire@hub.test"


async def poison(town: Town) -> None:
    """From now on the database refuses every message with that word in it."""
    statement = "ALTER TABLE message ADD CONSTRAINT poison CHECK (text NOT LIKE '%arsenic%')"
    if town.hub.core.db.dialect == "sqlite":
        statement = (
            "CREATE TRIGGER poison BEFORE INSERT ON message WHEN NEW.text LIKE '%arsenic%' "
            "BEGIN SELECT RAISE(ABORT, 'poison'); END"
        )
    await town.hub.core.db.execute(statement)


async def take(town: Town, *texts: str) -> None:
    """Mails that wait together."""
    raws = [town.fresh(MARIE, TO, f"Objet {number}", text) for number, text in enumerate(texts)]
    await town.hub.inbound.take([ReceivedMail(raw, "portail", 1, uid) for uid, raw in enumerate(raws, 1)])


async def test_a_mail_that_cannot_be_stored_costs_its_neighbours_nothing(town: Town) -> None:
    await poison(town)
    await take(town, "Avant", "De l’arsenic", "Après")
    await town.hub.settle()

    assert [message.text for message in await Message.all().order_by("id")] == ["Avant", "Après"]
    failed = await InboundMail.get(subject="Objet 1")
    assert (failed.state, failed.reason, failed.settled_at) == ("received", "", None)
    assert failed.due_at == town.clock.now() + RETRY[0] and failed.trace
    assert await InboundMail.filter(state="stored").count() == 2


async def test_the_same_mail_twice_in_a_batch_is_one_message(town: Town) -> None:
    raw = town.fresh(MARIE, TO, "Mercredi", "Léo sera absent mercredi.")
    mails = [ReceivedMail(raw, "portail", 1, uid) for uid in (1, 1, 2)]
    assert await town.hub.inbound.take(mails) == 2
    assert await town.hub.inbound.take(mails) == 0
    await town.hub.settle()

    assert await Message.all().count() == 1
    assert sorted(mail.state for mail in await InboundMail.all()) == ["ignored", "stored"]


@given(st.lists(st.integers(0, 3 * BATCH_BYTES)))
def test_large_mails_do_not_share_the_memory(sizes: list[int]) -> None:
    mails = [InboundMail(size=size) for size in sizes]
    cut = list(divided(mails, FIRST))
    assert [mail for portion in cut for mail in portion] == mails
    assert all(len(portion) == 1 or sum(mail.size for mail in portion) <= BATCH_BYTES for portion in cut)
    assert all(0 < len(portion) <= BATCH for portion in cut)


async def test_the_next_ones_are_read_while_the_disk_has_the_first() -> None:
    begun: list[int] = []

    async def read() -> AsyncGenerator[int, None]:
        for number in range(3):
            begun.append(number)
            await asyncio.sleep(0)
            yield number

    seen = []
    async for _ in ahead(read()):
        await asyncio.sleep(0)
        seen.append(list(begun))
    assert seen == [[0, 1], [0, 1, 2], [0, 1, 2]]


async def test_what_is_being_read_ends_with_who_waits_for_it() -> None:
    ended = asyncio.Event()

    async def read() -> AsyncGenerator[int, None]:
        yield 1
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    with pytest.raises(RuntimeError):
        async with aclosing(ahead(read())) as portions:
            async for _ in portions:
                await asyncio.sleep(0)
                raise RuntimeError
    await asyncio.wait_for(ended.wait(), 5)


async def test_two_answers_in_one_batch_stand_in_their_order_and_both_count(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    mail = town.mails(NORA)[0]
    raws = [town.answer(mail, NORA, text) for text in ("Premier", "Second")]
    await town.hub.inbound.take([ReceivedMail(raw, "portail", 1, uid) for uid, raw in enumerate(raws, 1)])
    await town.hub.settle()
    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert [each.text for each in talk.messages] == ["Bonjour", "Premier", "Second"]
    assert (talk.head.messages, talk.head.unread) == (3, 2)
