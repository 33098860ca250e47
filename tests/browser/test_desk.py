"""The desk in a browser: a queue by keyboard, an answer, a decision."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from hub.actions.models import Request
from hub.demo import files as drawn
from hub.dossier.models import Document
from hub.mailbox.models import CannedAnswer, Service
from tests.browser.conftest import Visit
from tests.cast import MARIE, NORA, PASSWORD, Town
from tests.desk.test_documents import papers

pytestmark = pytest.mark.servers


async def test_a_queue_is_worked_off_by_keyboard_alone(town: Town, visit: Visit) -> None:
    await town.hub.people.add_agent("Nora Lambert", NORA, PASSWORD, ("n.lambert@ville.test",))
    service = (await Service.get(slug="periscolaire")).id
    await CannedAnswer.create(service_id=service, name="Bonjour", text="Bonjour famille {famille}.")
    await town.write("Léo mange-t-il jeudi ?", subject="Cantine")
    town.clock.advance(minutes=1)
    await town.write("Et vendredi ?", subject="Garderie")
    await town.hub.settle()
    nora = await visit()
    await nora.log_in_at_desk()
    await nora.open("/bureau/conversations")
    await expect(nora.page.get_by_role("button", name="Raccourcis clavier")).to_have_attribute("aria-pressed", "true")
    keyboard = nora.page.keyboard
    for key in ("j", "j", "k"):
        await keyboard.press(key)
    await expect(nora.link("Cantine")).to_be_focused()
    await keyboard.press("Enter")
    await expect(nora.page.get_by_role("heading", name="Cantine")).to_be_visible()
    await expect(nora.page.get_by_role("button", name="Raccourcis clavier")).to_be_visible()
    await keyboard.press("r")
    await keyboard.type("Oui, jamais sans raccourcis.")
    await keyboard.press("Escape")
    await keyboard.press("n")
    await expect(nora.page.get_by_label("Note interne")).to_be_focused()
    await nora.button("Commencer ainsi").click()
    await expect(nora.page.get_by_label("Répondre à la famille")).to_have_value(
        "Oui, jamais sans raccourcis.\n\nBonjour famille Durand."
    )
    await keyboard.press("Control+Enter")
    await expect(nora.page.get_by_role("status").first).to_contain_text("envoyée")
    await nora.button("Raccourcis clavier").click()
    await keyboard.press("u")
    await expect(nora.page.get_by_role("heading", name="Cantine")).to_be_visible()
    await nora.button("Raccourcis clavier").click()
    await keyboard.press("j")
    await expect(nora.page.get_by_role("heading", name="Garderie")).to_be_visible()
    await expect(nora.page.locator("[data-keys]")).to_be_visible()
    await keyboard.press("u")
    await expect(nora.link("Garderie")).to_be_visible()
    await expect(nora.link("Cantine")).to_have_count(0)
    await town.hub.settle()
    assert "Oui, jamais sans raccourcis." in town.mails(MARIE)[-1].text


async def test_all_that_can_be_decided_about_a_mail_is_found_by_scrolling(town: Town, visit: Visit) -> None:
    await town.hub.people.add_agent("Nora Lambert", NORA, PASSWORD, ("n.lambert@ville.test",))
    await town.arrive(town.fresh("eve@ailleurs.test", "periscolaire@hub.test", "Pour Léo", "Je suis sa grand-mère."))
    nora = await visit()
    await nora.log_in_at_desk()
    await nora.open("/bureau/quarantaine")
    await nora.link("Pour Léo").click()
    await expect(nora.button("Écarter")).to_have_count(1)
    await nora.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await expect(nora.button("Écarter")).to_be_in_viewport()


async def test_a_wave_of_junk_is_ticked_at_once_and_comes_back_when_it_was_a_mistake(town: Town, visit: Visit) -> None:
    await town.hub.people.add_agent("Nora Lambert", NORA, PASSWORD, ("n.lambert@ville.test",))
    for n in range(3):
        await town.arrive(town.fresh("eve@ailleurs.test", "periscolaire@hub.test", f"Promotion {n}", "Achetez."))
    nora = await visit()
    await nora.log_in_at_desk()
    await nora.open("/bureau/quarantaine")
    mails = nora.page.get_by_role("link", name="Promotion")
    every, third = nora.page.get_by_label("Tout cocher"), nora.page.get_by_label("Choisir « Promotion 2 »")
    await every.check()
    await third.uncheck()
    assert await every.evaluate("box => box.indeterminate"), "neither all nor none"
    await nora.button("Écarter les e-mails cochés").click()
    await expect(nora.page.locator("#avis")).to_contain_text("2 e-mails sont écartés")
    await expect(mails).to_have_count(1)
    await nora.button("Annuler").click()
    await expect(nora.page.locator("#avis")).to_contain_text("2 e-mails sont de nouveau en quarantaine")
    await expect(mails).to_have_count(3)


async def test_a_parent_asks_an_agent_accepts_by_the_link_and_the_open_page_tells(town: Town, visit: Visit) -> None:
    marie = await visit()
    await marie.login()
    await marie.open("/demandes/nouvelle/banque")
    await marie.page.get_by_label("Titulaire du compte").fill("Marie Durand")
    await marie.page.get_by_label("IBAN").fill("FR76 3000 6000 0112 3456 7890 189")
    await marie.button("Envoyer la demande").click()
    await expect(marie.page.locator(".carried")).to_contain_text("En attente")
    await town.hub.settle()
    link = next(word for word in town.mails(NORA)[-1].text.split() if "/decision/" in word)
    agent = await visit()
    await agent.open("/decision/" + link.rpartition("/")[2])
    await agent.button("Accepter").click()
    await expect(agent.page.get_by_role("status")).to_contain_text("la famille est prévenue")
    await expect(marie.page.locator(".carried")).to_contain_text("Acceptée")
    await expect(marie.page.get_by_role("button", name="Retirer ma demande")).to_have_count(0)
    assert (await Request.get()).state == "accepted"


async def test_documents_are_worked_off_and_a_family_is_found_without_leaving_the_keyboard(
    town: Town, visit: Visit
) -> None:
    await town.hub.people.add_agent("Nora Lambert", NORA, PASSWORD, ("n.lambert@ville.test",))
    await papers(town, 3)
    nora = await visit()
    await nora.log_in_at_desk()
    await nora.open("/bureau/documents")
    await expect(nora.page.locator("[data-keys]")).to_be_visible()
    keyboard = nora.page.keyboard
    await keyboard.press("j")
    await expect(nora.page.get_by_text("2 sur 3")).to_be_visible()
    await keyboard.press("v")
    await expect(nora.button("Valider")).to_be_focused()
    await keyboard.press("Enter")
    await expect(nora.page.get_by_text("2 sur 2")).to_be_visible()
    await expect(nora.page.locator("[data-keys]")).to_be_visible()
    await keyboard.press("x")
    await keyboard.type("Le document est flou, joignez-en un autre.")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(nora.page.locator("[data-after]")).to_have_count(0)
    await expect(nora.page.locator("[data-keys]")).to_be_visible()
    assert await Document.filter(state="refused", reason__startswith="Le document est flou").exists()
    await keyboard.press("/")
    await keyboard.type("durand")
    await keyboard.press("Enter")
    await expect(nora.page.get_by_role("heading", name="Recherche : durand")).to_be_visible()
    await keyboard.press("j")
    await expect(nora.link("Marie Durand")).to_be_focused()


async def test_a_pdf_is_read_beside_the_buttons_and_gives_the_keys_back(town: Town, visit: Visit) -> None:
    await town.hub.people.add_agent("Nora Lambert", NORA, PASSWORD, ("n.lambert@ville.test",))
    await papers(town, 2)
    blob = await town.hub.core.blobs.put(drawn.certificate().content)
    await Document.all().update(content_type="application/pdf", filename="a.pdf", blob=blob.key, size=blob.size)
    nora = await visit()
    await nora.log_in_at_desk()
    shown = nora.page.expect_event("framenavigated", lambda frame: frame.url.startswith("chrome-extension://"))
    async with shown:  # by the viewer: without it a frame holds an error
        await nora.open("/bureau/documents")
    paper = nora.page.locator("iframe.paper")
    for _ in range(20):  # a viewer that is still being drawn takes no click
        await paper.click()
        if await paper.evaluate("paper => document.activeElement === paper"):
            break
        await nora.page.wait_for_timeout(250)
    await expect(paper).to_be_focused()
    await nora.page.get_by_role("heading", name="Documents à valider").hover()
    await expect(paper).not_to_be_focused()
    await nora.page.keyboard.press("j")
    await expect(nora.page.get_by_text("2 sur 2")).to_be_visible()
    async with nora.page.context.expect_page() as opened:
        await nora.page.keyboard.press("o")
    assert "/fichier?apercu=1" in (await opened.value).url
