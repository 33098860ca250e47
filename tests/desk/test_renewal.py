"""An agent who forgot their password: a link to their own address, once; the second factor stays."""

from __future__ import annotations

import re

import pytest

from hub.accounts.models import Agent, Session
from tests.cast import KARIM, MARIE, NORA, PASSWORD, Town
from tests.desk.conftest import LOGIN, START, Arrive, enter

FORGOTTEN = "/bureau/mot-de-passe-oublie"
ANOTHER = "Chataigne-7-bois"


async def test_a_link_leads_to_another_password_once(town: Town, arrive: Arrive) -> None:
    elsewhere, browser = await arrive(NORA), await arrive()
    page = await browser.get(LOGIN)
    assert FORGOTTEN in [a.attributes.get("href") for a in page.all("a")]
    page = await browser.press(await browser.get(FORGOTTEN), FORGOTTEN, identifiant=f" {NORA.upper()} ")
    assert "Regardez vos e-mails" in page.text
    await town.hub.settle()
    found = re.search(r"http://hub\.test(/bureau/nouveau-mot-de-passe/[\w-]+)", town.mails(NORA)[-1].text)
    assert found
    url = found[1]
    for _ in range(2):
        page = await browser.get(url)
        assert "Nora Lambert" in page.text
    page = await browser.press(page, url, mot_de_passe="court", mot_de_passe2="court")
    assert page.status == 422 and page.texts("#erreur-mot_de_passe")
    page = await browser.press(page, url, mot_de_passe=ANOTHER, mot_de_passe2=ANOTHER)
    assert "Mot de passe enregistré" in page.text
    await town.hub.settle()
    assert "mot de passe" in town.mails(NORA)[-1].subject.lower()
    assert (await elsewhere.get(START)).url.startswith(LOGIN), "every session has ended"
    assert (await browser.get(url)).status == 404
    assert (await enter(browser, NORA, PASSWORD)).url == LOGIN
    assert (await enter(browser, NORA, ANOTHER)).url == START


@pytest.mark.parametrize("who", ["personne@ville.test", "durand@famille.test", "é\x00", KARIM])
async def test_everybody_is_answered_alike(town: Town, arrive: Arrive, who: str) -> None:
    await Agent.filter(email=KARIM).update(password="")  # answers mail only
    browser = await arrive()
    page = await browser.press(await browser.get(FORGOTTEN), FORGOTTEN, identifiant=who)
    assert page.status == 200 and "Regardez vos e-mails" in page.text
    await town.hub.settle()
    assert not town.sink.mails
    page = await browser.press(await browser.get(FORGOTTEN), FORGOTTEN, identifiant=" ")
    assert page.status == 422 and page.texts("#erreur-identifiant")


async def test_a_parents_link_opens_nothing_here_and_the_other_way_round(town: Town, arrive: Arrive) -> None:
    browser = await arrive()
    await town.hub.renewals.ask("mdurand", "1.2.3.4")
    await town.hub.renewals.ask_for_desk(NORA, "1.2.3.4")
    await town.hub.settle()
    letters = [town.mails(who)[-1].text for who in (MARIE, NORA)]
    parent, agent = (found[1] for text in letters if (found := re.search(r"mot-de-passe/([\w-]+)", text)))
    assert (await browser.get(f"/bureau/nouveau-mot-de-passe/{parent}")).status == 404
    assert (await browser.get(f"/nouveau-mot-de-passe/{agent}")).status == 404


async def test_it_lapses_and_floods_nobody(town: Town, arrive: Arrive) -> None:
    browser = await arrive()
    for _ in range(8):
        page = await browser.press(await browser.get(FORGOTTEN), FORGOTTEN, identifiant=NORA)
    assert page.status == 429
    await town.hub.settle()
    assert len(town.mails(NORA)) < 6
    found = re.search(r"(/bureau/nouveau-mot-de-passe/[\w-]+)", town.mails(NORA)[-1].text)
    town.clock.advance(hours=30)
    assert found and (await browser.get(found[1])).status == 404
    assert not await Session.exists()
