"""A parent's second factor: set up, asked for, lost, turned off; nothing is reachable half-way."""

from __future__ import annotations

import asyncio
import contextvars
import re
from datetime import timedelta

import pyotp
import pytest

from hub.accounts import codes
from hub.accounts.models import Account, LoginFailure, RecoveryCode, Session
from hub.accounts.sessions import Visitor
from hub.core.errors import Invalid, TooOften
from tests.cast import MARIE, PASSWORD, Town
from tests.web.browser import Browser, Page
from tests.web.conftest import Arrive

FACTOR, CODE = "/compte/double-authentification", "/connexion/code"


def secret_on(page: Page) -> str:
    [key] = page.texts(".key")
    return key.replace(" ", "")


def now(town: Town, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(town.clock.now() + timedelta(seconds=codes.STEP * steps))


async def enrolled(town: Town, browser: Browser) -> tuple[str, list[str]]:
    """The secret in the app, and the recovery codes."""
    page = await browser.get(FACTOR)
    secret = secret_on(page)
    page = await browser.press(page, FACTOR, code=now(town, secret), mot_de_passe=PASSWORD)
    assert page.status == 200 and page.title == "Vos codes de secours", page.text
    town.clock.advance(seconds=codes.STEP)
    return secret, page.texts(".codes li")


async def half_in(arrive: Arrive, url: str = "/connexion") -> tuple[Browser, Page]:
    """The password is given, the code is not."""
    browser = await arrive()
    page = await browser.get(url)
    page = await browser.press(page, "/connexion", identifiant="mdurand", mot_de_passe=PASSWORD)
    assert page.title == "Code de connexion"
    return browser, page


async def test_a_parent_sets_it_up_and_comes_in_with_it(town: Town, marie: Browser, arrive: Arrive) -> None:
    secret, recovery = await enrolled(town, marie)
    assert len(set(recovery)) == 10
    account = await Account.get(email=MARIE)
    assert account.totp and secret not in account.totp
    browser, page = await half_in(arrive, "/messagerie/envoyes")
    page = await browser.press(page, CODE, code=now(town, secret))
    assert page.url == "/messagerie/envoyes"
    await town.hub.settle()
    [notice] = town.mails(MARIE)
    assert notice.subject == "Double authentification activée" and secret not in notice.text


async def test_the_drawing_says_what_the_key_says(marie: Browser) -> None:
    page = await marie.get(FACTOR)
    [drawing] = page.all("svg.qr")
    assert "style" not in drawing.html
    [link] = [a.attributes["href"] for a in page.all("a") if (a.attributes["href"] or "").startswith("otpauth:")]
    totp = pyotp.parse_uri(link or "")
    assert (totp.secret, totp.issuer, totp.name) == (secret_on(page), "Saint-Exemple", "mdurand")


async def test_a_secret_is_kept_while_the_form_is_wrong(town: Town, marie: Browser) -> None:
    page = await marie.get(FACTOR)
    secret = secret_on(page)
    page = await marie.press(page, FACTOR, code="000000", mot_de_passe=PASSWORD)
    assert page.status == 422 and "n’est pas le bon" in page.text and secret_on(page) == secret
    page = await marie.press(page, FACTOR, code=now(town, secret), mot_de_passe="faux")
    assert page.status == 422 and "Ce n’est pas votre mot de passe" in page.text
    assert not (await Account.get(email=MARIE)).totp
    page = await marie.press(page, FACTOR, code=now(town, secret), mot_de_passe=PASSWORD)
    assert page.title == "Vos codes de secours"


async def test_nobody_can_be_given_a_secret_that_somebody_else_knows(town: Town, marie: Browser, lea: Browser) -> None:
    theirs = (await lea.get(FACTOR)).value("secret")
    page = await marie.get(FACTOR)
    for forged in (theirs, "abc", "x" * 500):
        answer = await marie.press(page, FACTOR, secret=forged, code="123456", mot_de_passe=PASSWORD)
        assert answer.status == 422
    assert not (await Account.get(email=MARIE)).totp


async def test_half_way_in_nothing_can_be_seen_or_done(town: Town, marie: Browser, arrive: Arrive) -> None:
    thread = (await town.write("Bonjour, un secret.")).thread_id
    await enrolled(town, marie)
    form = (await marie.get("/")).form("/deconnexion")
    browser, page = await half_in(arrive)
    form |= {"csrf": page.value("csrf")}
    for url in ("/", "/messagerie", f"/messagerie/{thread}", "/compte", "/compte/appareils", FACTOR, "/compte/adresse"):
        page = await browser.get(url)
        assert page.title == "Code de connexion" and "secret." not in page.text, url
    for url in (
        f"/messagerie/{thread}/supprimer",
        f"/messagerie/{thread}/repondre",
        "/messagerie/nouveau",
        "/compte/appareils/autres",
        f"{FACTOR}/desactiver",
        "/compte/adresse",
        "/compte/mot-de-passe-provisoire",
    ):
        assert (await browser.post(url, form)).title == "Code de connexion", url
    assert (await browser.get("/messagerie/flux", headers={"Accept": "text/event-stream"})).status == 401
    assert await Session.all().count() == 2 and (await Account.get(email=MARIE)).totp
    assert "Marie" not in (await browser.get("/mentions-legales")).html


async def test_half_way_in_lasts_half_an_hour(town: Town, marie: Browser, arrive: Arrive) -> None:
    secret, _ = await enrolled(town, marie)
    browser = await arrive()
    page = await browser.login("mdurand", memoire="1")
    town.clock.advance(minutes=20)
    page = await browser.get("/")
    assert page.title == "Code de connexion", "looking does not prolong it"
    town.clock.advance(minutes=11)
    assert (await browser.press(page, CODE, code=now(town, secret))).url.startswith("/connexion")
    page = await browser.login("mdurand", memoire="1")
    assert (await browser.press(page, CODE, code=now(town, secret))).url == "/"
    town.clock.advance(days=29)
    assert (await browser.get("/")).url == "/", "remembered from then on"


async def test_two_who_use_one_code_at_once_do_not_both_come_in(town: Town, marie: Browser) -> None:
    secret, recovery = await enrolled(town, marie)
    somebody = Visitor(session=0, name="", email="", account=town.account().id)

    async def comes_in(code: str) -> bool:
        try:
            await town.hub.factor.check(somebody, code, "192.0.2.1")
        except (Invalid, TooOften):  # four tries at once are counted before one of them is judged
            return False
        return True

    for code in (now(town, secret), recovery[0]):
        tries = [asyncio.create_task(comes_in(code), context=contextvars.Context()) for _ in range(4)]
        assert (await asyncio.gather(*tries)).count(True) == 1


async def test_a_code_opens_once(town: Town, marie: Browser, arrive: Arrive) -> None:
    secret, _ = await enrolled(town, marie)
    code = now(town, secret)
    browser, page = await half_in(arrive)
    assert (await browser.press(page, CODE, code=code)).url == "/"
    thief, page = await half_in(arrive)
    page = await thief.press(page, CODE, code=code)
    assert page.status == 422 and "il a déjà servi" in page.text


async def test_the_code_that_set_it_up_does_not_open(town: Town, marie: Browser, arrive: Arrive) -> None:
    page = await marie.get(FACTOR)
    code = now(town, secret_on(page))
    await marie.press(page, FACTOR, code=code, mot_de_passe=PASSWORD)
    browser, page = await half_in(arrive)
    assert (await browser.press(page, CODE, code=code)).status == 422


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 200), (0, 200), (1, 200), (2, 422)])
async def test_clocks_may_differ_by_half_a_minute(
    town: Town, marie: Browser, arrive: Arrive, steps: int, status: int
) -> None:
    secret, _ = await enrolled(town, marie)
    town.clock.advance(seconds=codes.STEP * 3)
    browser, page = await half_in(arrive)
    typed = now(town, secret, steps)
    assert (await browser.press(page, CODE, code=f" {typed[:3]} {typed[3:]} ")).status == status


async def test_a_recovery_code_opens_once_however_it_is_typed(town: Town, marie: Browser, arrive: Arrive) -> None:
    _, recovery = await enrolled(town, marie)
    assert not await RecoveryCode.exists(code__in=[*recovery, *(codes.plain(code) for code in recovery)])
    browser, page = await half_in(arrive)
    assert (await browser.press(page, CODE, code=f" {recovery[0].upper().replace('-', ' ')} ")).url == "/"
    assert "Il vous en reste 9" in (await browser.get(FACTOR)).text
    browser, page = await half_in(arrive)
    assert (await browser.press(page, CODE, code=recovery[0])).status == 422
    assert (await browser.press(page, CODE, code=recovery[1])).url == "/"


@pytest.mark.long
async def test_guessing_codes_is_slowed_from_everywhere(town: Town, marie: Browser, arrive: Arrive) -> None:
    secret, _ = await enrolled(town, marie)
    for _ in range(5):
        browser, page = await half_in(arrive)
        assert (await browser.press(page, CODE, code="000000")).status == 422
    browser, page = await half_in(arrive)
    page = await browser.press(page, CODE, code=now(town, secret))
    assert page.status == 429 and int(page.headers["Retry-After"]) > 0 and "Trop d’essais" in page.text
    for _ in range(20):
        town.clock.advance(seconds=1000)
        await town.hub.login.forget()
        browser, page = await half_in(arrive)
        assert (await browser.press(page, CODE, code="000000")).status == 422
        assert (await browser.press(page, CODE, code=now(town, secret))).status == 429
    town.clock.advance(seconds=1000)
    assert (await browser.press(page, CODE, code=now(town, secret))).url == "/"
    assert await LoginFailure.all().count() < 60


async def test_new_recovery_codes_replace_the_old(town: Town, marie: Browser, arrive: Arrive) -> None:
    secret, old = await enrolled(town, marie)
    page = await marie.press(await marie.get(FACTOR), f"{FACTOR}/codes", code="000000")
    assert page.status == 422 and await RecoveryCode.filter(used_at=None).count() == 10
    page = await marie.press(page, f"{FACTOR}/codes", code=now(town, secret))
    fresh = page.texts(".codes li")
    assert len(fresh) == 10 and not {*fresh} & {*old}
    browser, page = await half_in(arrive)
    assert (await browser.press(page, CODE, code=old[0])).status == 422
    assert (await browser.press(page, CODE, code=fresh[0])).url == "/"


async def test_turning_it_off_takes_password_and_code(town: Town, marie: Browser, arrive: Arrive) -> None:
    secret, _ = await enrolled(town, marie)
    off = f"{FACTOR}/desactiver"
    page = await marie.get(FACTOR)
    page = await marie.press(page, off, mot_de_passe="faux", code_fin=now(town, secret))
    assert page.status == 422 and "Ce n’est pas votre mot de passe" in page.text
    page = await marie.press(page, off, mot_de_passe=PASSWORD, code_fin="000000")
    assert page.status == 422 and page.texts("#erreur-code_fin")
    assert (await marie.press(page, off, mot_de_passe=PASSWORD, code_fin=now(town, secret))).url == "/compte"
    assert (await (await arrive()).login("mdurand")).url == "/"
    assert not await RecoveryCode.exists()
    await town.hub.settle()
    assert "Double authentification désactivée" in [mail.subject for mail in town.mails(MARIE)]


async def test_an_administrator_takes_it_away(town: Town, marie: Browser, arrive: Arrive) -> None:
    await enrolled(town, marie)
    assert await town.hub.factor.reset(await town.hub.finding.named("mdurand"), "la mairie")
    assert (await (await arrive()).login("mdurand")).url == "/"
    await town.hub.settle()
    assert any("la mairie a désactivé" in mail.text for mail in town.mails(MARIE))


async def test_a_factor_that_cannot_be_read_lets_nobody_in(town: Town, marie: Browser, arrive: Arrive) -> None:
    """The hub's secret was lost: nothing breaks, and the town can still take the factor away."""
    secret, _ = await enrolled(town, marie)
    await Account.filter(email=MARIE).update(totp="gAAAAAB")
    browser, page = await half_in(arrive)
    assert (await browser.press(page, CODE, code=now(town, secret))).status == 422
    assert await town.hub.factor.reset(await town.hub.finding.named("mdurand"), "la mairie")
    assert (await (await arrive()).login("mdurand")).url == "/"


async def test_a_form_that_stayed_open_for_hours_starts_anew(town: Town, marie: Browser) -> None:
    page = await marie.get(FACTOR)
    stale = town.hub.core.sealer.open("new totp {'account_id': 1}", page.value("secret"))
    assert stale == secret_on(page)
    page = await marie.press(page, FACTOR, secret="gAAAAAB", code="123456", mot_de_passe=PASSWORD)
    assert page.status == 422 and "restée ouverte trop longtemps" in page.text and secret_on(page) != stale


def test_codes_are_typed_without_doubt() -> None:
    for code in codes.new_recovery_codes():
        assert re.fullmatch(r"[a-hjkmnp-z2-9]{5}-[a-hjkmnp-z2-9]{5}", code)
        assert not codes.is_totp(codes.plain(code)) or codes.plain(code).isdigit()
    assert codes.plain(" 123 456 ") == "123456" and codes.is_totp("123456")
    assert not codes.is_totp("１２３４５６") and not codes.is_totp("12345")
