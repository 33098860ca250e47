"""Agents and their second factor: prepared at the first login, asked for at each; nothing of the desk before it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp.hdrs import METH_GET

from hub.accounts.models import Agent, Session
from hub.app import Hub
from hub.config import Config
from tests.cast import NORA, PASSWORD, Town, settings
from tests.desk.conftest import HOME, LOGIN, START, Arrive, enter, junk
from tests.servers.sink import Sink
from tests.web.browser import Browser, Page
from tests.web.test_factor import now, secret_on

CODE, FACTOR, OWN = "/bureau/code", "/bureau/compte/double-authentification", "/bureau/mot-de-passe-provisoire"
FREE = {
    "/bureau/connexion",
    "/bureau/deconnexion",
    "/bureau/mot-de-passe-oublie",
    CODE,
    OWN,
}  # for who is not in, or half in


@pytest.fixture
def town_settings(database_url: str, tmp_path: Path, sink: Sink) -> Config:
    """As shipped: agents need one."""
    return settings(database_url, tmp_path, sink.port, agents_totp=True)


async def prepared(town: Town, browser: Browser, url: str = LOGIN) -> tuple[str, Page]:
    """Nora has put the secret into her app; the page with her recovery codes."""
    page = await enter(browser, NORA, url=url)
    assert page.title == "Activer la double authentification"
    secret = secret_on(page)
    page = await browser.press(page, CODE, code=now(town, secret))
    assert page.title == "Vos codes de secours"
    return secret, page


async def test_the_first_login_prepares_it_and_the_next_one_asks(town: Town, arrive: Arrive) -> None:
    mail, browser = await junk(town), await arrive()
    _, page = await prepared(town, browser, f"{HOME}/{mail}")
    assert [a.attributes["href"] for a in page.all(".actions a")] == [f"{HOME}/{mail}"]
    assert (await browser.get(f"{HOME}/{mail}")).url == f"{HOME}/{mail}"
    other = await arrive()
    page = await enter(other, NORA)
    assert page.title == "Code de connexion" and page.url == f"{CODE}?suite={START}"
    secret = town.hub.core.sealer.open("totp", (await Agent.get(email=NORA)).totp)
    assert (await other.press(page, CODE, code="000000")).status == 422
    town.clock.advance(seconds=30)
    assert (await other.press(page, CODE, code=now(town, secret))).url == START


NUMBERED = (
    *("mail", "guardian", "child", "session", "document", "request", "thread", "file", "mailing"),
    *("service", "theme", "answer", "agent", "news"),
)


def desk_routes(hub: Hub) -> list[tuple[str, str]]:
    """(method, path with numbers filled in) of all there is behind the agents' door."""
    from hub.desk.routes import routes

    found = []
    for route in routes():
        path = re.sub(r"\{\w+:\[0-9\]\{1,18\}\}", "1", route.path)
        if "{token" in path:  # a link from a mail, for who is not in
            continue
        assert "{" not in path
        found.append((route.method, path))
    return [(method, path) for method, path in found if path not in FREE]


@pytest.mark.long
async def test_half_way_in_no_route_of_the_desk_opens(town: Town, arrive: Arrive) -> None:
    """All of them, so that a new one cannot escape."""
    await junk(town)
    browser = await arrive()
    form = {"csrf": (await enter(browser, NORA)).value("csrf")}
    assert len(desk_routes(town.hub)) > 20
    for method, path in desk_routes(town.hub):
        page = await (browser.get(path) if method == METH_GET else browser.post(path, form | {"verifie": "1"}))
        assert page.title == "Activer la double authentification", (method, path)
    assert await Session.filter(waits_for="totp").count() == 1


async def test_leaving_half_way_is_possible(arrive: Arrive) -> None:
    browser = await arrive()
    page = await enter(browser, NORA)
    assert (await browser.press(page, "/bureau/deconnexion")).url == LOGIN
    assert not await Session.exists()
    assert (await browser.get(CODE)).url == LOGIN


async def test_an_agent_cannot_do_without(town: Town, arrive: Arrive) -> None:
    browser = await arrive()
    secret, _ = await prepared(town, browser)
    page = await browser.get(FACTOR)
    assert "La mairie la demande à tous ses agents" in page.text
    town.clock.advance(seconds=30)
    form = page.form(f"{FACTOR}/codes") | {"mot_de_passe": PASSWORD, "code_fin": now(town, secret)}
    assert (await browser.post(f"{FACTOR}/desactiver", form)).status == 403
    assert (await Agent.get(email=NORA)).totp


async def test_an_administrator_takes_it_away_and_it_is_prepared_anew(town: Town, arrive: Arrive) -> None:
    await prepared(town, await arrive())
    assert await town.hub.factor.reset(await town.hub.finding.named(NORA), "la mairie")
    assert (await enter(await arrive(), NORA)).title == "Activer la double authentification"
    await town.hub.settle()
    assert any("administre le portail" in mail.text for mail in town.mails(NORA))


async def test_a_provisional_password_comes_after_the_code(town: Town, arrive: Arrive) -> None:
    password = (await town.hub.provisional.give(await town.agent(), "la mairie")).password
    browser = await arrive()
    page = await enter(browser, NORA, password)
    page = await browser.press(page, CODE, code=now(town, secret_on(page)))
    [onward] = [a.attributes["href"] or "" for a in page.all(".actions a")]
    page = await browser.get(onward)
    assert page.title == "Choisissez votre mot de passe" and (await browser.get(HOME)).title == page.title
    page = await browser.press(page, OWN, mot_de_passe="Sapin-bleu-2027", confirmation="Sapin-bleu-2027")
    assert page.url == START


async def test_a_lapsed_provisional_password_says_so(town: Town, arrive: Arrive) -> None:
    password = (await town.hub.provisional.give(await town.agent(), "la mairie")).password
    town.clock.advance(days=61)
    page = await enter(await arrive(), NORA, password)
    assert page.status == 422 and "n’est plus valable" in page.text


async def test_an_agent_sees_their_devices_and_ends_them(town: Town, arrive: Arrive) -> None:
    browser = await arrive()
    await prepared(town, browser)
    half = await arrive()
    await enter(half, NORA)
    page = await browser.get("/bureau/compte/appareils")
    assert page.texts(".devices .warn") == ["attend le code"], "somebody has the password and not the phone"
    await browser.press(page, "/bureau/compte/appareils/autres")
    assert (await half.get(CODE)).url == LOGIN and (await browser.get("/bureau/compte")).status == 200


async def test_a_process_that_starts_takes_no_factor_away(town: Town, arrive: Arrive) -> None:
    await prepared(town, await arrive())
    await town.hub.directory.settle(town.hub.core.config)
    assert (await Agent.get(email=NORA)).totp


async def test_a_parent_half_way_in_is_not_at_the_desk_either(town: Town, arrive: Arrive) -> None:
    browser = await arrive()
    await browser.login("mdurand")
    for path in (CODE, OWN, HOME):
        assert (await browser.get(path)).url.startswith(LOGIN)
