"""Envoyer un document: dropped, chosen or photographed, one file in the place of another, with a picture of it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from hub.dossier.models import Document
from hub.mailbox.models import Draft, Message
from tests.browser.conftest import Visit
from tests.browser.test_with_scripts import BOTH, DROP, LIMIT, NOISE
from tests.browser.visitor import DESKTOP, PHONE, Device, Visitor, paper
from tests.cast import Town

pytestmark = pytest.mark.servers
SENDING = "/documents/envoyer"


async def sending(visit: Visit, device: Device = DESKTOP, **context: object) -> Visitor:
    """Marie, who has said what she sends."""
    marie = await visit(device, **context)
    await marie.login()
    await marie.open(SENDING)
    await marie.page.get_by_label("Document").select_option("domicile")
    await marie.page.get_by_label("Pour").select_option("famille")
    return marie


async def choose(marie: Visitor, name: str, size: int = 40_000) -> None:
    async with marie.page.expect_file_chooser() as chooser:
        await marie.button("Choisir un fichier").click()
    assert not (await chooser.value).is_multiple()
    await (await chooser.value).set_files(paper(name, size))


async def test_a_file_is_dropped_and_another_takes_its_place(visit: Visit) -> None:
    marie = await sending(visit)
    chips = marie.page.locator(".chip:not(.refused) b")
    dropped = await marie.page.evaluate_handle(DROP, ["facture.pdf"])
    await marie.page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    await expect(chips).to_have_text(["facture.pdf"])
    await choose(marie, "quittance.pdf")
    await expect(chips).to_have_text(["quittance.pdf"])
    await choose(marie, "gros.pdf", LIMIT + 1)
    await expect(marie.page.locator(".chip.refused")).to_contain_text("la limite est de 2 Mo")
    await expect(chips).to_have_text(["quittance.pdf"])
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_text("Votre document est envoyé.")).to_be_visible()
    assert (await Document.get()).filename == "quittance.pdf"


async def test_a_photograph_is_made_lighter_and_shown(visit: Visit) -> None:
    marie = await sending(visit, PHONE)
    async with marie.page.expect_file_chooser():
        await marie.button("Prendre une photo").click()
    noise = await marie.page.evaluate_handle(NOISE)
    await marie.page.dispatch_event("[data-drop]", "drop", {"dataTransfer": noise})
    await expect(marie.page.locator(".chip")).to_contain_text("photo allégée")
    await expect(marie.page.locator(".chip canvas")).to_be_visible()
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_text("Votre document est envoyé.")).to_be_visible()
    assert (await Document.get()).content_type == "image/jpeg"


async def test_a_kept_file_counts_again_when_the_one_in_its_place_is_taken_away(visit: Visit) -> None:
    marie = await sending(visit)
    await choose(marie, "facture.pdf")
    await marie.page.get_by_label("Document").select_option("")
    marie.expects("422")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_role("alert")).to_be_focused()
    chips = marie.page.locator(".chip:visible b")
    await expect(chips).to_have_text(["facture.pdf"])
    await choose(marie, "autre.pdf")
    await expect(chips).to_have_text(["autre.pdf"])
    await marie.button("Retirer « autre.pdf »").click()
    await expect(chips).to_have_text(["facture.pdf"])
    await expect(marie.button("Choisir un fichier")).to_be_focused()
    await marie.page.get_by_label("Document").select_option("domicile")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_text("Votre document est envoyé.")).to_be_visible()
    assert (await Document.get()).filename == "facture.pdf"


async def test_the_summary_of_errors_leads_to_what_one_can_press(visit: Visit) -> None:
    marie = await sending(visit)
    marie.expects("422")
    await marie.button("Envoyer").click()
    await marie.page.get_by_role("alert").get_by_role("link", name="Joignez le document.").click()
    await expect(marie.button("Choisir un fichier")).to_be_focused()


async def test_a_line_that_breaks_while_sending_loses_nothing(visit: Visit) -> None:
    marie = await sending(visit)
    await choose(marie, "facture.pdf")
    marie.expects("ERR_")
    await marie.page.route(f"**{SENDING}", lambda route: route.abort())
    await marie.button("Envoyer").click()
    await expect(marie.page.locator("[data-sending]")).to_contain_text("Rien n’est perdu, essayez à nouveau.")
    await marie.page.unroute(f"**{SENDING}")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_text("Votre document est envoyé.")).to_be_visible()
    assert await Message.all().count() == 1


async def test_progress_is_shown_while_a_file_goes_up(visit: Visit) -> None:
    marie = await sending(visit)
    slow = await marie.page.context.new_cdp_session(marie.page)
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1024 * 1024}
    await slow.send("Network.emulateNetworkConditions", line)
    await choose(marie, "facture.pdf", LIMIT)
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_role("progressbar", name="Progression de l’envoi")).to_be_visible()
    await expect(marie.page.locator("[data-sending] [role=status]")).to_contain_text("Envoi")
    await expect(marie.page.get_by_text("Votre document est envoyé.")).to_be_visible()


@BOTH
async def test_a_session_that_lapses_loses_nothing(town: Town, visit: Visit, scripts: bool) -> None:
    marie = await sending(visit, java_script_enabled=scripts)
    if scripts:
        await choose(marie, "facture.pdf")
    else:
        await marie.page.get_by_label("Fichier", exact=True).set_input_files(paper("facture.pdf"))
    town.clock.advance(hours=13)
    marie.expects("401")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_text("Ce que vous écriviez est gardé")).to_be_visible()
    await marie.login()
    await expect(marie.page.get_by_text("Votre document est gardé.")).to_be_visible()
    await expect(marie.page.get_by_label("Document")).to_have_value("domicile")
    await expect(marie.page.get_by_label("Pour")).to_have_value("famille")
    await expect(marie.page.locator(".chosen b")).to_have_text(["facture.pdf"])
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_text("Votre document est envoyé.")).to_be_visible()
    assert not await Draft.exists()
