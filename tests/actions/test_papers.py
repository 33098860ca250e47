"""A paper that a family sends is a request: decided at the desk, by link and by mail, each paper by itself."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from hub.actions.listing import Narrowed, RequestLists
from hub.actions.models import PAPER, Request, RequestEvent
from hub.actions.requests import Decided
from hub.core.errors import Conflict, NotFound
from hub.core.told import ask, numbers
from hub.dossier.models import Child, Document
from hub.mail.parse import ParsedMail
from hub.mailbox.asking import OTHER, Typed
from hub.mailbox.models import Message, Thread, WantedPaper
from hub.mailbox.threads import StoredFile
from tests.actions.test_deciding import asked, nora, said
from tests.cast import KARIM, LEA, MARIE, NORA, Town
from tests.mailbox.test_asking import bringing
from tests.notifications.test_letters import parts, words

PDF = ("assurance.pdf", b"%PDF-1.7 papier")
FLOU = "Le document est flou."


@pytest.fixture
async def zoe(town: Town) -> Child:
    return await Child.create(family_id=town.account().family_id, first_name="Zoé", last_name="Durand")


async def sent(town: Town, zoe: Child, name: str = "assurance.pdf") -> Request:
    """Marie has sent an insurance by its form, and the service has the mail."""
    blob = await town.hub.core.blobs.put(PDF[1])
    draft = await town.hub.drafts.begin(town.account().id)
    await town.hub.drafts.attach(draft, StoredFile(blob.key, name, "application/pdf", blob.size, blob.sha256))
    guardian = town.account().guardian_id
    await town.hub.filing.send(town.sender(), guardian, draft, "assurance", f"enfant-{zoe.id}")
    await town.hub.settle()
    [last] = await Request.all().order_by("-id").limit(1)
    return last


async def wanted(town: Town, thread: int, *names: str) -> None:
    """Nora asks for papers: an insurance or a proof of residence by their kinds."""
    by, until = await nora(), (town.clock.now() + timedelta(days=15)).date().isoformat()
    choices = {one.kind: one.value for one in await town.hub.asking.choices(thread)}
    for name in names:
        await town.hub.asking.ask(by, thread, Typed(choices.get(name, OTHER), name, until, ""), f"{thread}{name}")
    await town.hub.settle()


def links(mail: ParsedMail) -> list[str]:
    return re.findall(r"/decision/([\w-]+)", mail.text)


async def clock(request: Request) -> Thread:
    return await Thread.get(id=request.thread_id)


async def test_it_is_a_request_with_its_card_and_a_link_validates_it(town: Town, zoe: Child) -> None:
    request = await sent(town, zoe)
    assert (request.kind, request.state, request.child) == (PAPER, "pending", zoe.id)
    assert request.changes == [["Assurance scolaire – Zoé Durand", "", "assurance.pdf"]]
    receipt = town.mails(MARIE)[-1].text
    assert "Accusé de réception" in receipt and "22 décembre 2026" in receipt and "/accepter" not in receipt
    mail = town.mails(NORA)[-1]
    assert "Validation d’un document" in mail.text and "/accepter" in mail.text and len(links(mail)) == 1
    await town.hub.decisions.look(links(mail)[0])
    assert (await Document.get()).state == "sent"
    await town.hub.decisions.use(links(mail)[0], Decided(True))
    document = await Document.get()
    assert (document.state, document.valid_until) == ("validated", date(2027, 8, 31))
    assert document.decided_by_id == (await town.agent(NORA)).id
    assert (await said(request))[-1] == "« Assurance scolaire – Zoé Durand » est validé jusqu’au 31/08/2027."
    with pytest.raises(Conflict, match="déjà acceptée par Nora"):
        await town.hub.decisions.use(links(town.mails(KARIM)[-1])[0], Decided(False, FLOU))
    await town.hub.settle()
    assert "Acceptée" in town.mails(MARIE)[-1].text


async def test_refused_by_answering_the_mail_and_the_family_reads_why(town: Town, zoe: Child) -> None:
    request = await sent(town, zoe)
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, f"/refuser {FLOU}"))
    document = await Document.get()
    assert (document.state, document.reason) == ("refused", FLOU)
    assert (await said(request))[-1] == f"« Assurance scolaire – Zoé Durand » est refusé.\n\nMotif : {FLOU}"
    [owed] = await town.hub.filing.owed(town.account().guardian_id, town.account().id)
    assert (owed.why, owed.reason) == ("refused", FLOU)
    again = await sent(town, zoe, "mieux.pdf")
    assert again.changes == [["Assurance scolaire – Zoé Durand", "assurance.pdf (refusé)", "mieux.pdf"]]


async def test_an_answer_may_say_until_when_it_is_good(town: Town, zoe: Child) -> None:
    request = await sent(town, zoe)
    mail = town.mails(NORA)[-1]
    assert "/accepter jusqu’au JJ/MM/AAAA" in mail.text
    for wrong, why in (("31/08/2020", "Cette date est passée."), ("31/02/2027", "jusqu’au 31/08/2030")):
        await town.arrive(town.answer(mail, NORA, f"/accepter jusqu’au {wrong}"))
        assert why in town.mails(NORA)[-1].text and (await Document.get()).state == "sent"
    await town.arrive(town.answer(mail, NORA, "/accepter jusqu’au 30 juin 2027\n\nMerci !"))
    document = await Document.get()
    assert (document.state, document.valid_until) == ("validated", date(2027, 6, 30))
    assert (await said(request))[-2:] == [
        "« Assurance scolaire – Zoé Durand » est validé jusqu’au 30/06/2027.", "Merci !"
    ]  # fmt: skip


async def test_what_is_no_paper_has_no_day(town: Town) -> None:
    await asked(town)
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/accepter jusqu’au 31/08/2027"))
    assert (await Request.get()).state == "pending"
    assert "Seul un document" in town.mails(NORA)[-1].text and "jusqu’au JJ" not in town.mails(NORA)[0].text


async def test_the_list_has_it_and_the_desk_counts_it_once(town: Town, zoe: Child) -> None:
    await sent(town, zoe)
    lists, agent = RequestLists(town.hub.core), await town.agent(NORA)
    [listed] = (await lists.of_account(town.account().id, Narrowed(PAPER))).requests
    assert listed.title == "Validation d’un document – Zoé" and listed.words == "En attente"
    counted = numbers(lists.counted(agent.id), town.hub.filing.counted(agent.id))
    assert await ask(town.hub.core.db, counted) == ([0, 1],)
    assert not (await lists.of_account(town.account(LEA).id)).requests


async def test_a_decision_is_taken_back_within_a_minute(town: Town, zoe: Child) -> None:
    request, by = await sent(town, zoe), await nora()
    for decided in (Decided(True), Decided(False, FLOU)):
        await town.hub.requests.decide(request.id, decided, by, "desk")
        await town.hub.requests.undo(request.id, by)
        document = await Document.get()
        assert (document.state, document.reason, document.valid_until) == ("sent", "", None)
        assert document.decided_by_id is None and (await Request.get()).state == "pending"


async def test_the_family_withdraws_it_and_it_is_owed_again(town: Town, zoe: Child) -> None:
    request, account = await sent(town, zoe), town.account()
    await town.hub.requests.withdraw(request.id, account.id, "Marie Durand")
    assert (await Document.get()).state == "withdrawn"
    assert not await town.hub.filing.waiting((await town.agent(NORA)).id)
    [owed] = await town.hub.filing.owed(account.guardian_id, account.id)
    assert owed.why == "missing"
    with pytest.raises(Conflict):
        await town.hub.papers.decide(1, await nora(), True, "", None)


async def test_only_a_decision_ends_the_clock_of_a_paper(town: Town, zoe: Child) -> None:
    request = await sent(town, zoe)
    begun = (await clock(request)).clock_since
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "Bien reçu, je regarde."))
    assert begun and (await clock(request)).clock_since == begun
    await town.hub.papers.decide((await Document.get()).id, await nora(), True, "", None)
    assert (await clock(request)).clock_since is None


async def test_of_two_in_one_mail_each_has_its_own_state(town: Town, zoe: Child) -> None:
    thread = (await town.write("Je voudrais inscrire Zoé.")).thread_id
    await town.hub.settle()
    await wanted(town, thread, "assurance", "domicile")
    files = [PDF, ("domicile.pdf", b"%PDF-1.7 b")]
    await town.arrive(bringing(town.answer(town.mails(MARIE)[-1], MARIE, "Voici."), files))
    mail = town.mails(NORA)[-1]
    assert len(set(links(mail))) == 2 and "des 2 documents à la fois" in mail.text
    text, html = parts(mail)
    assert words(text) == words(html) and "\n\n\n" not in text
    by = await nora()
    first, second = await Document.all().order_by("id")
    await town.hub.papers.decide(first.id, by, True, "", None)
    assert (await Thread.get(id=thread)).clock_since, "the other one waits"
    await town.hub.papers.decide(second.id, by, False, FLOU, None)
    assert (await Thread.get(id=thread)).clock_since is None
    states = {one.changes[0].after: one.words for one in await RequestLists(town.hub.core).of_thread(thread)}
    assert states == {"assurance.pdf": "Acceptée", "domicile.pdf": "Refusée"}


async def test_an_order_decides_on_both_and_the_family_is_told_once(town: Town, zoe: Child) -> None:
    thread = (await town.write("Je voudrais inscrire Zoé.")).thread_id
    await town.hub.settle()
    await wanted(town, thread, "assurance", "domicile")
    files = [PDF, ("domicile.pdf", b"%PDF-1.7 b")]
    await town.arrive(bringing(town.answer(town.mails(MARIE)[-1], MARIE, "Voici."), files))
    before = await Message.all().count()
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/accepter"))
    assert {one.state for one in await Document.all()} == {"validated"}
    assert await Message.all().count() == before + 1
    assert await RequestEvent.filter(act="accepted", via="email").count() == 2


@pytest.mark.long
async def test_an_order_means_what_its_mail_showed_and_no_paper_that_came_later(town: Town, zoe: Child) -> None:
    thread = (await town.write("Je voudrais inscrire Zoé.")).thread_id
    await town.hub.settle()
    await wanted(town, thread, "assurance", "domicile")
    wish = town.mails(MARIE)[-1]
    await town.arrive(bringing(town.answer(wish, MARIE, "Voici l’assurance."), [PDF]))
    first = town.mails(NORA)[-1]
    town.clock.advance(minutes=10)
    await town.arrive(bringing(town.answer(wish, MARIE, "Et le domicile."), [("domicile.pdf", b"%PDF-1.7 b")]))
    await town.arrive(town.answer(first, NORA, "/accepter"))
    assert [one.state for one in await Document.all().order_by("id")] == ["validated", "sent"]


async def test_an_order_that_answers_a_mail_from_before_anything_was_asked_is_refused(town: Town, zoe: Child) -> None:
    thread = (await town.write("Je voudrais inscrire Zoé.")).thread_id
    await town.hub.settle()
    opening = town.mails(NORA)[-1]
    town.clock.advance(minutes=10)
    await wanted(town, thread, "assurance")
    await town.arrive(bringing(town.answer(town.mails(MARIE)[-1], MARIE, "Voici."), [PDF]))
    await town.arrive(town.answer(opening, NORA, "/accepter"))
    assert [one.state for one in await Document.all()] == ["sent"]
    assert "arrivé après le courriel" in town.mails(NORA)[-1].text


async def test_one_that_is_decided_does_not_give_up_another_that_is_wanted(town: Town, zoe: Child) -> None:
    thread = (await town.write("Je voudrais inscrire Zoé.")).thread_id
    await town.hub.settle()
    await wanted(town, thread, "assurance", "domicile")
    await town.arrive(bringing(town.answer(town.mails(MARIE)[-1], MARIE, "Voici."), [PDF]))
    await town.hub.papers.decide((await Document.get()).id, await nora(), True, "", None)
    [left] = await WantedPaper.filter(state="waiting")
    found = await Thread.get(id=thread)
    assert left.kind == "domicile" and found.clock_stopped_at and found.clock_since


async def test_within_another_request_its_own_link_decides_and_an_order_means_the_request(
    town: Town, zoe: Child
) -> None:
    bank = await asked(town)
    await wanted(town, bank.thread_id, "assurance")
    await town.arrive(bringing(town.answer(town.mails(MARIE)[-1], MARIE, "Voici."), [PDF]))
    mail = town.mails(NORA)[-1]
    assert "Cela décide de « Coordonnées bancaires »" in mail.text and len(set(links(mail))) == 2
    await town.arrive(town.answer(mail, NORA, "/accepter"))
    await bank.refresh_from_db()
    assert (bank.state, (await Document.get()).state) == ("accepted", "sent")
    assert (await clock(bank)).clock_since, "the paper waits"
    await town.hub.decisions.use(links(mail)[1], Decided(False, FLOU))
    assert (await Document.get()).reason == FLOU and (await clock(bank)).clock_since is None
    await bank.refresh_from_db()
    assert bank.state == "accepted"


async def test_whoever_sent_it_may_have_another_place_in_the_file_by_now(town: Town, zoe: Child) -> None:
    request = await sent(town, zoe)
    await Request.filter(id=request.id).update(guardian=999_999)
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/accepter"))
    assert (await Document.get()).state == "validated"


async def test_one_that_waits_without_a_request_becomes_one(town: Town, zoe: Child) -> None:
    request = await sent(town, zoe)
    await Request.filter(id=request.id).delete()
    await Document.all().update(request=None, account_id=None)
    document = await Document.get()
    await town.hub.papers.decide(document.id, await nora(), False, FLOU, None)
    assert (await Document.get()).state == "refused" and (await Request.get()).reason == FLOU


async def test_another_services_agent_decides_on_none(town: Town, zoe: Child) -> None:
    await sent(town, zoe)
    document = await Document.get()
    await town.hub.core.db.execute("DELETE FROM service_agent WHERE agent_id = ?", (await town.agent(NORA)).id)
    with pytest.raises(NotFound):
        await town.hub.papers.decide(document.id, await nora(), True, "", None)


async def test_undoing_a_decision_asks_again_for_the_paper_it_gave_up(town: Town) -> None:
    request, by = await asked(town), await nora()
    town.clock.advance(days=3)
    await wanted(town, request.thread_id, "RIB")
    before = await clock(request)
    town.clock.advance(days=2)
    await town.hub.requests.decide(request.id, Decided(True), by, "desk")
    assert (await WantedPaper.get()).state == "dropped" and (await clock(request)).clock_since is None
    await town.hub.requests.undo(request.id, by)
    after = await clock(request)
    assert (await WantedPaper.get()).state == "waiting"
    for column in ("clock_since", "clock_held", "clock_stopped_at", "clock_resumes_after"):
        assert getattr(after, column) == getattr(before, column), column
