"""What scripts add: files dropped and refused at once, drafts, one message for two clicks, live pages."""

from __future__ import annotations

import asyncio
import re
import socket

import pytest
from playwright.async_api import Route, expect

from hub.mailbox.models import Draft, Message
from tests.browser.conftest import Visit
from tests.browser.visitor import DESKTOP, NEW, PHONE, Device, Visitor, paper
from tests.cast import Town
from tests.web.test_mailbox import answered

pytestmark = pytest.mark.servers
LIMIT = 2 * 1024 * 1024
DROP = """files => {
  const given = new DataTransfer();
  for (const name of files) given.items.add(new File(["%PDF-1.7"], name, {type: "application/pdf"}));
  return given;
}"""
NOISE = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 2000, height: 1500});
  const brush = canvas.getContext("2d"), dots = brush.createImageData(2000, 1500);
  for (let i = 0; i < dots.data.length; i++) dots.data[i] = i % 4 == 3 ? 255 : Math.random() * 255;
  brush.putImageData(dots, 0, 0);
  const blob = await new Promise(done => canvas.toBlob(done, "image/jpeg", 0.95));
  const given = new DataTransfer();
  given.items.add(new File([blob], "certificat.jpg", {type: "image/jpeg"}));
  return given;
}"""
BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])


async def writing(visit: Visit, device: Device = DESKTOP, **context: object) -> Visitor:
    """Marie, who has begun to write."""
    marie = await visit(device, **context)
    await marie.login()
    await marie.open(NEW)
    await marie.fill("Cantine de Léo", "Bonjour,\nLéo mangera à la cantine.")
    return marie


async def test_files_are_dropped_and_a_sixth_or_a_large_one_is_refused_at_once(visit: Visit) -> None:
    marie = await writing(visit)
    chips, refused = marie.page.locator(".chip:not(.refused) b"), marie.page.locator(".chip.refused")
    dropped = await marie.page.evaluate_handle(DROP, ["un.pdf", "deux.pdf"])
    await marie.page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    await expect(chips).to_have_text(["un.pdf", "deux.pdf"])
    await marie.choose([paper("juste.pdf", LIMIT), paper("gros.pdf", LIMIT + 1)])
    await expect(refused).to_contain_text("la limite est de 2 Mo")
    await marie.choose([paper("quatre.pdf"), paper("cinq.pdf"), paper("six.pdf")])
    await expect(refused.last).to_contain_text("5 fichiers au plus")
    await expect(chips).to_have_text(["un.pdf", "deux.pdf", "juste.pdf", "quatre.pdf", "cinq.pdf"])
    await marie.button("Retirer « deux.pdf »").click()
    await marie.choose([paper("six.pdf")])
    await expect(chips.last).to_have_text("six.pdf")
    await marie.button("Envoyer").click()
    await expect(marie.page.locator(".receipt")).to_contain_text("six.pdf")
    await expect(marie.page.locator(".receipt")).not_to_contain_text(re.compile("gros|deux"))


async def test_an_empty_file_is_said_at_once(visit: Visit) -> None:
    marie = await writing(visit)
    await marie.choose([{"name": "vide.pdf", "mimeType": "application/pdf", "buffer": b""}, paper("plein.pdf")])
    await expect(marie.page.locator(".chip.refused")).to_contain_text("« vide.pdf » est vide")
    await expect(marie.page.locator(".chip:not(.refused) b")).to_have_text(["plein.pdf"])


async def test_what_was_typed_and_chosen_before_the_scripts_came_is_kept(visit: Visit) -> None:
    """On a slow line they take seconds."""
    marie, here = await visit(PHONE), asyncio.Event()

    async def late(route: Route) -> None:
        await here.wait()
        await route.continue_()

    await marie.login()
    await marie.page.route("**/write.js", late)
    await marie.open(NEW)
    await marie.fill("Cantine de Léo", "Bonjour,\nLéo mangera à la cantine.")
    for label, name in (("Pièce jointe", "un.pdf"), ("2ème pièce jointe", "deux.pdf")):
        await marie.page.get_by_label(label, exact=True).set_input_files(paper(name))
    here.set()
    await expect(marie.page.get_by_text("Brouillon enregistré", exact=True)).to_be_visible()
    await expect(marie.page.locator(".chip b")).to_have_text(["un.pdf", "deux.pdf"])
    await marie.button("Envoyer").click()
    await expect(marie.page.locator(".receipt dd").last).to_contain_text(re.compile("un.pdf.*deux.pdf"))


@pytest.mark.parametrize("leave", ["reload", "back"])
async def test_a_form_that_is_left_or_reloaded_comes_back_as_it_was(visit: Visit, leave: str) -> None:
    marie = await writing(visit)
    if leave == "reload":
        await expect(marie.page.get_by_text("Brouillon enregistré", exact=True)).to_be_visible()
        await marie.page.reload()
    else:
        await marie.open("/messagerie")
        await marie.page.go_back()
    await expect(marie.page.get_by_label("Objet")).to_have_value("Cantine de Léo")
    await expect(marie.message).to_have_value("Bonjour,\nLéo mangera à la cantine.")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_role("heading", name="Votre message est envoyé")).to_be_visible()
    assert await Message.all().count() == 1 and not await Draft.exists()


async def test_going_back_from_the_confirmation_leads_to_no_second_message(visit: Visit) -> None:
    marie = await visit(DESKTOP)
    await marie.login()
    await marie.open("/messagerie")
    await marie.open(NEW)
    await marie.fill("Cantine de Léo", "Bonjour,\nLéo mangera à la cantine.")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_role("heading", name="Votre message est envoyé")).to_be_visible()
    await marie.page.go_back()
    await expect(marie.page).to_have_url(re.compile("/messagerie$"))


async def drop_large_photo(marie: Visitor, on: str = "") -> None:
    """`on`: a script that makes the phone a poor one, once the photo is taken."""
    noise = await marie.page.evaluate_handle(NOISE)
    assert await noise.evaluate("given => given.files[0].size") > LIMIT
    if on:
        await marie.page.evaluate(on)
    await marie.page.dispatch_event("[data-drop]", "drop", {"dataTransfer": noise})


async def test_a_photo_that_is_too_large_is_made_lighter(visit: Visit) -> None:
    marie = await writing(visit, PHONE)
    await expect(marie.button("Prendre une photo")).to_be_visible()
    await drop_large_photo(marie)
    await expect(marie.page.locator(".chip:not(.refused)")).to_contain_text("photo allégée")


SLOW_PHONE = """() => {
  const real = createImageBitmap;
  window.createImageBitmap = async (...given) => {
    await new Promise(done => (window.goOn = done));
    return real(...given);
  };
}"""
NO_MEMORY = "HTMLCanvasElement.prototype.getContext = () => null"


async def test_what_is_pressed_while_a_photo_is_made_lighter_goes_off_by_itself(visit: Visit) -> None:
    marie = await writing(visit, PHONE)
    await drop_large_photo(marie, SLOW_PHONE)
    await expect(marie.page.locator(".chip")).to_contain_text("Photo en cours d’allègement…")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_text("Une photo se prépare").first).to_be_visible()
    await marie.page.evaluate("goOn()")
    await expect(marie.page.locator(".receipt")).to_contain_text("certificat.jpg")


async def test_a_photo_for_which_there_is_no_memory_is_refused_and_holds_nothing_up(visit: Visit) -> None:
    marie = await writing(visit, PHONE)
    await drop_large_photo(marie, NO_MEMORY)
    await expect(marie.page.locator(".chip.refused")).to_contain_text("la limite est de 2 Mo")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_role("heading", name="Votre message est envoyé")).to_be_visible()


async def test_a_long_text_is_never_cut_without_a_word(visit: Visit) -> None:
    marie = await writing(visit)
    await marie.message.fill("é" * 30_000)
    marie.expects("422")
    await marie.button("Envoyer").click()
    await expect(marie.page.locator("#erreur-message")).to_contain_text("30\u202f000 caractères")
    assert len(await marie.message.input_value()) == 30_000


async def test_what_is_wrong_with_an_answer_is_said_and_the_box_is_gone_back_to(town: Town, visit: Visit) -> None:
    message = await town.write("Bonjour")
    marie = await visit()
    await marie.login()
    await marie.open(f"/messagerie/{message.thread_id}")
    await marie.message.fill("   ")
    marie.expects("422")
    await marie.button("Répondre").click()
    await expect(marie.page.locator("#erreur-message")).to_be_visible()
    await expect(marie.message).to_be_focused()
    await expect(marie.page.locator("#annonces")).to_have_text("Écrivez votre message.")


async def test_one_is_led_to_what_is_wrong_where_no_summary_stands(visit: Visit) -> None:
    marie = await visit()
    marie.expects("422")
    await marie.open("/connexion")
    await marie.page.get_by_label("Nom d'utilisateur").fill("mdurand")
    await marie.page.get_by_label("Mot de passe", exact=True).fill("x")
    await marie.button("Se connecter").click()
    await expect(marie.page.get_by_role("alert")).to_be_focused()
    await marie.login()
    await marie.open("/compte/adresse")
    await marie.page.get_by_label("Nouvelle adresse e-mail").fill("a@b")
    await marie.button("Demander le changement").click()
    await expect(marie.page.get_by_label("Nouvelle adresse e-mail")).to_be_focused()


async def test_what_is_wrong_is_shown_and_what_was_chosen_stays(visit: Visit) -> None:
    marie = await writing(visit)
    await marie.choose([paper("attestation.pdf")])
    await marie.page.get_by_label("Objet").fill("")
    marie.expects("422")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_role("alert")).to_be_focused()
    await marie.page.get_by_role("alert").get_by_role("link").click()
    await expect(marie.page.get_by_label("Objet")).to_be_focused()
    await expect(marie.page.locator(".chosen b")).to_have_text(["attestation.pdf"])
    await marie.page.get_by_label("Objet").fill("Cantine")
    await marie.button("Envoyer").click()
    await expect(marie.page.locator(".receipt")).to_contain_text("attestation.pdf")


async def test_a_line_that_breaks_while_sending_loses_nothing(visit: Visit) -> None:
    marie = await writing(visit)
    marie.expects("ERR_")
    await marie.page.route(f"**{NEW}", lambda route: route.abort())
    await marie.button("Envoyer").click()
    await expect(marie.page.locator("[data-sending]")).to_contain_text("Rien n’est perdu, essayez à nouveau.")
    await marie.page.unroute(f"**{NEW}")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_role("heading", name="Votre message est envoyé")).to_be_visible()
    assert await Message.all().count() == 1


@BOTH
async def test_two_clicks_make_one_message(visit: Visit, scripts: bool) -> None:
    marie = await writing(visit, java_script_enabled=scripts)
    sent = 0

    async def slowly(route: Route) -> None:
        nonlocal sent
        sent += route.request.method == "POST"
        await asyncio.sleep(0.3)
        await route.continue_()

    await marie.page.route(f"**{NEW}", slowly)
    await marie.button("Envoyer").click(click_count=2, no_wait_after=True)
    await expect(marie.page.get_by_role("heading", name="Votre message est envoyé")).to_be_visible()
    assert sent >= 1
    assert await Message.all().count() == 1


@BOTH
async def test_the_enter_key_sends_and_takes_nothing_away(visit: Visit, scripts: bool) -> None:
    """It presses the first button of a form, which may be the one of a file or of the draft itself."""
    marie = await writing(visit, java_script_enabled=scripts)
    await marie.page.locator("#piece").set_input_files(paper("attestation.pdf"))
    await marie.button("Garder en brouillon").click()
    await expect(marie.page.get_by_text("Voici votre brouillon")).to_be_visible()
    await marie.page.get_by_label("Objet").press("Enter")
    await expect(marie.page.locator(".receipt")).to_contain_text("attestation.pdf")


async def test_a_browser_that_does_not_tell_which_button_was_pressed_sends_no_draft(visit: Visit) -> None:
    """Safari before 15.4, on telephones of their time."""
    marie = await visit(PHONE)
    await marie.page.add_init_script("delete SubmitEvent.prototype.submitter")
    await marie.login()
    await marie.open(NEW)
    await marie.fill("Cantine de Léo", "Bonjour")
    await marie.button("Garder en brouillon").click()
    await expect(marie.page.get_by_text("Voici votre brouillon")).to_be_visible()
    await marie.button("Supprimer le brouillon").click()
    await expect(marie.page.get_by_text("Brouillon supprimé")).to_be_visible()
    assert not await Message.exists() and not await Draft.exists()


@BOTH
async def test_a_session_that_lapses_while_writing_loses_nothing(town: Town, visit: Visit, scripts: bool) -> None:
    marie = await writing(visit, java_script_enabled=scripts)
    if scripts:
        await marie.choose([paper("attestation.pdf")])
    else:
        await marie.page.get_by_label("Pièce jointe", exact=True).set_input_files(paper("attestation.pdf"))
    town.clock.advance(hours=13)
    marie.expects("401")
    await marie.button("Envoyer").click()
    await expect(marie.page.get_by_text("Ce que vous écriviez est gardé")).to_be_visible()
    await marie.login()
    await expect(marie.page.get_by_text("Voici votre brouillon")).to_be_visible()
    await expect(marie.page.get_by_label("Objet")).to_have_value("Cantine de Léo")
    await expect(marie.message).to_have_value("Bonjour,\nLéo mangera à la cantine.")
    await expect(marie.page.locator(".chosen b")).to_have_text(["attestation.pdf"])
    await marie.button("Envoyer").click()
    await expect(marie.page.locator(".receipt")).to_contain_text("attestation.pdf")
    assert not await Draft.exists()


async def test_the_draft_is_kept_while_writing_even_when_the_session_has_lapsed(town: Town, visit: Visit) -> None:
    marie = await writing(visit)
    await expect(marie.page.get_by_text("Brouillon enregistré", exact=True)).to_be_visible()
    town.clock.advance(hours=13)
    marie.expects("401")
    await marie.message.fill("Bonjour,\nLéo ne mangera pas.")
    await expect(marie.page.get_by_text("Brouillon enregistré. Votre session a expiré")).to_be_visible()
    assert (await Draft.get()).text == "Bonjour,\nLéo ne mangera pas."


async def test_a_draft_that_cannot_be_kept_says_so_and_is_kept_once_the_line_is_back(visit: Visit) -> None:
    marie = await writing(visit)
    await expect(marie.page.get_by_text("Brouillon enregistré", exact=True)).to_be_visible()
    marie.expects("ERR_")
    await marie.page.context.set_offline(True)
    await marie.message.fill("Écrit dans le train.")
    await expect(marie.page.get_by_text("Brouillon pas encore enregistré")).to_be_visible()
    await marie.page.context.set_offline(False)
    await expect(marie.page.get_by_text("Brouillon enregistré", exact=True)).to_be_visible()
    assert (await Draft.get()).text == "Écrit dans le train."


async def test_an_answer_joins_the_conversation_without_a_new_page(town: Town, visit: Visit) -> None:
    message = await town.write("Bonjour")
    marie = await visit()
    await marie.login()
    await marie.page.clock.install()
    await marie.open(f"/messagerie/{message.thread_id}")
    await marie.page.evaluate("window.stays = true")
    for text in ("Une question.", "Une autre."):
        await marie.message.fill(text)
        await marie.button("Répondre").click()
        await expect(marie.bubbles.last).to_have_text(text)
        await expect(marie.message).to_have_value("")
        await expect(marie.page.locator("#annonces")).to_contain_text("Votre réponse est envoyée")
    assert await marie.page.evaluate("window.stays")
    await expect(marie.bubbles).to_have_count(3)
    await marie.page.clock.fast_forward(5_000)
    await expect(marie.page.locator("[data-saved]")).to_be_empty()
    assert not await Draft.exists(), "there is nothing left to keep"


async def test_news_wait_for_the_parts_of_the_page_that_are_still_on_their_way(town: Town, visit: Visit) -> None:
    message = await town.write("Bonjour")
    marie = await visit()
    await marie.login()

    async def slowly(route: Route) -> None:
        await asyncio.sleep(2)
        await route.continue_()

    await marie.page.route("**/thread.js", slowly)
    await marie.open(f"/messagerie/{message.thread_id}")
    await answered(town, message)
    await expect(marie.bubbles.last).to_have_text("C’est noté.")


async def test_open_pages_catch_up_after_the_hub_was_restarted(town: Town, visit: Visit, door: str) -> None:
    message = await town.write("Bonjour")
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    marie = await visit()
    marie.expects("ERR_", "Failed to fetch dynamically imported module")  # while the hub is away
    base = f"http://127.0.0.1:{port}"
    async with town.hub.serving(listener=socket.create_server(("127.0.0.1", port))):
        await marie.open(f"{base}/connexion")
        await marie.login()
        await marie.open(f"{base}/messagerie/{message.thread_id}")
        await expect(marie.bubbles).to_have_count(1)
    await answered(town, message, "Pendant la panne.")
    await expect(marie.page.locator(".lost")).to_contain_text("Connexion perdue")
    async with town.hub.serving(listener=socket.create_server(("127.0.0.1", port))):
        await expect(marie.bubbles.last).to_have_text("Pendant la panne.")
        await expect(marie.page.locator(".lost")).to_be_hidden()


async def test_the_home_page_and_the_list_hear_of_an_answer(town: Town, visit: Visit) -> None:
    message = await town.write("Bonjour")
    home, inbox = await visit(), await visit(PHONE)
    for visitor in (home, inbox):
        await visitor.login()
    await inbox.open("/messagerie")
    await expect(inbox.page.get_by_text("Aucun message reçu")).to_be_visible()
    await answered(town, message, "C’est noté.")
    await expect(home.page.get_by_text("Activités périscolaires vous a répondu")).to_be_visible()
    await expect(inbox.rows).to_contain_text(["C’est noté."])
    for visitor in (home, inbox):
        await expect(visitor.badge).to_have_text("1")
        await expect(visitor.page).to_have_title(re.compile(r"^\(1\) "))
        await expect(visitor.page.locator("#annonces")).to_have_text("Vous avez un nouveau message.")


async def test_who_stands_on_a_link_when_news_come_still_stands_there(town: Town, visit: Visit) -> None:
    message = await town.write("Bonjour")
    await answered(town, message, "Une première réponse.")
    marie = await visit()
    await marie.login()
    await marie.link("Lire la réponse").focus()
    other = await town.write("Encore", subject="Autre")
    await answered(town, other, "Une seconde.")
    await expect(marie.link("Lire la réponse")).to_have_count(2)
    await expect(marie.link("Lire la réponse").last).to_be_focused()


async def test_a_session_that_ended_is_said_on_open_pages(visit: Visit) -> None:
    marie = await visit()
    await marie.login()
    marie.expects("401")
    other = await marie.page.context.new_page()
    await other.goto("/")
    await other.get_by_role("button", name="Déconnexion").click()
    for told in (".lost", "#annonces"):
        await expect(marie.page.locator(told)).to_contain_text("Votre session a expiré")


async def test_older_messages_come_in_above_without_moving_what_is_read(town: Town, visit: Visit) -> None:
    message = await town.write("Message 0")
    for number in range(1, 120):
        town.clock.advance(minutes=1)
        await answered(town, message, f"Message {number}")
    marie = await visit()
    await marie.login()
    await marie.open(f"/messagerie/{message.thread_id}")
    await expect(marie.bubbles.last).to_be_in_viewport()
    await expect(marie.bubbles).to_have_count(50)
    first = marie.page.locator(".message").first
    await first.scroll_into_view_if_needed()
    before = await first.bounding_box()
    mark = await first.get_attribute("id")
    for count in (100, 120):
        await marie.link("Voir les messages précédents").dispatch_event("click")
        await expect(marie.bubbles).to_have_count(count)
    after = await marie.page.locator(f"#{mark}").bounding_box()
    assert before and after and abs(before["y"] - after["y"]) < 1
    await expect(marie.link("Voir les messages précédents")).to_have_count(0)
