"""A backlog is threaded right, in whatever order its mails came: what is answered goes before what answers it."""

from __future__ import annotations

import random
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP

import pytest

from hub.mail.inbound import ReceivedMail
from hub.mail.models import InboundMail
from hub.mailbox.models import Message, Thread
from hub.mailbox.receive import BATCH, WAIT_FOR_OPENER
from tests.cast import LEA, MARIE, Town

TO = "periscolaire@hub.test"
FAMILIES = (MARIE, LEA)


def opener(town: Town, number: int) -> bytes:
    return town.fresh(FAMILIES[number % 2], TO, f"Question {number}", f"Bonjour, question {number}.")


def reply(town: Town, to: bytes, number: int) -> bytes:
    """The parent writes on, from their own sent mail: no reply address, only References."""
    first = message_from_bytes(to, policy=SMTP)
    raw = town.fresh(str(first["From"]), TO, f"Re: {first['Subject']}", f"Et encore, {number}.")
    mail = message_from_bytes(raw, policy=SMTP)
    mail["In-Reply-To"] = mail["References"] = str(first["Message-ID"])
    return mail.as_bytes()


async def take(town: Town, *raws: bytes, first: int = 1) -> None:
    await town.hub.inbound.take([ReceivedMail(raw, "portail", 1, uid) for uid, raw in enumerate(raws, first)])


async def receive(town: Town) -> None:
    """Until nothing is left, over some minutes."""
    for _ in range(20):
        while await town.hub.receiver.step():
            pass
        town.clock.advance(seconds=5)


async def test_a_reply_that_came_before_its_opener_opens_nothing(town: Town) -> None:
    first = opener(town, 0)
    await take(town, reply(town, first, 0), first)
    await receive(town)
    assert await Thread.all().count() == 1
    [held] = await InboundMail.filter(state="held")
    assert (held.uid, held.reason) == (1, "no_token"), "asked about in the conversation it belongs to"


@pytest.mark.long
async def test_a_reply_waits_for_an_opener_of_a_later_batch(town: Town) -> None:
    firsts = [opener(town, number) for number in range(BATCH)]
    await take(town, *(reply(town, first, number) for number, first in enumerate(firsts)))
    await take(town, *firsts, first=1 + BATCH)
    await receive(town)
    assert await Thread.all().count() == BATCH
    assert await InboundMail.filter(state="held", reason="no_token").count() == BATCH
    assert await InboundMail.filter(attempts__gt=1).count() == 0, "waiting is no failed try"


@pytest.mark.servers
async def test_a_backlog_of_two_thousand_shuffled(town: Town) -> None:
    firsts = [opener(town, number) for number in range(500)]
    raws = [*firsts, *(reply(town, first, turn) for turn in range(3) for first in firsts)]
    random.Random(7).shuffle(raws)
    for start in range(0, len(raws), 200):
        await take(town, *raws[start : start + 200], first=1 + start)
    await receive(town)
    assert await InboundMail.filter(state="received").count() == 0
    assert (await Thread.all().count(), await Message.all().count()) == (500, 500)


async def test_an_opener_that_cannot_be_handled_is_not_waited_for_for_ever(town: Town) -> None:
    first = opener(town, 0)
    await take(town, first, reply(town, first, 0))
    await InboundMail.filter(uid=1).update(due_at=town.clock.now() + timedelta(hours=1))
    while await town.hub.receiver.step():
        pass
    assert await InboundMail.filter(state="received").count() == 2
    town.clock.advance(seconds=WAIT_FOR_OPENER.total_seconds())
    while await town.hub.receiver.step():
        pass
    assert (await InboundMail.get(uid=2)).state != "received"


async def test_mails_that_answer_each_other_in_a_circle_are_handled(town: Town) -> None:
    one, two = opener(town, 0), opener(town, 2)
    raws = []
    for mine, other in ((one, two), (two, one)):
        mail = message_from_bytes(mine, policy=SMTP)
        mail["In-Reply-To"] = str(message_from_bytes(other, policy=SMTP)["Message-ID"])
        raws.append(mail.as_bytes())
    await take(town, *raws)
    await receive(town)
    assert await InboundMail.filter(state="received").count() == 0
