"""An agent answers a family and puts another service in copy: it is told, by e-mail, what was written."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP

import pytest

from hub.mail.inbound import ReceivedMail
from hub.mailbox.models import Message, MessageCopy, Note, Thread
from tests.cast import KARIM, MARIE, NORA, SCHOOL, Town

TO_SCHOOL = "Service scolaire <Scolaire@hub.test>"


async def test_a_service_in_copy_reads_the_answer_and_nothing_else_of_the_family(town: Town) -> None:
    message = await town.write("Mon fils est asthmatique, et ma facture est fausse.")
    await town.hub.settle()
    mail = town.answer(town.mails(NORA)[0], NORA, "Le service scolaire corrigera la facture.", Cc=TO_SCHOOL)
    answer = message_from_bytes(mail, policy=SMTP)
    answer.add_attachment(b"%PDF-1.4", "application", "pdf", filename="facture.pdf")
    await town.arrive(answer.as_bytes())

    [copy] = town.mails(SCHOOL)
    assert copy.text.startswith("Nora Lambert vous met en copie d’une réponse à la famille Durand (dossier 1234)")
    assert "Le service scolaire corrigera la facture." in copy.text + copy.html
    assert "asthmatique" not in copy.text + copy.html
    assert [file.filename for file in copy.attachments] == ["facture.pdf"]
    assert (copy.header("reply-to") or "").endswith(f" <{NORA}>"), "and not the conversation, which is not theirs"
    assert (copy.header("from") or "").startswith("Nora Lambert via Saint-Exemple <")
    assert await Thread.all().count() == 1 and await Message.filter(thread_id=message.thread_id).count() == 2
    [note] = await Note.filter(thread_id=message.thread_id)
    assert (note.author, note.text) == ("Nora Lambert", "En copie de la réponse ci-dessus : Service scolaire.")
    assert len(town.mails(MARIE)) == 1 and "scolaire@" not in town.mails(MARIE)[0].text
    assert len(town.mails(KARIM)) == 2, "a colleague hears of it as of any answer"


@pytest.mark.parametrize("roads", [("", TO_SCHOOL), (TO_SCHOOL, TO_SCHOOL), (TO_SCHOOL, "")])
async def test_it_is_told_once_by_however_many_roads_its_copy_comes(town: Town, roads: tuple[str, str]) -> None:
    """Its own mailbox gets one too; a blind copy names it in the envelope alone."""
    await town.write("Bonjour")
    await town.hub.settle()
    for cc in roads:
        named = {"Message_ID": "<a@ville.test>", "Cc": cc or "x@y.test"}
        raw = town.answer(town.mails(NORA)[0], NORA, "Voyez avec eux.", **named)
        to = ("scolaire@hub.test",) if not cc else ()
        for _ in range(2):
            await town.hub.inbound.take([ReceivedMail(raw, "lmtp", envelope_to=to)])
            await town.hub.settle()
    assert len(town.mails(SCHOOL)) == 1 == await MessageCopy.all().count()
    assert await Message.all().count() == 2


async def test_its_copy_is_no_machine_s_refrain(town: Town) -> None:
    """« Merci » twice in a day, the second time to two other mailboxes as well."""
    await town.write("Bonjour")
    await town.hub.settle()
    raws = [town.answer(town.mails(NORA)[0], NORA, "Merci.", Cc=cc) for cc in ("x@y.test", TO_SCHOOL)]
    for raw in (*raws, b"Received: elsewhere\r\n" + raws[1]):
        await town.arrive(raw)
    assert await Message.filter(text="Merci.").count() == 2 and not await town.hub.quarantine.waiting()


async def test_what_is_not_posted_goes_to_nobody(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    raw = town.answer(town.mails(NORA)[0], NORA, "Voyez avec eux.", results="dmarc=fail", Cc=TO_SCHOOL)
    await town.arrive(raw)
    assert not town.mails(SCHOOL)
    [held] = await town.hub.quarantine.waiting()
    await town.hub.quarantine.accept(held.id)
    await town.hub.settle()
    assert len(town.mails(SCHOOL)) == 1


async def test_who_works_for_both_services_is_told_once(town: Town) -> None:
    """Karim reads the mailbox of the one and answers for the other, who is put in copy."""
    await town.write("Bonjour", service="scolaire", subject="Facture")
    await town.hub.settle()
    raw = town.answer(town.mails(SCHOOL)[0], KARIM, "Voyez avec eux.", Cc="periscolaire@hub.test")
    await town.arrive(raw)
    assert len(town.mails(NORA)) == 1 and not town.mails(KARIM)
    await town.arrive(town.answer(town.mails(SCHOOL)[0], SCHOOL, "C’est fait.", Cc="periscolaire@hub.test"))
    assert f"<{SCHOOL}>" in (town.mails(NORA)[1].header("reply-to") or "") and len(town.mails(KARIM)) == 1
