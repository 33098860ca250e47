"""Démarches on the web: asked by a form, shown with the conversation, listed, withdrawn; decided by the link."""

from __future__ import annotations

import re
from datetime import date

import pytest

from hub.actions.listing import LISTED
from hub.actions.models import Request
from hub.actions.requests import Decided
from hub.dossier.models import Child, Document
from hub.mailbox.models import Message
from hub.mailbox.threads import Author
from tests.actions.test_papers import sent
from tests.cast import KARIM, MARIE, NORA, Town
from tests.web.browser import Browser, Page
from tests.web.conftest import Arrive

BANK = "/demandes/nouvelle/banque"
TYPED = {"titulaire": "Marie Durand", "iban": "FR76 3000 6000 0112 3456 7890 189", "prelevement": "1"}


async def asked(town: Town, browser: Browser) -> Page:
    page = await browser.press(await browser.get(BANK), BANK, **TYPED)
    await town.hub.settle()
    return page


def link(town: Town, email: str = NORA) -> str:
    found = re.search(r"/decision/[\w-]+", town.mails(email)[-1].text)
    assert found
    return found[0]


async def test_the_dossier_leads_to_the_form_and_the_form_to_the_conversation(town: Town, marie: Browser) -> None:
    page = await marie.get("/dossier")
    [url] = [a.attributes["href"] for a in page.all("a") if "Demander une modification" in a.text()]
    assert BANK in [a.attributes["href"] for a in (await marie.get(str(url))).all("a")]
    page = await asked(town, marie)
    assert page.url.startswith("/messagerie/") and "Votre demande est envoyée." in page.text
    card = " ".join(page.texts(".carried"))
    assert "En attente" in card and "FR76 •••• •••• 0189" in card and "3456" not in page.html
    acknowledgement = town.mails(MARIE)[-1].text
    assert "Accusé de réception" in acknowledgement and "FR76 •••• •••• 0189" in acknowledgement


async def test_what_is_wrong_stands_at_its_field_with_everything_typed(marie: Browser) -> None:
    page = await marie.press(await marie.get(BANK), BANK, **TYPED | {"iban": "FR76", "commentaire": "<b>vite</b>"})
    assert page.status == 422 and page.texts("#erreur-iban")
    assert (page.value("titulaire"), page.value("iban")) == ("Marie Durand", "FR76")
    assert page.all("#prelevement[checked]") and "<b>vite" not in page.html and "<b>vite</b>" in page.text
    assert not await Message.exists()


async def test_two_clicks_ask_once(town: Town, marie: Browser) -> None:
    form = await marie.get(BANK)
    pages = [await marie.press(form, BANK, **TYPED) for _ in range(2)]
    assert pages[0].url == pages[1].url and await Message.all().count() == 1
    page = await marie.press(await marie.get(BANK), BANK, **TYPED)
    assert page.status == 422 and "attend déjà une réponse" in page.text
    assert not page.all('#erreurs a[href="#"]'), "it is about no field"


async def test_the_list_shows_states_and_reasons_and_by_default_the_last_month(town: Town, marie: Browser) -> None:
    await asked(town, marie)
    request = await Request.get()
    agent = await town.agent(NORA)
    await town.hub.requests.decide(
        request.id, Decided(False, "RIB <illisible>"), Author(agent.name, agent=agent.id), "desk"
    )
    page = await marie.get("/demandes")
    assert "Refusée" in page.text and "Motif du refus : RIB <illisible>" in page.text
    assert "Refusée" in (await marie.get("/demandes?nature=banque&etat=refused")).texts(".cards")[0]
    for other in ("?nature=caf", "?etat=pending"):
        assert "Aucune demande" in (await marie.get(f"/demandes{other}")).text
    town.clock.advance(days=40)
    await marie.login("mdurand")
    assert "depuis un mois" in (await marie.get("/demandes")).text
    assert "RIB <illisible>" in (await marie.get("/demandes?tout=1")).text


async def test_every_request_can_be_reached_page_by_page(town: Town, marie: Browser) -> None:
    thread, guardian = (await town.write("Bonjour")).thread_id, town.account().guardian_id
    for number in range(2 * LISTED + 3):
        await Request.create(
            thread_id=thread, kind="caf", guardian=guardian, child=None, payload="x", asked_at=town.clock.now(),
            state="refused" if number % 2 else "pending", reason=f"n°{number}.", changes=[["N°", "", f"{number}."]],
        )  # fmt: skip
    seen: list[str] = []
    url = "/demandes?nature=account&tout=1"
    while url:
        page = await marie.get(url)
        seen += page.texts(".card ins")
        if len(seen) == LISTED:  # what is asked meanwhile moves nothing
            await Request.create(
                thread_id=thread, kind="caf", guardian=guardian, payload="x", asked_at=town.clock.now()
            )
        assert page.all("#nature option[value=account][selected]") and page.all("#tout[checked]")
        [url] = [str(a.attributes["href"]) for a in page.all("a") if "plus anciennes" in a.text()] or [""]
    assert seen == [f"{number}." for number in range(2 * LISTED + 2, -1, -1)]
    assert "Aucune demande" in (await marie.get("/demandes?nature=child&tout=1")).text
    assert (await marie.get("/demandes?avant=²&nature=rien")).status == 200


async def test_it_is_withdrawn_from_the_conversation(town: Town, marie: Browser, lea: Browser) -> None:
    page = await asked(town, marie)
    url = f"/demandes/{(await Request.get()).id}/retirer"
    token = (await lea.get("/messagerie")).form("/deconnexion")
    assert (await lea.post(url, token)).status == 404
    page = await marie.press(page, url)
    assert "Retirée" in page.texts(".carried")[0] and (await Request.get()).state == "withdrawn"
    late = await marie.post(url, page.form("/deconnexion"))
    assert late.status == 409 and late.title == "Ce n’est plus possible"


async def test_another_familys_child_has_no_form(town: Town, marie: Browser, lea: Browser) -> None:
    zoe = await Child.create(family_id=town.account().family_id, first_name="Zoé", last_name="Durand")
    for slug in ("sante", "autorisations"):
        url = f"/demandes/nouvelle/{slug}?enfant={zoe.id}"
        assert (await marie.get(url)).status == 200
        page = await lea.get(url)
        assert page.status == 404 and "Zoé" not in page.text
        assert (
            await lea.post(url, (await lea.get("/demandes")).form("/deconnexion") | {"allergies": "x"})
        ).status == 404
    for url in ("/demandes/nouvelle/sante", f"{BANK}?enfant={zoe.id}", "/demandes/nouvelle/rien"):
        assert (await marie.get(url)).status == 404
    assert not await Request.exists()


async def test_the_link_asks_first_and_acts_on_the_button_only(town: Town, marie: Browser, arrive: Arrive) -> None:
    await asked(town, marie)
    url, agent = link(town), await arrive()
    for _ in range(3):
        page = await agent.get(url)
        assert page.status == 200 and "au nom de Nora Lambert" in page.text and "3456" not in page.html
    assert (await agent.post(url, {"acte": "accepter"})).status == 403, "not our form"
    page = await agent.press(page, url, acte="refuser", motif="")
    assert page.status == 422 and page.texts("#erreur-motif")
    assert (await Request.get()).state == "pending"
    page = await agent.press(page, url, acte="accepter", motif="")
    assert "la famille est prévenue" in page.text and "Acceptée" in page.text
    assert page.redirects == (303,) and "prévenue" in (await agent.get(page.url)).text, (
        "looked at again, not sent again"
    )
    page = await agent.press(page, url, acte="annuler")
    assert "En attente" in page.text and (await Request.get()).state == "pending" and page.redirects == (303,)
    assert "prévenue" not in (await agent.get(f"{url}?fait=1")).text, "nothing is done"
    page = await agent.press(page, url, acte="refuser", motif="Pas le bon compte.")
    assert (await Request.get()).reason == "Pas le bon compte."
    town.clock.advance(seconds=61)
    assert "prévenue" not in (await agent.get(page.url)).text and "Refusée" in (await agent.get(page.url)).text
    page = await agent.press(page, url, acte="annuler")
    assert page.status == 409 and "trop tard" in page.text
    other = await agent.get(link(town, KARIM))
    assert "Refusée" in other.text and not other.all("button[value=accepter]")
    assert (await agent.get("/decision/x")).status == 404


async def test_a_paper_is_good_until_the_day_that_its_link_or_the_desk_says(town: Town, arrive: Arrive) -> None:
    zoe = await Child.create(family_id=town.account().family_id, first_name="Zoé", last_name="Durand")
    await sent(town, zoe)
    url, agent = link(town), await arrive()
    page = await agent.get(url)
    assert page.value("jusqu_au") == "2027-08-31"
    page = await agent.press(page, url, acte="accepter", jusqu_au="2020-01-01")
    assert page.status == 422 and page.texts("#erreur-jusqu_au") and page.value("jusqu_au") == "2020-01-01"
    await agent.press(page, url, acte="accepter", jusqu_au="2027-06-30")
    assert (document := await Document.get()).valid_until == date(2027, 6, 30) and document.state == "validated"


@pytest.mark.parametrize("via", ["link", "desk"])
async def test_of_two_agents_the_second_is_told(town: Town, marie: Browser, arrive: Arrive, via: str) -> None:
    await asked(town, marie)
    agent = await arrive()
    page = await agent.get(link(town, KARIM))
    nora = await town.agent(NORA)
    await town.hub.requests.decide((await Request.get()).id, Decided(True), Author(nora.name, agent=nora.id), via)
    page = await agent.press(page, link(town, KARIM), acte="refuser", motif="Non")
    assert page.status == 409 and "déjà acceptée par Nora Lambert" in page.text


async def test_a_browser_may_fill_in_what_is_of_its_owner_and_nothing_of_others(marie: Browser) -> None:
    """WCAG 1.3.5."""
    for kind, filled in {"responsable": "postal-code", "conjoint": "off"}.items():
        page = await marie.get(f"/demandes/nouvelle/{kind}")
        assert page.all("#code_postal")[0].attributes["autocomplete"] == filled
    page = await marie.press(page, "/demandes/nouvelle/conjoint", nom="")
    assert page.texts("#erreur-nom") == ["Le champ « Nom » est à remplir."]
