"""A parent writes: the form, the confirmation, the answer, drafts; and all that can be wrong with what is typed."""

from __future__ import annotations

import asyncio

import pytest

from hub.mailbox.models import Draft, DraftFile, Message
from tests.cast import Town
from tests.web.browser import Browser, Page, multipart
from tests.web.conftest import Arrive

NEW = "/messagerie/nouveau"


async def filled(town: Town, browser: Browser, **changes: str) -> tuple[Page, dict[str, str]]:
    """The form to write with, and what a parent typed into it."""
    page = await browser.get(NEW)
    typed = await town.typed("Bonjour,\nLéo mangera à la cantine.")
    fields = page.form(NEW) | {
        "service": typed.service,
        "theme": typed.theme,
        "objet": typed.subject,
        "message": typed.text,
    }
    return page, fields | changes


async def test_a_message_is_confirmed_and_stands_in_envoyes(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie, confirmation="1")
    page = await marie.post(NEW, multipart(fields, [("attestation.pdf", b"%PDF-1.7 contenu")]))
    message = await Message.get()
    assert page.redirects == (303,)
    assert f"{message.at.year}-{message.id:06d}" in page.text
    assert "01 60 00 00 10" in page.text and "attestation.pdf" in page.text
    assert "durand@famille.test" in page.text and "réputée rejetée" in page.text
    listed = await marie.get("/messagerie/envoyes")
    assert listed.texts(".row .title") == ["Cantine de Léo"]
    assert not await Draft.exists()


async def test_the_service_gets_the_message_at_once(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    await marie.post(NEW, multipart(fields))
    await town.hub.settle()
    (mail,) = town.mails("nora@ville.test")
    assert "Léo mangera" in mail.text


async def test_two_clicks_make_one_message_and_lead_to_the_same_page(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    files = [("a.pdf", b"%PDF-1.7 a"), ("b.pdf", b"%PDF-1.7 b")]
    pages = await asyncio.gather(*(marie.post(NEW, multipart(fields, files)) for _ in range(4)))
    assert await Message.all().count() == 1
    assert {page.url for page in pages} == {pages[0].url}
    assert {page.title for page in pages} == {"Votre message est envoyé"}


async def test_an_answer_sent_twice_is_one_message(town: Town, marie: Browser) -> None:
    thread = (await town.write("Bonjour")).thread_id
    action = f"/messagerie/{thread}/repondre"
    fields = (await marie.get(f"/messagerie/{thread}")).form(action) | {"message": "Encore une question."}
    pages = await asyncio.gather(*(marie.post(action, multipart(fields)) for _ in range(3)))
    assert await Message.filter(thread_id=thread).count() == 2
    assert {page.url for page in pages} == {pages[0].url}
    assert "Encore une question." in pages[0].text


async def test_an_answer_begun_in_another_tab_is_still_sent_once(town: Town, marie: Browser) -> None:
    thread = (await town.write("Bonjour")).thread_id
    action = f"/messagerie/{thread}/repondre"
    one, other = await marie.get(f"/messagerie/{thread}"), await marie.get(f"/messagerie/{thread}")
    await marie.post("/messagerie/brouillon", one.form(action) | {"message": "commencé"})
    fields = other.form(action) | {"message": "terminé"}
    for _ in range(2):
        await marie.post(action, multipart(fields))
    assert await Message.filter(thread_id=thread, text="terminé").count() == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("service", "", "Choisissez le service"),
        ("service", "999999", "Choisissez le service"),
        ("service", "9" * 40, "Choisissez le service"),
        ("service", "1 OR 1=1", "Choisissez le service"),
        ("theme", "", "Choisissez un thème"),
        ("theme", "999999", "Choisissez un thème"),
        ("objet", "", "Indiquez l’objet"),
        ("objet", " \t ", "Indiquez l’objet"),
        ("objet", "\x00\x07", "Indiquez l’objet"),
        ("objet", "x" * 151, "151 caractères"),
        ("message", "", "Écrivez votre message"),
        ("message", "\r\n \x00", "Écrivez votre message"),
        ("message", "é" * 20_001, "20 001 caractères"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_everything_typed_comes_back(
    town: Town, marie: Browser, field: str, value: str, sentence: str
) -> None:
    _, fields = await filled(town, marie, confirmation="1")
    page = await marie.post(NEW, multipart(fields | {field: value}, [("photo.png", b"\x89PNG\r\n\x1a\n...")]))
    assert page.status == 422
    assert sentence in page.texts(f"#erreur-{field}")[0]
    assert sentence in page.texts("#erreurs")[0]
    back = page.form(NEW)
    kept = {name: fields[name] for name in ("objet", "message", "theme", "service", "confirmation") if name != field}
    assert {name: back.get(name) for name in kept} == kept
    assert page.texts(".chosen b") == ["photo.png"]
    assert not await Message.exists()


async def test_what_was_wrong_is_corrected_and_sent_with_its_files(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie, objet="")
    page = await marie.post(NEW, multipart(fields, [("photo.png", b"\x89PNG\r\n\x1a\n...")]))
    page = await marie.send(page, NEW, objet="Cantine")
    assert page.title == "Votre message est envoyé" and "photo.png" in page.text


async def test_control_characters_and_header_injection_end_in_harmless_words(town: Town, marie: Browser) -> None:
    subject = "Cantine\r\nBcc: pirate@ailleurs.test\x00\u2028fin"
    _, fields = await filled(town, marie, objet=subject, message="Ligne 1\r\nLigne 2\x00\x1b[31m", confirmation="1")
    await marie.post(NEW, multipart(fields))
    await town.hub.settle()
    message = await Message.get().prefetch_related("thread")
    assert message.thread.subject == "Cantine Bcc: pirate@ailleurs.test fin"
    assert message.text == "Ligne 1\nLigne 2[31m"
    assert not town.mails("pirate@ailleurs.test")
    (mail,) = town.mails("nora@ville.test")
    assert not mail.header("bcc")


async def test_html_in_every_field_is_shown_as_typed(town: Town, marie: Browser) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    _, fields = await filled(town, marie, objet=evil, message=evil)
    page = await marie.post(NEW, multipart(fields, [(f"{evil}.pdf", b"%PDF-1.7")]))
    thread = page.all(".actions a.button")[0].attributes["href"]
    for url in (page.url, thread, "/messagerie/envoyes", "/"):
        shown = await marie.get(str(url))
        assert "<script>alert" not in shown.html and "<img src=x" not in shown.html
    assert evil in (await marie.get(str(thread))).text


async def test_a_script_in_a_name_is_only_a_name(town: Town, marie: Browser) -> None:
    await town.account().filter(id=town.account().id).update(name="<script>alert('Marie')</script>")
    page = await marie.get("/")
    assert "<script>alert(" not in page.html and "<script>alert('Marie')</script>" in page.text


async def test_opening_the_form_leaves_no_draft(town: Town, marie: Browser) -> None:
    await marie.get(NEW)
    await marie.get(f"{NEW}?service=1")
    assert not await Draft.exists()


async def test_a_script_keeps_the_draft_while_one_writes(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie, message="Pas encore fini")
    answers = []
    for text in ("Pas", "Pas encore fini"):
        async with marie.http.post(
            "/messagerie/brouillon", data=fields | {"message": text}, headers={"Accept": "application/json"}
        ) as answer:
            answers.append(await answer.json())
    assert answers[0] == answers[1]
    assert await Draft.all().count() == 1
    page = await marie.get(f"{NEW}?brouillon={answers[0]['brouillon']}")
    assert page.value("message") == "Pas encore fini"
    assert "Vous avez commencé un message" in (await marie.get("/messagerie")).text
    assert "Un message commencé" in (await marie.get("/")).text


async def test_a_draft_kept_by_button_takes_its_files_along_and_gives_them_back(town: Town, marie: Browser) -> None:
    page, fields = await filled(town, marie)
    page = await marie.post("/messagerie/brouillon", multipart(fields, [("a.pdf", b"%PDF-a"), ("b.pdf", b"%PDF-b")]))
    assert page.texts(".chosen b") == ["a.pdf", "b.pdf"]
    remove = str(page.all("[data-kept] button")[0].attributes["formaction"])
    page = await marie.send(page, NEW, to=remove, message="Retouché")
    assert page.texts(".chosen b") == ["b.pdf"]
    assert page.value("message") == "Retouché"
    page = await marie.send(page, NEW)
    assert "b.pdf" in page.text and "a.pdf" not in page.text


async def test_every_message_that_was_begun_is_found_again_and_can_be_thrown_away(town: Town, marie: Browser) -> None:
    for subject in ("Étude", "Cantine", ""):
        _, fields = await filled(town, marie, objet=subject, message="commencé")
        await marie.post("/messagerie/brouillon", multipart(fields, [("a.pdf", b"%PDF-a")]))
        town.clock.advance(minutes=1)
    inbox = await marie.get("/messagerie")
    begun = [str(link.attributes["href"]) for link in inbox.all(".notice a")]
    assert inbox.texts(".notice a") == ["Cantine", "Étude", "Reprendre"]
    page = await marie.get(begun[0])
    assert page.value("objet") == "Cantine"
    away = str(page.all(".notice button")[0].attributes["formaction"])
    page = await marie.send(page, NEW, [("b.pdf", b"%PDF-b")], to=away, objet="Cantine du midi")
    assert page.texts(".notice")[0].startswith("Brouillon supprimé") and "Cantine" not in page.text
    assert await Draft.all().count() == await DraftFile.all().count() == 2
    assert (await marie.get(begun[0])).value("objet") == ""
    assert (await marie.post(away, multipart(fields))).status == 404


async def test_a_draft_is_not_thrown_away_by_a_session_that_has_lapsed(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    page = await marie.post("/messagerie/brouillon", multipart(fields))
    town.clock.advance(hours=13)
    login = await marie.send(page, NEW, to=f"/messagerie/brouillon/{fields['envoi']}/supprimer", message="Autre")
    assert "/connexion" in login.url and (await Draft.get()).text == "Autre"


async def test_a_script_takes_a_file_away_without_touching_what_was_typed(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    page = await marie.post("/messagerie/brouillon", multipart(fields, [("a.pdf", b"%PDF-a")]))
    remove = str(page.all("[data-kept] button")[0].attributes["formaction"])
    answer = await marie.post(remove, {"csrf": fields["csrf"]})
    assert answer.status == 204
    page = await marie.get(page.url)
    assert page.texts(".chosen b") == [] and page.value("message") == fields["message"]


async def test_a_draft_that_was_sent_leads_to_its_confirmation(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    sent = await marie.post(NEW, multipart(fields))
    page = await marie.get(f"{NEW}?brouillon={fields['envoi']}")
    assert page.url == sent.url


async def test_a_session_that_lapsed_over_a_message_loses_nothing(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    town.clock.advance(hours=13)
    login = await marie.post(NEW, multipart(fields, [("certificat.pdf", b"%PDF-1.7")]))
    assert login.url.startswith("/connexion") and "Votre session a expiré" in login.text
    assert not await Message.exists()
    page = await marie.press(login, "/connexion", identifiant="mdurand", mot_de_passe="Tilleul-2026")
    assert page.value("message") == fields["message"] and page.value("objet") == fields["objet"]
    assert page.value("service") == fields["service"] and page.value("theme") == fields["theme"]
    assert page.texts(".chosen b") == ["certificat.pdf"]
    sent = await marie.send(page, NEW)
    assert sent.title == "Votre message est envoyé" and "certificat.pdf" in sent.text


async def test_a_session_that_lapsed_over_an_answer_loses_nothing(town: Town, marie: Browser) -> None:
    thread = (await town.write("Bonjour")).thread_id
    action = f"/messagerie/{thread}/repondre"
    page = await marie.get(f"/messagerie/{thread}")
    town.clock.advance(hours=13)
    login = await marie.send(page, action, [("a.pdf", b"%PDF-a")], message="Ma réponse")
    page = await marie.press(login, "/connexion", identifiant="mdurand", mot_de_passe="Tilleul-2026")
    assert page.form(action)["message"] == "Ma réponse" and page.texts(".chosen b") == ["a.pdf"]


async def test_after_a_lapse_another_family_sees_nothing_of_it(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    town.clock.advance(hours=13)
    login = await marie.post(NEW, multipart(fields))
    page = await marie.press(login, "/connexion", identifiant="lmartin", mot_de_passe="Tilleul-2026")
    assert page.status == 404 and fields["message"] not in page.html
    assert "commencé" not in (await marie.get("/messagerie")).text
    late = await marie.post(NEW, multipart(fields))
    assert late.status == 403
    assert await Draft.filter(account_id=town.account("martin@famille.test").id).count() == 0


async def test_a_page_left_open_over_a_new_login_still_sends(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    town.clock.advance(hours=13)
    page = await marie.get("/messagerie")
    await marie.press(page, "/connexion", identifiant="mdurand", mot_de_passe="Tilleul-2026")
    sent = await marie.post(NEW, multipart(fields))
    assert sent.title == "Votre message est envoyé"


async def test_a_lapsed_session_is_told_to_scripts_and_the_draft_is_kept(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    town.clock.advance(hours=13)
    async with marie.http.post("/messagerie/brouillon", data=fields, headers={"Accept": "application/json"}) as answer:
        assert answer.status == 401
    assert (await Draft.get()).text == fields["message"]


async def test_a_session_that_is_gone_altogether_loses_nothing(town: Town, marie: Browser, arrive: Arrive) -> None:
    """Logged out in another tab; a browser that dropped its cookies: the form says whose words these are."""
    _, fields = await filled(town, marie)
    nobody = await arrive()
    login = await nobody.post(NEW, multipart(fields, [("certificat.pdf", b"%PDF-1.7")]))
    assert login.url.startswith("/connexion") and "Ce que vous écriviez est gardé" in login.text
    assert not await Message.exists()
    page = await nobody.press(login, "/connexion", identifiant="mdurand", mot_de_passe="Tilleul-2026")
    assert page.value("message") == fields["message"] and page.texts(".chosen b") == ["certificat.pdf"]
    assert (await nobody.send(page, NEW)).title == "Votre message est envoyé"


async def test_an_answer_written_after_logging_out_is_kept(town: Town, marie: Browser, arrive: Arrive) -> None:
    thread = (await town.write("Bonjour")).thread_id
    action = f"/messagerie/{thread}/repondre"
    page, nobody = await marie.get(f"/messagerie/{thread}"), await arrive()
    login = await nobody.send(page, action, [("a.pdf", b"%PDF-a")], message="Ma réponse")
    page = await nobody.press(login, "/connexion", identifiant="mdurand", mot_de_passe="Tilleul-2026")
    assert page.form(action)["message"] == "Ma réponse" and page.texts(".chosen b") == ["a.pdf"]


@pytest.mark.parametrize("envoi", ["", "x", f"{'A' * 43}.1.{'a' * 20}"])
async def test_who_is_not_logged_in_cannot_write(town: Town, marie: Browser, arrive: Arrive, envoi: str) -> None:
    _, fields = await filled(town, marie)
    stranger = await arrive()
    page = await stranger.post(NEW, multipart(fields | {"envoi": envoi}, [("a.pdf", b"%PDF-a")]))
    assert page.url == "/connexion?suite=/messagerie&garde=0" and "pas enregistré" in page.text
    assert not await Draft.exists() and not await Message.exists()


async def test_the_key_of_a_form_opens_no_other_form(town: Town, marie: Browser, arrive: Arrive) -> None:
    _, fields = await filled(town, marie)
    nobody = await arrive()
    entered = {"envoi": fields["envoi"], "identifiant": "mdurand", "mot_de_passe": "Tilleul-2026"}
    assert (await nobody.post("/connexion", entered)).status == 403
    thread = (await town.write("Bonjour")).thread_id
    deleted = await nobody.post(f"/messagerie/{thread}/supprimer", fields)
    assert deleted.url.startswith("/connexion")


async def test_a_form_that_was_left_goes_on_under_its_own_address(town: Town, marie: Browser) -> None:
    """A page reloaded or come back to bears the key in its address: it sends once, whatever was kept of it."""
    page = await marie.get(NEW)
    again = await marie.get(f"{NEW}?brouillon={page.form(NEW)['envoi']}")
    assert again.status == 200 and again.form(NEW)["envoi"] == page.form(NEW)["envoi"]
    assert not await Draft.exists()
    assert (await marie.get(f"{NEW}?brouillon=inconnu")).status == 404
