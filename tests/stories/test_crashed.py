"""The process dies between any two steps, from the bytes on the wire to the parent's news: begun again, all ends well.

Death is an exception that nobody may catch, raised once, right before or right after one step; what was not committed
is gone with it, leases lapse, and the mail server offers what it was not told to be safe once more.
"""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from hub.core.blobs import Blobs
from hub.core.channel import Channel
from hub.mail.inbound import Inbound, ReceivedMail
from hub.mail.models import InboundMail, OutboundMail
from hub.mail.outbox import Outbox
from hub.mail.smtp import SmtpTransport
from hub.mailbox.authors import Authors
from hub.mailbox.intake import Intake
from hub.mailbox.models import Attachment, Message
from hub.mailbox.receive import Receiver
from hub.mailbox.steps import Steps
from hub.mailbox.threads import Threads
from hub.notifications.announce import Announcer
from tests.cast import MARIE, NORA, Town

STEPS: list[tuple[type, str]] = [
    (Blobs, "put"),
    (Inbound, "take"),
    (Inbound, "claim"),
    (Inbound, "raws"),
    (Intake, "keep"),
    (Steps, "look_up"),
    (Authors, "find_author"),
    (Authors, "check_sender"),
    (Steps, "store"),
    (Threads, "post_all"),
    (Inbound, "settle_stored"),
    (Receiver, "step"),
    (Channel, "publish_all"),
    (Announcer, "step"),
    (Outbox, "queue"),
    (SmtpTransport, "send"),
    (Outbox, "_settle"),
]


class Death(BaseException):
    """kill -9, as far as one process can play it."""


@pytest.mark.long
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("room", "step"), STEPS, ids=[f"{room.__name__}.{step}" for room, step in STEPS])
async def test_a_death_between_two_steps_changes_nothing_in_the_end(
    town: Town, monkeypatch: pytest.MonkeyPatch, room: type, step: str, when: str
) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    raw = with_file(town.answer(town.mails(NORA)[0], NORA, "C’est noté."))
    died = dies_once(town, monkeypatch, room, step, when)
    for _ in range(3):
        try:
            await town.hub.inbound.take([ReceivedMail(raw, "portail", 1, 7)])
            await town.hub.settle()
        except Death:
            town.clock.advance(minutes=2)
    assert died, "the step was never come to"
    await town.hub.settle()

    assert await Message.all().order_by("id").values_list("text", flat=True) == ["Bonjour", "C’est noté."]
    assert await Attachment.all().values_list("filename", "size") == [("note.pdf", 12)]
    assert await InboundMail.all().values_list("state", flat=True) == ["stored"]
    assert set(await OutboundMail.all().values_list("state", flat=True)) == {"sent"}
    news = [mail.message_id for mail in town.mails(MARIE)]
    unknown = room in (SmtpTransport, Outbox) and step != "queue"  # taken by the server, and not written down yet
    assert len(set(news)) == 1 and len(news) <= (2 if unknown else 1)


def dies_once(town: Town, monkeypatch: pytest.MonkeyPatch, room: type, step: str, when: str) -> list[str]:
    """From now on that step dies the first time; where it died, once it has."""
    used = {Blobs: type(town.hub.core.blobs), Channel: type(town.hub.core.channel)}
    room = used.get(room, room)
    real, died = getattr(room, step), []

    async def dying(*given: Any, **named: Any) -> Any:
        if when == "before" and not died:
            died.append(step)
            raise Death
        result = await real(*given, **named)
        if not died:
            died.append(step)
            raise Death
        return result

    monkeypatch.setattr(room, step, dying)
    steps = town.hub.receiver._steps  # a list of its own of what it does
    all_of_them = tuple(getattr(getattr(each, "__self__", None), each.__name__, each) for each in steps.all)
    monkeypatch.setattr(steps, "all", all_of_them)
    return died


def with_file(raw: bytes) -> bytes:
    """The same mail with a file attached."""
    mail = message_from_bytes(raw, policy=SMTP)
    assert isinstance(mail, EmailMessage)
    mail.add_attachment(b"%PDF-1.4 oui", maintype="application", subtype="pdf", filename="note.pdf")
    return mail.as_bytes()


async def test_a_batch_cut_short_by_the_end_of_the_process_is_taken_up_again(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    raws = [town.answer(town.mails(NORA)[0], NORA, f"Réponse {number}") for number in range(5)]
    await town.hub.inbound.take([ReceivedMail(raw, "portail", 1, uid) for uid, raw in enumerate(raws, 1)])
    for turns in range(1, 40, 3):  # the loop is told to stop at one moment after the other
        task = asyncio.create_task(town.hub.receiver.step())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        town.clock.advance(minutes=2)
    await town.hub.settle()
    texts = await Message.filter(via="email").order_by("id").values_list("text", flat=True)
    assert sorted(texts) == [f"Réponse {number}" for number in range(5)]
