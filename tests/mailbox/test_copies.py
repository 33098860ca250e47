"""Two mails under one Message-ID: the same one by another road stays silent, another one is never lost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from email import message_from_bytes
from email.policy import SMTP

import pytest

from hub.core.blobs import BlobError
from hub.mail import copies, readings
from hub.mail.inbound import ReceivedMail
from hub.mail.models import InboundMail, OutboundMail
from hub.mailbox import receive
from hub.mailbox.models import Message, Thread
from hub.mailbox.steps import Steps
from tests.cast import MARIE, NORA, Town

ID = "<une@famille.test>"
DATE = "Thu, 22 Oct 2026 09:58:12 +0200"
TO = "periscolaire@hub.test"


def mail(text: str, subject: str = "Mercredi", results: str = "dmarc=fail", date: str = DATE, road: str = "") -> bytes:
    """A mail of Marie's under the one Message-ID; `road`: what the servers on its way have written above it."""
    return (
        f"{road}Authentication-Results: mx.hub.test; {results} header.from=famille.test\r\n"
        f"From: {MARIE}\r\nTo: {TO}\r\nSubject: {subject}\r\nMessage-ID: {ID}\r\nDate: {date}\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    ).encode()


def with_file(raw: bytes, content: bytes) -> bytes:
    """The same with a file."""
    message = message_from_bytes(raw, policy=SMTP)
    message.add_attachment(content, "application", "pdf", filename="scan.pdf")
    return message.as_bytes()


async def outcomes() -> list[tuple[str, str]]:
    """What became of each mail, in order."""
    return [(row.state, row.reason) for row in await InboundMail.all().order_by("id")]


UNPROVEN, OTHER, DOUBLE = ("quarantined", "unproven"), ("quarantined", "other_version"), ("ignored", "duplicate")


async def test_another_mail_under_a_known_message_id_waits_for_an_agent(town: Town) -> None:
    """Nothing proves either of them: neither is posted, and neither is lost."""
    for text in ("Léo sera absent", "Léo sera présent"):
        await town.arrive(mail(text))
    assert await outcomes() == [UNPROVEN, OTHER]
    assert not await Message.exists() and not await OutboundMail.exists()

    [other, _] = await town.hub.quarantine.waiting()
    opened = await town.hub.quarantine.open(other.id)
    assert opened.text == "Léo sera présent" and opened.prospect and opened.prospect.author == "Marie Durand"
    assert [(one.id, one.state) for one in opened.namesakes] == [(other.id - 1, "quarantined")]
    await town.hub.quarantine.accept(other.id)
    await town.hub.settle()
    assert (await Message.get()).text == "Léo sera présent"


async def test_what_an_agent_vouched_for_before_its_twin_was_said_comes_back_once(town: Town) -> None:
    for text in ("Léo sera absent", "Léo sera présent"):
        await town.arrive(mail(text))
    [other, first] = await town.hub.quarantine.waiting()
    await town.hub.quarantine.accept(other.id)
    await town.hub.settle()
    await town.hub.quarantine.accept(first.id)
    await town.hub.settle()
    assert [m.text for m in await Message.all()] == ["Léo sera présent"]
    assert await outcomes() == [OTHER, ("stored", "")], "the agent who accepted it may not have seen the other"
    await town.hub.quarantine.accept(first.id)
    await town.hub.settle()
    assert [m.text for m in await Message.all().order_by("id")] == ["Léo sera présent", "Léo sera absent"]


async def test_who_confirms_a_mail_by_its_link_is_not_made_to_say_what_differs_from_it(town: Town) -> None:
    """A forged version comes first; whoever gets two letters about what they wrote once confirms the wrong one."""
    await town.arrive(mail("Léo sera absent", results="dmarc=temperror"))
    await town.arrive(mail("Léo sera présent", results="dmarc=pass"))
    token = town.mails(MARIE)[0].text.split("/courriel/")[1].split()[0]
    await town.hub.answers.release(token)
    await town.hub.settle()
    assert [m.text for m in await Message.all()] == ["Léo sera présent"]
    assert await outcomes() == [OTHER, ("stored", "")]


async def test_what_an_agent_has_set_aside_does_not_come_back(town: Town) -> None:
    """A mailbox whose UIDs have changed is read from its start; the copy of another mailbox comes later."""
    raw = town.fresh("eve@ailleurs.test", TO, "Bonjour", "Qui êtes-vous ?")
    await town.arrive(raw)
    [row] = await town.hub.quarantine.waiting()
    await town.hub.quarantine.discard(row.id)
    town.clock.advance(days=2)
    for uid, again in enumerate((raw, b"Received: from elsewhere\r\n" + raw), 1):
        await town.hub.inbound.take([ReceivedMail(again, "portail", 2, uid)])
    await town.hub.settle()
    assert await outcomes() == [("discarded", "unknown_sender"), DOUBLE, DOUBLE]
    assert len(town.mails("eve@ailleurs.test")) == 1


@pytest.mark.long
async def test_two_processes_that_get_a_copy_each_post_one(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """To two services, each with a mailbox of its own: both copies come in the same instant."""
    monkeypatch.setattr(receive, "CLAIMED", 1)
    for uid, road in enumerate(("a", "b"), 1):
        raw = mail("Léo sera absent", results="dmarc=pass", road=f"Received: {road}\r\n")
        await town.hub.inbound.take([ReceivedMail(raw, f"mailbox {road}", 1, uid)])
    both = asyncio.Barrier(2)
    look_up = Steps.look_up

    async def together(self, cases):  # type: ignore[no-untyped-def]
        with contextlib.suppress(TimeoutError, asyncio.BrokenBarrierError):
            await asyncio.wait_for(both.wait(), 0.5)
        found = await look_up(self, cases)
        await asyncio.sleep(0.1)
        return found

    monkeypatch.setattr(Steps, "look_up", together)
    await asyncio.gather(town.hub.receiver.step(), town.hub.receiver.step())
    assert sorted(await outcomes()) == [DOUBLE, ("stored", "")]
    assert await Message.all().count() == 1


async def test_what_was_posted_hides_no_other_mail(town: Town) -> None:
    await town.arrive(mail("Léo sera absent", results="dmarc=pass"))
    await town.arrive(mail("Léo sera présent"))
    await town.arrive(with_file(mail("Léo sera absent"), b"%PDF-1.4 un"))
    await town.arrive(mail("Léo sera absent", subject="Jeudi"))
    assert await outcomes() == [("stored", ""), OTHER, OTHER, OTHER]


async def test_a_proven_mail_is_not_lost_to_a_proven_one_that_waits(town: Town) -> None:
    """Two answers of a program that uses its Message-ID over again, both without the reply address."""
    await town.write("Bonjour")
    await town.hub.settle()
    for text in ("Oui", "Non"):
        await town.arrive(town.answer(town.mails(NORA)[0], NORA, text, reply_to=TO, Message_ID="<0@copieur.test>"))
    assert await outcomes() == [("held", "no_token")] * 2


@pytest.mark.parametrize(("sender", "reason"), [("eve@ailleurs.test", "unknown_sender"), (MARIE, "forged")])
async def test_what_nobody_could_vouch_for_is_no_more_believed(town: Town, sender: str, reason: str) -> None:
    """A stranger's mail, and one that came to a reply address which is somebody else's."""
    await town.write("Bonjour")
    await town.hub.settle()
    to = {"reply_to": TO} if sender != MARIE else {}
    for text in ("Un", "Deux"):
        raw = town.answer(town.mails(NORA)[0], sender, text, results="dmarc=fail", Message_ID=ID, **to)
        await town.arrive(raw)
    assert await outcomes() == [("quarantined", reason)] * 2


async def test_of_two_that_come_together_neither_is_lost(town: Town) -> None:
    raws = [mail("Léo sera absent"), mail("Léo sera présent"), mail("Léo sera absent", road="Received: ailleurs\r\n")]
    await town.hub.inbound.take([ReceivedMail(raw, "portail", 1, uid) for uid, raw in enumerate(raws, 1)])
    await town.hub.settle()
    assert await outcomes() == [UNPROVEN, OTHER, DOUBLE]


async def test_the_bytes_of_the_other_one_cannot_be_had_for_a_while(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell whether it is the same: it is looked at again later."""
    await town.arrive(mail("Léo sera absent"))
    await town.hub.inbound.take([ReceivedMail(mail("Léo sera présent"), "portail", 1, 2)])
    whole = type(town.hub.inbound).raw

    async def raw(self, row):  # type: ignore[no-untyped-def]
        if row.uid != 2:
            raise BlobError("gone for a minute")
        return await whole(self, row)

    monkeypatch.setattr(type(town.hub.inbound), "raw", raw)
    await town.hub.receiver.step()
    assert await outcomes() == [UNPROVEN, ("received", "")]
    monkeypatch.undo()
    town.clock.advance(minutes=2)
    await town.hub.settle()
    assert await outcomes() == [UNPROVEN, OTHER]


ROADS = {
    "other Received": mail("Léo sera absent", road="Received: from a by b; Thu, 22 Oct 2026 10:00:00 +0200\r\n"),
    "signed anew": mail("Léo sera absent", road="DKIM-Signature: v=1; d=liste.test; s=x; b=eA==; bh=eA==\r\n"),
    "marked in its subject": mail("Léo sera absent", subject="[EXTERNE] ***SPAM*** Mercredi"),
    "a list's footer": mail(
        "Léo sera absent\r\n_______________________________________________\r\nparents mailing list\r\n"
        "parents@liste.test\r\nhttps://liste.test/listinfo/parents",
        subject="[parents] Mercredi",
    ),
    "a disclaimer": mail(
        "Léo sera absent\r\n\r\nCe message et ses pièces jointes sont confidentiels et destinés à leur seul\r\n"
        "destinataire. Si vous l'avez reçu par erreur, merci de le supprimer."
    ),
    "an advertisement": mail("Léo sera absent\r\n\r\nGaranti sans virus. www.avast.com"),
    "a host's line": mail("Léo sera absent\r\n\r\n-- \r\nRelais de courriel de l’agglomération – https://relais.test"),
    "a banner": mail("[EXTERNE] Ce courriel vient de l’extérieur, prudence avec ses liens.\r\n\r\nLéo sera absent"),
    "lines broken elsewhere": mail("Léo sera\r\nabsent"),
    "sent as HTML": mail("<p>Léo sera <b>absent</b></p>").replace(b"text/plain", b"text/html"),
    "in other letters": mail("Léo sera absent").decode().encode("latin-1").replace(b"utf-8", b"iso-8859-1"),
    "without accents in their place": mail("Le\N{COMBINING ACUTE ACCENT}o sera absent"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", ROADS)
async def test_the_same_mail_by_another_road_stays_silent(town: Town, name: str) -> None:
    for results in ("dmarc=fail", "dmarc=pass"):
        await InboundMail.all().delete()
        plain, other = (raw.replace(b"dmarc=fail", results.encode()) for raw in (mail("Léo sera absent"), ROADS[name]))
        for pair in ((plain, other), (other, plain)):
            before = await Message.all().count()
            await InboundMail.all().delete()
            for raw in pair:
                await town.arrive(raw)
            assert (await outcomes())[1] == DOUBLE
            assert await Message.all().count() == before + (results == "dmarc=pass")
    assert await Thread.all().count() == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Oui", "Oui, mais pas jeudi"),  # what an earlier one begins with
        ("Je dis oui", "oui"),
        ("Oui\r\n\r\nMerci", "Oui\r\n\r\nMerci\r\n\r\nPS : pas jeudi"),
        ("Bonjour,", "Bonjour,\r\n\r\nLéo sera absent.\r\nMarie Durand"),
        ("Absent jeudi", "Absent\r\njeudi 12"),
        ("Voir https://a.test/1", "Voir https://a.test/2"),
    ],
)
def test_what_adds_a_word_of_its_writer_is_another_mail(first: str, second: str) -> None:
    earlier, later = (readings.read(mail(text, date=date), ()) for text, date in ((first, DATE), (second, "")))
    assert not any(copies.is_copy(later, earlier, sure) for sure in (True, False))


def test_of_the_same_instant_only_what_a_host_adds_is_no_other_mail() -> None:
    """A forger may be first, with the beginning of what somebody wrote."""
    earlier = readings.read(mail("Bonjour,"), ())
    for more in ("Léo sera absent.", "Léo sera absent, voir notre liste de jeudi.", "Merci de supprimer mon compte."):
        later = readings.read(mail(f"Bonjour,\r\n\r\n{more}"), ())
        assert not any(copies.is_copy(later, earlier, sure) for sure in (True, False)), more


LIKE_A_FOOTER = "Léo sera absent\r\nsauf jeudi, voir https://ecole.test/sortie"
LIKE_A_BANNER = "À l’extérieur, soyez prudents.\r\nLéo sera absent"


@pytest.mark.parametrize("genuine", [LIKE_A_FOOTER, LIKE_A_BANNER])
@pytest.mark.parametrize("results", ["dmarc=fail", "dmarc=pass"])
async def test_who_knows_how_a_mail_begins_cannot_make_it_a_copy_with_a_footer(
    town: Town, genuine: str, results: str
) -> None:
    """Its Message-ID, its date and its first words are known to whoever was in copy, and has sent them first."""
    await town.arrive(mail("Léo sera absent"))
    [forged] = await town.hub.quarantine.waiting()
    if results == "dmarc=pass":  # and somebody has even vouched for it
        await town.hub.quarantine.accept(forged.id)
        await town.hub.settle()
    await town.arrive(mail(genuine, results=results))
    if results == "dmarc=pass":
        assert await outcomes() == [("stored", "")] * 2 and await Message.all().count() == 2
    else:
        assert await outcomes() == [UNPROVEN, OTHER]
        assert [one.id for one in (await town.hub.quarantine.open(forged.id + 1)).namesakes] == [forged.id]


@pytest.mark.parametrize("added", [LIKE_A_FOOTER, LIKE_A_BANNER])
async def test_of_a_proven_mail_a_copy_with_a_footer_stays_silent(town: Town, added: str) -> None:
    await town.arrive(mail("Léo sera absent", results="dmarc=pass"))
    await town.arrive(mail(added))
    assert (await outcomes())[1] == DOUBLE


@pytest.mark.long
def test_endless_mails_are_compared_in_no_time() -> None:
    for lines in (30_000, 400_000):
        long = "a b\r\n" * lines
        earlier, later = readings.read(mail(long), ()), readings.read(mail(f"c\r\n{long}"), ())
        began = time.process_time()
        assert not copies.is_copy(later, earlier, sure=True) and copies.is_copy(earlier, earlier, sure=True)
        assert time.process_time() - began < 3
