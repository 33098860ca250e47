"""What a guardian asks for, and the three ways in which it is decided."""

from __future__ import annotations

import asyncio
import re

import pytest

from hub.accounts.models import Agent
from hub.actions.models import DecisionLink, Request, RequestEvent
from hub.actions.requests import UNDO, Decided
from hub.core.errors import Conflict, Invalid, NotFound
from hub.dossier.models import BankAccount, Guardian
from hub.mail.inbound import ReceivedMail
from hub.mail.models import InboundMail
from hub.mailbox.models import Message
from hub.mailbox.orders import holds_link, order, without_links
from hub.mailbox.threads import Author
from tests.cast import KARIM, LEA, MARIE, NORA, PAUL, SCHOOL, Town

IBAN = "FR76 3000 6000 0112 3456 7890 189"
BANK = {"titulaire": "Marie Durand", "iban": IBAN, "prelevement": "1"}
TO_SCHOOL = "Service scolaire <scolaire@hub.test>"
YES, NO = Decided(True), Decided(False, "Le RIB est illisible.")


async def asked(town: Town, slug: str = "banque", key: str = "k1", email: str = MARIE, **typed: str) -> Request:
    """A guardian has asked, and the service has the mail."""
    account = town.account(email)
    thread = await town.hub.requests.submit(town.sender(email), account.guardian_id, slug, 0, typed or BANK, key)
    await town.hub.settle()
    return await Request.get(thread_id=thread)


async def nora() -> Author:
    agent = await Agent.get(email=NORA)
    return Author(agent.name, agent=agent.id)


def link(town: Town, email: str = NORA) -> str:
    """The token in the latest mail to an agent."""
    found = re.search(r"/decision/([\w-]+)", town.mails(email)[-1].text)
    assert found, town.mails(email)[-1].text
    return found[1]


async def said(request: Request) -> list[str]:
    return [m.text for m in await Message.filter(thread_id=request.thread_id).order_by("id")]


async def test_the_service_reads_old_and_new_and_never_the_whole_number(town: Town) -> None:
    request = await asked(town)
    assert await BankAccount.all().count() == 0
    for email in (NORA, KARIM):
        mail = town.mails(email)[-1]
        for part in (mail.text, mail.html):
            assert "Coordonnées bancaires" in part and "FR76 •••• •••• 0189" in part and "En attente" in part
            assert "/accepter" in part and "3456" not in part
    assert link(town, NORA) != link(town, KARIM)
    assert "3456" not in request.payload and all("3456" not in text for text in await said(request))


async def test_accepted_by_answering_the_mail(town: Town) -> None:
    request = await asked(town)
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/accepter\n\nC’est noté pour la facture de novembre."))
    await request.refresh_from_db()
    bank = await BankAccount.get()
    assert (request.state, bank.masked, bank.by_debit) == ("accepted", "FR76 •••• •••• 0189", True)
    assert (await said(request))[1:] == [
        "Votre demande « Coordonnées bancaires » est acceptée.",
        "C’est noté pour la facture de novembre.",
    ]
    assert "Acceptée" in town.mails(MARIE)[-1].text
    event = await RequestEvent.filter(request=request).order_by("-id").first()
    assert event and (event.act, event.by, event.via) == ("accepted", "Nora Lambert", "email")


async def test_refused_by_answering_with_the_reason(town: Town) -> None:
    request = await asked(town)
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/refuser Le RIB est illisible."))
    await request.refresh_from_db()
    assert (request.state, request.reason) == ("refused", "Le RIB est illisible.")
    assert (await said(request))[
        -1
    ] == "Votre demande « Coordonnées bancaires » est refusée.\n\nMotif : Le RIB est illisible."
    assert await BankAccount.all().count() == 0
    assert "Le RIB est illisible." in town.mails(MARIE)[-1].text


@pytest.mark.parametrize(
    ("text", "told"),
    [("/refuser", "Dites pourquoi"), ("/accepter", "déjà acceptée par Karim Haddad")],
)
async def test_an_order_that_cannot_be_carried_out_is_answered_and_kept(town: Town, text: str, told: str) -> None:
    request = await asked(town)
    mail = town.mails(NORA)[-1]
    if text == "/accepter":
        await town.arrive(town.answer(town.mails(KARIM)[-1], KARIM, "/accepter"))
    await town.arrive(town.answer(mail, NORA, text))
    assert told in town.mails(NORA)[-1].text and told in town.mails(NORA)[-1].html
    assert await InboundMail.filter(state="quarantined", reason="order").count() == 1
    assert len(await said(request)) == (2 if text == "/accepter" else 1)


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("more", ["", "\n\nÀ noter pour la facture."])
async def test_another_service_in_copy_of_an_order_is_told_of_the_decision(town: Town, blind: bool, more: str) -> None:
    """As the family is told it; a blind copy comes later, by the envelope of its own delivery."""
    await asked(town)
    answered = town.mails(NORA)[-1]
    raw = town.answer(answered, NORA, f"/refuser Le RIB est illisible.{more}", **({} if blind else {"Cc": TO_SCHOOL}))
    await town.arrive(raw)
    for _ in range(2 if blind else 0):
        to = ("scolaire@hub.test",)
        await town.hub.inbound.take([ReceivedMail(raw, "lmtp", envelope_to=to)])
        await town.hub.settle()
    told = town.mails(SCHOOL)
    assert len(told) == (2 if more else 1)
    assert "est refusée" in told[0].text and "Le RIB est illisible." in told[0].text
    assert all("/refuser" not in mail.text and "/accepter" not in mail.text for mail in told)
    assert not more or "À noter pour la facture." in told[1].text
    assert "3456" not in told[0].text and (told[0].header("reply-to") or "").endswith(f" <{NORA}>")


async def test_and_of_its_being_undone(town: Town) -> None:
    request = await asked(town)
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/accepter", Cc=TO_SCHOOL))
    await town.hub.requests.undo(request.id, await nora())
    await town.hub.settle()
    assert "est annulée : la demande est de nouveau en attente" in town.mails(SCHOOL)[-1].text


async def test_another_service_in_copy_of_an_order_that_failed_is_told_nothing(town: Town) -> None:
    await asked(town)
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/refuser", Cc=TO_SCHOOL))
    assert not town.mails(SCHOOL)


@pytest.mark.long
@pytest.mark.parametrize("text", ["/acepter", "Bonjour,\n\n/accepter", "Accepté."])
async def test_what_looks_like_an_order_is_neither_carried_out_nor_told_to_the_family(town: Town, text: str) -> None:
    request = await asked(town)
    for _ in range(2):  # every time: a mail that goes unanswered is one that was obeyed
        mails = len(town.mails(NORA))
        await town.arrive(town.answer(town.mails(NORA)[0], NORA, text))
        assert len(town.mails(NORA)) == mails + 1
    told = town.mails(NORA)[-1]
    assert "la première ligne doit commencer par « /accepter »" in told.text and text.splitlines()[-1] in told.text
    assert len(await said(request)) == 1 and (await Request.get()).state == "pending"
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "/accepter"))
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Accepté, donc."))
    assert (await said(request))[-1] == "Accepté, donc.", "where nothing waits it is a word like any other"


async def test_a_parent_gives_no_orders_and_a_mail_that_is_not_proven_none_either(town: Town) -> None:
    request = await asked(town)
    mail = town.mails(NORA)[-1]
    await town.arrive(town.answer(mail, "nora@pirate.example", "/accepter"))
    await town.arrive(town.answer(mail, NORA, "/accepter", results="dmarc=fail"))
    assert (await Request.get()).state == "pending"
    await town.arrive(town.answer(mail, NORA, "Quel jour ?"))
    await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "/accepter"))
    assert (await Request.get()).state == "pending" and (await said(request))[-1] == "/accepter"


async def test_the_link_shows_then_decides_once(town: Town) -> None:
    request = await asked(town)
    token = link(town)
    for _ in range(3):  # a scanner follows every link
        assert (await town.hub.decisions.look(token)).is_usable
    assert (await Request.get()).state == "pending"
    with pytest.raises(Invalid):
        await town.hub.decisions.use(token, Decided(False, " "))
    await town.hub.decisions.use(token, NO)
    assert (await Request.get()).state == "refused"
    for again in (token, link(town, KARIM)):
        assert not (await town.hub.decisions.look(again)).is_usable
        with pytest.raises(Conflict, match="déjà refusée par Nora Lambert"):
            await town.hub.decisions.use(again, YES)
    assert not await DecisionLink.filter(used_at=None).exists()
    assert len(await said(request)) == 2


async def test_a_link_lapses_and_dies_with_its_owners_work(town: Town) -> None:
    await asked(town)
    token, other = link(town), link(town, KARIM)
    karim = await Agent.get(email=KARIM)
    await town.hub.core.db.execute("DELETE FROM service_agent WHERE agent_id = ?", karim.id)
    with pytest.raises(NotFound):
        await town.hub.decisions.use(other, YES)
    town.clock.advance(days=31)
    with pytest.raises(NotFound):
        await town.hub.decisions.use(token, YES)
    with pytest.raises(NotFound):
        await town.hub.decisions.look("x" * 43)
    assert (await Request.get()).state == "pending"


@pytest.mark.long
async def test_a_link_that_an_agent_quotes_does_not_reach_the_family(town: Town) -> None:
    request = await asked(town)
    token = link(town)
    text = f"Bonjour, j’ai ouvert http://hub.test/decision/{token}, merci.\n<http://hub.test/decision/{token}>"
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, text))
    shown = (await said(request))[-1]
    assert shown == "Bonjour, j’ai ouvert [lien retiré] merci.\n<[lien retiré]>"
    assert all(token not in mail.text + mail.html for mail in town.mails(MARIE))
    assert token in town.mails(NORA)[0].text

    for wrapped in (
        f"https://eur01.safelinks.protection.outlook.com/?url=http%3A%2F%2Fhub.test%2Fdecision%2F{token}&data=05%7C02",
        f"https://relais.test/?u=http%253a%252f%252fhub.test%252fdecision%252f{token}",
        f"https://urldefense.proofpoint.com/v2/url?u=http-3A__hub.test_decision_{token.replace('_', '-5F')}&d=DwMF",
        f"https://urldefense.com/v3/__http://hub.test/decision/{token}__;!!abc",
    ):
        assert token[:16].replace("_", "-5F") not in without_links(f"Voir {wrapped} merci") and holds_link(
            wrapped.encode()
        )
    assert (
        without_links("Copie_decision_commission_2026_du_12_mai.pdf") == "Copie_decision_commission_2026_du_12_mai.pdf"
    )
    for endless in ("x", "http://", "/decision/", "http://x/decision/", "https-3A__x", "%2Fdecision"):  # in linear time
        assert without_links(endless * 200_000) and order(endless * 200_000) is None
    for content in (f"http://hub.test/decision/{token}".encode(), f"/decision/{token}".encode("utf-16-le")):
        assert holds_link(content)
    assert not holds_link(b"http://hub.test/decision/") and not holds_link(b"\0")


async def test_of_two_at_once_one_wins_and_the_other_is_told(town: Town) -> None:
    request = await asked(town)
    tokens = link(town), link(town, KARIM)
    outcomes = await asyncio.gather(
        town.hub.decisions.use(tokens[0], YES), town.hub.decisions.use(tokens[1], NO), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]
    assert len(await said(request)) == 2
    assert await RequestEvent.filter(act__in=("accepted", "refused")).count() == 1


async def test_a_decision_is_taken_back_within_a_minute_by_whoever_made_it(town: Town) -> None:
    request = await asked(town, "responsable", nom="Durand", prenom="Marie", ville="Lyon")
    me, karim = await nora(), await Agent.get(email=KARIM)
    await town.hub.requests.decide(request.id, YES, me, "desk")
    guardian = await Guardian.get(id=town.account(MARIE).guardian_id)
    assert guardian.city == "Lyon"
    with pytest.raises(NotFound):
        await town.hub.requests.undo(request.id, Author(karim.name, agent=karim.id))
    await town.hub.requests.undo(request.id, me)
    await guardian.refresh_from_db()
    assert (guardian.city, (await Request.get()).state) == ("", "pending")
    await town.hub.requests.decide(request.id, YES, me, "desk")
    town.clock.advance(seconds=UNDO.total_seconds())
    with pytest.raises(Conflict, match="trop tard"):
        await town.hub.requests.undo(request.id, me)


async def test_the_bank_before_comes_back_when_a_decision_is_undone(town: Town) -> None:
    first = await asked(town)
    await town.hub.requests.decide(first.id, YES, await nora(), "desk")
    before = await BankAccount.get()
    second = await asked(town, key="k2", titulaire="Paul Durand", iban="FR14 2004 1010 0505 0001 3M02 606")
    await town.hub.requests.decide(second.id, YES, await nora(), "desk")
    assert (await BankAccount.get()).holder == "Paul Durand"
    await town.hub.requests.undo(second.id, await nora())
    after = await BankAccount.get()
    assert (after.holder, after.iban, after.by_debit) == (before.holder, before.iban, True)


async def test_it_is_asked_once_and_withdrawn_by_the_family_only(town: Town) -> None:
    request = await asked(town)
    assert (await asked(town)).id == request.id, "two clicks"
    with pytest.raises(Invalid, match="attend déjà"):
        await asked(town, key="k2")
    with pytest.raises(NotFound):
        await town.hub.requests.withdraw(request.id, town.account(LEA).id, "Léa")
    await town.hub.requests.withdraw(request.id, town.account(PAUL).id, "Paul Durand")
    assert (await Request.get()).state == "withdrawn"
    with pytest.raises(Conflict, match="déjà retirée par Paul Durand"):
        await town.hub.decisions.use(link(town), YES)
    await town.hub.settle()
    assert "Retirée" in town.mails(NORA)[-1].text and "/decision/" not in town.mails(NORA)[-1].text
    assert (await asked(town, key="k3")).state == "pending"


async def test_whoever_asked_may_be_gone_from_the_file(town: Town) -> None:
    request = await asked(town)
    await Request.filter(id=request.id).update(guardian=999_999)
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/accepter"))
    assert "n’est plus dans le dossier" in town.mails(NORA)[-1].text
    assert (await Request.get()).state == "pending"
    await town.arrive(town.answer(town.mails(KARIM)[-1], KARIM, "/refuser Dossier fermé."))
    assert (await Request.get()).state == "refused"


async def test_what_is_wrong_is_told_at_its_field(town: Town) -> None:
    for typed, field in (
        ({"titulaire": "", "iban": IBAN}, "titulaire"),
        ({"titulaire": "M", "iban": "FR76 1"}, "iban"),
        ({**BANK, "commentaire": "x" * 3000}, "commentaire"),
    ):
        with pytest.raises(Invalid) as refused:
            await asked(town, **typed)
        assert field in refused.value.errors
    with pytest.raises(Invalid, match="Modifiez au moins"):
        await asked(town, "responsable", nom="Durand", prenom="Marie", civilite="Mme")
    with pytest.raises(NotFound):
        await asked(town, "sante", allergies="x")
    assert not await Message.all().exists()
