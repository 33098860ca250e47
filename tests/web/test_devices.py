"""Where one is logged in: seen, ended from elsewhere, by its owner only."""

from __future__ import annotations

import asyncio

import pytest

from hub.accounts.devices import UNKNOWN, device
from hub.accounts.models import Session
from tests.cast import Town
from tests.web.browser import Browser
from tests.web.conftest import Arrive

DEVICES = "/compte/appareils"
ANDROID = "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (ANDROID, "Firefox sur Android"),
        (CHROME, "Chrome sur Windows"),
        (f"{CHROME} Edg/130.0.0.0", "Edge sur Windows"),
        (f"{CHROME} OPR/115.0.0.0", "Opera sur Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.6 Mobile/15E148 Safari/604.1",
            "Safari sur iPhone",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "CriOS/130.0 Mobile/15E148 Safari/604.1",
            "Chrome sur iPad",
        ),
        (
            "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) "
            "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
            "Samsung Internet sur Android",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.6 Safari/605.1.15",
            "Safari sur Mac",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox sur Linux"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/130.0.0.0 Safari/537.36", "Chrome sur ChromeOS"),
        ("Python/3.11 aiohttp/3.14", UNKNOWN),
        ("", UNKNOWN),
        ("<script>" * 500 + "Android", "Navigateur sur Android"),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent: str, name: str) -> None:
    assert device(agent) == name


async def test_each_device_is_listed_this_one_first(town: Town, marie: Browser, arrive: Arrive) -> None:
    town.clock.advance(hours=1)
    phone = await arrive()
    phone.http.headers["User-Agent"] = ANDROID
    await phone.login("mdurand")
    page = await phone.get(DEVICES)
    here, there = page.texts(".devices li")
    assert "Firefox sur Android" in here and "cet appareil" in here and "Déconnecter" not in here
    assert "Appareil inconnu" in there and "jeudi 22 octobre à 10 h" in there and "Déconnecter" in there


async def test_another_device_is_logged_out_at_once(marie: Browser, arrive: Arrive) -> None:
    phone = await arrive("mdurand")
    page = await marie.get(DEVICES)
    [action] = [f.attributes["action"] for f in page.all(".devices form")]
    page = await marie.press(page, action or "")
    assert page.url == DEVICES and len(page.texts(".devices li")) == 1
    assert (await phone.get("/")).url.startswith("/connexion")
    assert (await marie.get("/")).url == "/"


async def test_all_others_are_logged_out_and_nobody_else_s(town: Town, marie: Browser, arrive: Arrive) -> None:
    others = [await arrive("mdurand"), await arrive("mdurand")]
    paul = await arrive("pdurand")
    await marie.press(await marie.get(DEVICES), f"{DEVICES}/autres")
    for other in others:
        assert (await other.get("/")).url.startswith("/connexion")
    assert (await marie.get("/")).url == "/" and (await paul.get("/")).url == "/"


async def test_the_session_of_somebody_else_does_not_exist(town: Town, marie: Browser, lea: Browser) -> None:
    theirs = await Session.get(account_id=town.account("martin@famille.test").id)
    form = (await marie.get(DEVICES)).form("/deconnexion")
    assert (await marie.post(f"{DEVICES}/{theirs.id}", form)).status == 404
    assert (await marie.post(f"{DEVICES}/999999999", form)).status == 404
    assert (await lea.get("/")).url == "/"


async def test_an_open_page_of_an_ended_session_closes(town: Town, marie: Browser, arrive: Arrive) -> None:
    phone = await arrive("mdurand")
    async with phone.http.get("/messagerie/flux") as line:
        await line.content.readuntil(b"\n\n")
        await marie.press(await marie.get(DEVICES), f"{DEVICES}/autres")
        async with asyncio.timeout(10):
            while await line.content.read(1024):
                pass
    assert (await marie.get("/")).url == "/"


async def test_who_is_behind_a_form_of_another_site_is_not_logged_out(marie: Browser, arrive: Arrive) -> None:
    phone = await arrive("mdurand")
    assert (await marie.post(f"{DEVICES}/autres", {})).status == 403
    assert (await phone.get("/")).url == "/"
