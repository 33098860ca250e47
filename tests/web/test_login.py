"""Coming in and going out, and everybody who tries to come in as somebody else."""

import msgspec
import pytest

from hub.accounts.models import Session
from hub.config import Config
from tests.cast import PASSWORD, Town
from tests.web.browser import Browser
from tests.web.conftest import Arrive

WRONG = "Nom d’utilisateur ou mot de passe incorrect"


async def test_one_comes_in_by_user_name_or_by_email_whatever_the_case(anyone: Arrive) -> None:
    for name in ("mdurand", " MDurand ", "durand@famille.test", "Durand@Famille.TEST"):
        page = await (await anyone()).login(name)
        assert page.url == "/" and "Bienvenue Marie Durand" in page.text


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(anyone: Arrive) -> None:
    browser = await anyone()
    page = await browser.get("/connexion")
    async with browser.http.post(
        "/connexion",
        data=page.form("/connexion") | {"identifiant": "mdurand", "mot_de_passe": PASSWORD},
        allow_redirects=False,
    ) as answer:
        cookie = answer.cookies["session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (True, "Lax", "/", "")


class TestHttps:
    """A town that is live."""

    @pytest.fixture
    def town_settings(self, town_settings: Config) -> Config:
        web = msgspec.structs.replace(town_settings.web, secure_cookies=True, url="https://famille.test")
        return msgspec.structs.replace(town_settings, web=web)

    async def test_cookies_are_bound_to_the_host_and_to_https(self, anyone: Arrive) -> None:
        browser = await anyone()
        async with browser.http.get("/connexion") as answer:
            cookie = answer.cookies["__Host-formulaire"]
            assert cookie["secure"] and cookie["path"] == "/" and not cookie["domain"]
            assert "max-age" in answer.headers["Strict-Transport-Security"]


async def test_se_rappeler_de_moi_outlives_the_browser_and_the_day(town: Town, anyone: Arrive) -> None:
    browser = await anyone()
    await browser.login("mdurand", memoire="1")
    assert [c["max-age"] != "" for c in browser.http.cookie_jar if c.key == "session"] == [True]
    town.clock.advance(days=20)
    assert (await browser.get("/messagerie")).url == "/messagerie"
    town.clock.advance(days=31)
    assert (await browser.get("/messagerie")).url.startswith("/connexion")


async def test_without_it_the_session_lapses_after_twelve_hours_without_a_visit(town: Town, marie: Browser) -> None:
    for _ in range(3):
        town.clock.advance(hours=11)
        assert (await marie.get("/messagerie")).url == "/messagerie"
    town.clock.advance(hours=12, minutes=1)
    page = await marie.get("/messagerie/envoyes")
    assert page.url == "/connexion?suite=/messagerie/envoyes"
    page = await marie.press(page, "/connexion", identifiant="mdurand", mot_de_passe=PASSWORD)
    assert page.url == "/messagerie/envoyes"


async def test_a_form_that_keeps_nothing_says_so_and_is_come_back_to(town: Town, marie: Browser) -> None:
    page = await marie.get("/compte/preferences")
    town.clock.advance(hours=13)
    fields, came_from = page.form("/compte/preferences"), marie.at("/compte/preferences")
    page = await marie.post("/compte/preferences", fields, headers={"Referer": came_from})
    assert "n’est pas enregistré" in page.text and "gardé" not in page.text
    page = await marie.press(page, "/connexion", identifiant="mdurand", mot_de_passe=PASSWORD)
    assert page.url == "/compte/preferences"
    town.clock.advance(hours=13)
    page = await marie.get("/messagerie")
    assert "Votre session a expiré. Connectez-vous" in page.text and "gardé" not in page.text


async def test_logging_out_ends_the_session_on_the_server(marie: Browser) -> None:
    token = {cookie.key: cookie.value for cookie in marie.http.cookie_jar}
    page = await marie.get("/")
    left = await marie.press(page, "/deconnexion")
    assert left.url == "/connexion"
    assert not await Session.exists()
    marie.http.cookie_jar.update_cookies(token)
    assert (await marie.get("/messagerie")).url.startswith("/connexion")


async def test_the_session_is_a_new_one_at_each_login(marie: Browser, town: Town) -> None:
    before = (await Session.get()).token
    town.clock.advance(hours=13)
    await marie.login("mdurand")
    assert (await Session.get()).token != before


async def test_a_link_to_the_login_page_leads_nowhere_else(anyone: Arrive) -> None:
    for onward in ("//pirate.test", "https://pirate.test", "/\\pirate.test", "javascript:alert(1)", "/\t/pirate.test"):
        browser = await anyone()
        page = await browser.get("/connexion", params={"suite": onward})
        assert page.value("suite") == "/"
        page = await browser.press(page, "/connexion", identifiant="mdurand", mot_de_passe=PASSWORD, suite=onward)
        assert page.url == "/"


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("", PASSWORD, "Indiquez votre nom d’utilisateur"),
        ("mdurand", "", "Indiquez votre mot de passe."),
        ("mdurand", "faux", WRONG),
        ("personne", PASSWORD, WRONG),
        ("personne@ailleurs.test", PASSWORD, WRONG),
        ("nora@ville.test", PASSWORD, WRONG),
        ("x" * 5000, "y" * 5000, WRONG),
        ("ß" * 119, PASSWORD, WRONG),
        ("x" * 400 + "@y.fr", PASSWORD, WRONG),
        ("mdurand\x00", "\x00 \r\n", "Indiquez votre mot de passe."),
        ("mdurand\x00\x07", "\x00\x07", WRONG),
        ("mdurand' OR '1'='1", PASSWORD, WRONG),
        ("<script>alert(1)</script>", PASSWORD, WRONG),
    ],
)
async def test_bad_names_and_passwords(anyone: Arrive, name: str, password: str, sentence: str) -> None:
    page = await (await anyone()).login(name, password)
    assert page.status == 422 and sentence in page.text
    assert "<script>alert" not in page.html
    assert page.value("mot_de_passe") == ""


async def test_nothing_tells_whether_an_account_exists(anyone: Arrive) -> None:
    browser = await anyone()
    for tries in range(6):
        known, unknown = await browser.login("mdurand", "faux"), await browser.login("personne", "faux")
        assert (known.status, known.text) == (unknown.status, unknown.text), tries


async def test_guessing_is_slowed_and_the_family_still_comes_in_from_elsewhere(
    town: Town, door: str, anyone: Arrive
) -> None:
    guesser = await anyone()
    for _ in range(5):
        assert (await guesser.login("mdurand", "faux")).status == 422
    page = await guesser.login("mdurand", PASSWORD)
    assert page.status == 429 and int(page.headers["Retry-After"]) > 0 and "Trop d’essais" in page.text
    town.clock.advance(seconds=int(page.headers["Retry-After"]))
    assert (await guesser.login("mdurand", PASSWORD)).url == "/"


async def test_the_header_of_a_stranger_does_not_give_more_guesses(anyone: Arrive) -> None:
    for i in range(5):
        await (await anyone(proxied_for=f"198.51.100.{i}")).login("mdurand", "faux")
    page = await (await anyone(proxied_for="198.51.100.99")).login("mdurand", PASSWORD)
    assert page.status == 429


class TestBehindAProxy:
    """A town whose reverse proxy stands on the same machine."""

    @pytest.fixture
    def town_settings(self, town_settings: Config) -> Config:
        web = msgspec.structs.replace(town_settings.web, trusted_proxies=("127.0.0.0/8",))
        return msgspec.structs.replace(town_settings, web=web)

    async def test_each_client_is_counted_by_itself(self, anyone: Arrive) -> None:
        for _ in range(6):
            guess = await (await anyone(proxied_for="198.51.100.1")).login("mdurand", "faux")
        assert guess.status == 429
        assert (await (await anyone(proxied_for="198.51.100.2")).login("mdurand")).url == "/"

    async def test_a_client_cannot_pretend_to_be_many(self, anyone: Arrive) -> None:
        for i in range(6):
            browser = await anyone(proxied_for=f"203.0.113.{i}, 198.51.100.1")
            guess = await browser.login("mdurand", "faux")
        assert guess.status == 429


async def test_every_page_asks_who_one_is(anyone: Arrive) -> None:
    browser = await anyone()
    for url in ("/", "/messagerie", "/messagerie/12", "/messagerie/nouveau", "/messagerie/12/pieces/1"):
        page = await browser.get(url)
        assert page.url == f"/connexion?suite={url}"
    assert (await browser.get("/messagerie/flux", headers={"Accept": "text/event-stream"})).status == 401


async def test_pages_without_login_need_none(anyone: Arrive) -> None:
    browser = await anyone()
    assert (await browser.get("/mentions-legales")).title == "Mentions légales"
    assert (await browser.get("/accessibilite")).title == "Accessibilité"
