"""A conversation with its family at hand: who they are and how to reach them, and what else of theirs waits here."""

from __future__ import annotations

from datetime import date

from hub.actions.models import Request
from hub.dossier.models import Child, Family, Guardian
from hub.mail.models import AddressFailure
from hub.mailbox.models import Service
from tests.cast import MARIE, NORA, PAUL, Town
from tests.desk.test_conversations import written
from tests.web.browser import Browser, Page

HAND = ".hand"


def hand(page: Page) -> str:
    [text] = page.texts(HAND)
    return text.replace("\N{NO-BREAK SPACE}", " ")


async def test_who_they_are_and_how_to_reach_them(town: Town, nora: Browser) -> None:
    family = town.account().family_id
    await Child.create(
        family_id=family, first_name="Zoé", last_name="Durand", school="Jaurès", grade="CP", born_on=date(2020, 3, 2)
    )
    await Child.create(family_id=family, first_name="Max", last_name="Durand", left_at=town.clock.now())
    await Guardian.filter(id=town.account().guardian_id).update(mobile="06 12 34 56 78", quality="Mère")
    await AddressFailure.create(address=PAUL, state="hard", since=town.clock.now(), last_at=town.clock.now())
    page = await nora.get(await written(town))
    text = hand(page)
    assert "Dossier n° 1234" in text and "Zoé Durand , 6 ans Jaurès, CP" in text and "Max" not in text
    assert f"Marie Durand Mère 06 12 34 56 78 {MARIE}" in text and f"{PAUL} adresse en échec" in text
    links = [a.attributes["href"] for a in page.all(f"{HAND} a")]
    assert f"/bureau/comptes/{town.account().guardian_id}" in links and "tel:0612345678" in links
    assert "séparés" not in text and "lit cette conversation" not in text


async def test_what_else_waits_of_the_agents_own_services_only(town: Town, nora: Browser, karim: Browser) -> None:
    url = await written(town, subject="Cantine")
    other = await written(town, "Et le car ?", subject="Transport")
    school = await written(town, "Facture ?", subject="Facture de Léo", service="scolaire")
    typed = {"nom": "Durand", "prenom": "Marie", "ville": "Lyon"}
    await town.hub.requests.submit(town.sender(), town.account().guardian_id, "responsable", 0, typed, "r")
    request = await Request.get()
    page = await nora.get(url)
    links = [a.attributes["href"] for a in page.all(f"{HAND} a")]
    assert f"/bureau/demandes/{request.id}" in links and other in links and school not in links and url not in links
    assert "Facture" not in hand(page) and "Transport" in hand(page)
    await town.hub.threads.transfer(request.thread_id, (await Service.get(slug="scolaire")).id, "Nora Lambert")
    assert "Responsable" not in hand(await nora.get(url))
    assert "Responsable" in hand(await karim.get(url)) and "Facture de Léo" in hand(await karim.get(url))


async def test_of_parents_who_live_apart_the_agent_sees_both_and_neither_is_told_of_the_other(
    town: Town, nora: Browser
) -> None:
    await Family.filter(id=town.account().family_id).update(is_separated=True)
    await Guardian.filter(id=town.account(PAUL).guardian_id).update(mobile="06 99 99 99 99")
    url = await written(town)
    page = await nora.get(url)
    text = hand(page)
    assert "Parents séparés" in text and "06 99 99 99 99" in text
    assert "Marie Durand lit cette conversation" in text and "Paul Durand ne voit pas cette conversation" in text
    await nora.send(page, f"{url}/repondre", [], message="Oui, jeudi.")
    await town.hub.settle()
    assert not town.mails(PAUL)
    for address in (MARIE, NORA):
        for mail in town.mails(address):
            assert "99 99" not in mail.text + mail.html and "Paul" not in mail.text + mail.html
    talk = await town.hub.conversations.read(town.account().id, int(url.rpartition("/")[2]))
    assert "Paul" not in str(talk)


async def test_a_family_without_a_dossier_is_said_to_be_so(town: Town, nora: Browser) -> None:
    await Family.filter(id=town.account().family_id).update(is_known=False)
    assert "Pas encore rattachée" in hand(await nora.get(await written(town)))
