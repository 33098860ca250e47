"""Without JavaScript: plain forms and links do everything."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.conftest import Visit, received
from tests.browser.visitor import NEW, PHONE, Visitor, paper
from tests.cast import NORA, Town
from tests.web.test_mailbox import answered

pytestmark = pytest.mark.servers
LIMIT = 2 * 1024 * 1024
ORDINALS = ("Pièce jointe", "2ème pièce jointe", "3ème pièce jointe", "4ème pièce jointe", "5ème pièce jointe")


async def plain(visit: Visit) -> Visitor:
    """Marie, whose browser runs nothing."""
    marie = await visit(PHONE, java_script_enabled=False)
    await marie.login()
    return marie


async def attach(visitor: Visitor, files: list[FilePayload]) -> None:
    """One file for each input."""
    for label, file in zip(ORDINALS, files, strict=False):
        await visitor.page.get_by_label(label, exact=True).set_input_files(file)


async def test_five_files_are_sent_and_the_answer_is_answered(town: Town, visit: Visit) -> None:
    marie = await plain(visit)
    await marie.link("Communiquer avec un service de la mairie").click()
    await marie.fill("Cantine", "Bonjour, voici cinq papiers.")
    await attach(marie, [paper(f"papier {n}.pdf") for n in range(1, 6)])
    await marie.page.get_by_label("Confirmation par email").check()
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_role("heading", name="Votre message est envoyé")).to_be_visible()
    await expect(marie.page.locator(".receipt")).to_contain_text("papier 5.pdf")
    mail = await received(town, NORA)
    assert [file.filename for file in mail.attachments] == [f"papier {n}.pdf" for n in range(1, 6)]

    await town.arrive(town.answer(mail, NORA, "C’est complet, merci."))
    await marie.link("Retour à la messagerie").click()
    await marie.link("Non lu : Cantine").click()
    await expect(marie.bubbles.last).to_have_text("C’est complet, merci.")
    await marie.message.fill("Merci à vous.")
    await marie.page.locator("summary", has_text="Joindre des fichiers").click()
    await attach(marie, [paper("encore.pdf")])
    await marie.button("Répondre").click()
    await expect(marie.page.get_by_role("status").first).to_contain_text("Votre réponse est envoyée")
    await expect(marie.bubbles.last).to_have_text("Merci à vous.")
    await expect(marie.page.locator(".message .chip").last).to_contain_text("encore.pdf")


async def test_one_byte_too_many_is_said_at_the_field_and_all_else_stays(visit: Visit) -> None:
    marie = await plain(visit)
    await marie.open(NEW)
    await marie.fill("Cantine", "Bonjour,\nvoici deux papiers.")
    await attach(marie, [paper("juste.pdf", LIMIT), paper("gros.pdf", LIMIT + 1), paper("petit.pdf")])
    marie.expects("413")
    await marie.button("Envoyer").click()
    await expect(marie.page.locator("#erreur-piece")).to_contain_text("« gros.pdf » dépasse la limite de 2 Mo")
    await expect(marie.page.get_by_role("alert")).to_contain_text("gros.pdf")
    await expect(marie.page.locator(".chosen b")).to_have_text(["juste.pdf", "petit.pdf"])
    await expect(marie.page.get_by_label("Objet")).to_have_value("Cantine")
    await expect(marie.message).to_have_value("Bonjour,\nvoici deux papiers.")
    assert await marie.page.locator("input[type=file]").count() == 3, "no place for a sixth file"

    await marie.button("Retirer « petit.pdf »").click()
    await expect(marie.page.locator(".chosen b")).to_have_text(["juste.pdf"])
    await marie.button("Envoyer").click()
    await expect(marie.page.locator(".receipt")).to_contain_text("juste.pdf")
    await expect(marie.page.locator(".receipt")).not_to_contain_text("petit.pdf")


async def test_deleting_restoring_searching_leaving(town: Town, visit: Visit) -> None:
    message = await town.write("Bonjour, deux allergies à signaler.", subject="Allergies")
    await answered(town, message, "C’est noté pour les allergies.")
    marie = await plain(visit)
    page = marie.page
    await marie.open("/messagerie")
    await marie.link("Non lu : Allergies").click()
    await marie.button("Supprimer").click()
    await expect(page.get_by_text("Conversation supprimée : « Allergies ».")).to_be_visible()
    await marie.link("Supprimés").click()
    await marie.button("Restaurer").click()
    await expect(page.get_by_text("Conversation restaurée.")).to_be_visible()
    await page.get_by_role("link", name=re.compile("Retour")).click()
    await page.get_by_role("searchbox", name="Rechercher").fill("allergie")
    await marie.button("Lancer la recherche").click()
    await expect(marie.rows).to_have_count(1)
    await expect(marie.rows.locator("mark").first).to_have_text("Allergies")
    await marie.button("Déconnexion").click()
    await expect(marie.button("Se connecter")).to_be_visible()
    await marie.open("/messagerie")
    await expect(marie.button("Se connecter")).to_be_visible()
