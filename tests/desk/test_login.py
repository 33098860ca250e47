"""Agents coming in and going out, and everybody who has no business at the desk."""

from pathlib import Path

import pytest

from hub.accounts.models import Session
from hub.mail.models import InboundMail
from hub.mailbox.models import Decision, Message
from tests.cast import KARIM, MARIE, NORA, PASSWORD, Town
from tests.desk.conftest import HOME, LOGIN, START, Arrive, asked, enter, junk
from tests.web.browser import Browser

WRONG = "Adresse e-mail ou mot de passe incorrect"
ACTS = ("publier", "rejouer", "ecarter", "remettre")


async def test_the_desk_asks_who_one_is_and_leads_on(town: Town, arrive: Arrive) -> None:
    mail, browser = await junk(town), await arrive()
    assert (await browser.get("/bureau")).url == f"{LOGIN}?suite={START}"
    assert (await enter(browser, " Nora@Ville.TEST ", url=f"{HOME}/{mail}")).url == f"{HOME}/{mail}"
    assert (await browser.get("/bureau")).url == START
    assert (await browser.get(LOGIN)).url == START


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("", PASSWORD, "Indiquez votre adresse e-mail."),
        (NORA, " ", "Indiquez votre mot de passe."),
        (NORA, "faux", WRONG),
        ("personne@ville.test", PASSWORD, WRONG),
        (MARIE, PASSWORD, WRONG),
        ("mdurand", PASSWORD, WRONG),
        ("x" * 5000, "y" * 5000, WRONG),
        ("<script>alert(1)</script>\x00", PASSWORD, WRONG),
    ],
)
async def test_bad_addresses_and_passwords(arrive: Arrive, email: str, password: str, sentence: str) -> None:
    page = await enter(await arrive(), email, password)
    assert page.status == 422 and sentence in page.text
    assert "<script>alert" not in page.html and page.value("mot_de_passe") == ""
    assert not await Session.exists()


async def test_an_agent_who_was_given_no_password_has_none(town: Town, arrive: Arrive) -> None:
    await town.hub.people.add_agent("Zoé Petit", "zoe@ville.test")
    for password in ("x", "None", "\x00"):
        assert (await enter(await arrive(), "zoe@ville.test", password)).status == 422


async def test_guessing_is_slowed_and_colleagues_still_come_in(town: Town, arrive: Arrive) -> None:
    browser = await arrive()
    for _ in range(5):
        assert (await enter(browser, NORA, "faux")).status == 422
    page = await enter(browser, NORA)
    assert page.status == 429 and int(page.headers["Retry-After"]) > 0 and "Trop d’essais" in page.text
    assert (await enter(await arrive(), KARIM)).url == START
    town.clock.advance(seconds=int(page.headers["Retry-After"]))
    assert (await enter(browser, NORA)).url == START


async def test_the_login_page_leads_to_no_other_place(arrive: Arrive) -> None:
    for onward in ("https://pirate.test", "//pirate.test", "/messagerie", f"{HOME}@pirate.test/\\", f"{HOME}/ x"):
        browser = await arrive()
        page = await browser.get(LOGIN, params={"suite": onward})
        assert page.value("suite") == START
        page = await browser.press(page, LOGIN, identifiant=NORA, mot_de_passe=PASSWORD, suite=onward)
        assert page.url == START


async def test_logging_out_ends_the_session_on_the_server(nora: Browser) -> None:
    token = {cookie.key: cookie.value for cookie in nora.http.cookie_jar}
    left = await nora.press(await nora.get(HOME), "/bureau/deconnexion")
    assert left.url == LOGIN and not await Session.exists()
    nora.http.cookie_jar.update_cookies(token)
    assert (await nora.get(HOME)).url.startswith(LOGIN)


async def test_a_lapsed_session_leads_back_to_where_one_was(town: Town, nora: Browser) -> None:
    mail = await junk(town)
    page = await nora.get(f"{HOME}/{mail}")
    town.clock.advance(hours=13)
    page = await nora.press(page, f"{HOME}/{mail}/ecarter")
    assert page.url == f"{LOGIN}?suite={HOME}/{mail}" and "Votre session a expiré" in page.text
    assert await InboundMail.exists(id=mail, state="quarantined")
    page = await nora.press(page, LOGIN, identifiant=NORA, mot_de_passe=PASSWORD)
    assert page.url == f"{HOME}/{mail}"


async def test_what_was_typed_is_shown_again_when_the_session_has_lapsed_meanwhile(town: Town, nora: Browser) -> None:
    url = f"{START}/{(await town.write('Léo mange-t-il jeudi ?')).thread_id}"
    page = await nora.get(url)
    town.clock.advance(hours=13)
    for act, field in (("repondre", "message"), ("note", "note")):
        late = await nora.send(page, f"{url}/{act}", [("a.txt", b"x")], **{field: "Une longue réponse."})
        assert late.status == 401 and late.all("textarea")[0].text() == "Une longue réponse."
        assert [a.attributes["href"] for a in late.all(".trouble a")] == [f"{LOGIN}?suite={url}"]
        assert "jeudi" not in late.html and not late.all(".tab")
    late = await nora.post(f"{url}/note", {"note": "D’un autre site", "csrf": "x"})
    assert late.url.startswith(LOGIN) and "autre site" not in late.html
    assert await Message.all().count() == 1
    assert not [path for path in Path(town.hub.core.config.storage.url).rglob("*") if path.is_file()]


async def test_a_parent_sees_and_does_nothing_here(town: Town, arrive: Arrive) -> None:
    mail, marie = await asked(town), await arrive()
    assert (await marie.login("mdurand")).url == "/"
    for url in ("/bureau", HOME, f"{HOME}/{mail}", f"{HOME}/{mail}/source"):
        page = await marie.get(url)
        assert page.url.startswith(LOGIN) and "c’est possible" not in page.html
    token = (await marie.get("/")).form("/deconnexion")
    for act in ACTS:
        assert (await marie.post(f"{HOME}/{mail}/{act}", token | {"verifie": "1"})).url.startswith(LOGIN)
    assert await InboundMail.exists(id=mail, state="held") and not await Decision.exists()


async def test_an_agent_opens_no_family_s_page(town: Town, nora: Browser) -> None:
    message = await town.write("Bonjour")
    for url in ("/", "/messagerie", f"/messagerie/{message.thread_id}", "/messagerie/recherche?q=bonjour"):
        page = await nora.get(url)
        assert page.url.startswith("/connexion?suite=") and "Bonjour" not in page.text
    token = (await nora.get(HOME)).form("/bureau/deconnexion")
    page = await nora.post(f"/messagerie/{message.thread_id}/supprimer", token)
    assert page.url.startswith("/connexion")
    assert len((await town.hub.conversations.read(town.account().id, message.thread_id)).messages) == 1


async def test_one_browser_is_either_a_parent_s_or_an_agent_s(town: Town, arrive: Arrive) -> None:
    browser = await arrive()
    await browser.login("mdurand")
    assert (await enter(browser, NORA)).url == START
    assert (await browser.get("/")).url.startswith("/connexion")
    assert await Session.all().count() == 1
    await browser.login("mdurand")
    assert (await browser.get(HOME)).url.startswith(LOGIN)


async def test_forms_of_other_sites_do_nothing(town: Town, nora: Browser) -> None:
    mail = await asked(town)
    form = (await nora.get(f"{HOME}/{mail}")).form(f"{HOME}/{mail}/publier") | {"verifie": "1"}
    foreign = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://pirate.test"}]
    for act in ACTS:
        for headers in foreign:
            assert (await nora.post(f"{HOME}/{mail}/{act}", form, headers=headers)).status == 403
        for forged in ({}, {"csrf": "x"}, {"csrf": "a" * 20, "verifie": "1"}):
            assert (await nora.post(f"{HOME}/{mail}/{act}", forged)).status == 403
    assert (await nora.post("/bureau/deconnexion", {})).status == 403
    assert await InboundMail.exists(id=mail, state="held") and await Session.exists()


async def test_the_form_of_one_agent_is_not_another_s(town: Town, nora: Browser, karim: Browser) -> None:
    mail = await junk(town)
    form = (await nora.get(f"{HOME}/{mail}")).form(f"{HOME}/{mail}/ecarter")
    assert (await karim.post(f"{HOME}/{mail}/ecarter", form)).status == 403
