"""Mails are received together, and each stands or falls by itself."""

from __future__ import annotations

from hub.mail.inbound import RETRY, ReceivedMail
from hub.mail.models import InboundMail
from hub.mailbox.models import Message
from tests.cast import MARIE, Town

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
