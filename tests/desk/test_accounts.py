"""Agents find families' accounts and help their owners in; parents find nothing here."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from msgspec.structs import replace

from hub.accounts.models import Account
from hub.config import Config, Desk
from hub.dossier.models import Family, Guardian
from hub.mailbox.models import ServiceAgent
from tests.cast import KARIM, LEA, MARIE, NORA, Town
from tests.desk.conftest import LOGIN, Arrive, enter
from tests.web.browser import Browser, Page
from tests.web.test_factor import enrolled

ACCOUNTS = "/bureau/comptes"
Who = Literal["agents", "heads", "administrators"]


@pytest.fixture
def accounts(request: pytest.FixtureRequest) -> Who:
    """Who helps families in; every agent where a test does not say."""
    return getattr(request, "param", "agents")  # type: ignore[no-any-return]


@pytest.fixture
def town_settings(town_settings: Config, accounts: Who) -> Config:
    return replace(town_settings, desk=Desk(accounts=accounts))


async def found(browser: Browser, question: str) -> list[str]:
    page = await browser.get(ACCOUNTS, params={"q": question})
    assert page.status == 200
    return page.texts(".held .what")


async def page_of(town: Town, browser: Browser, email: str = MARIE) -> Page:
    return await browser.get(f"{ACCOUNTS}/{town.account(email).guardian_id}")


async def newcomer(town: Town, **guardian: str) -> Guardian:
    family = await Family.create(number="4001", name="Lœuillet", created_at=town.clock.now())
    given = {"first_name": "Éléonore", "last_name": "Lœuillet"} | guardian
    return await Guardian.create(family=family, **given)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("durand", ["Marie Durand", "Paul Durand"]),
        ("DURAND paul", ["Paul Durand"]),
        ("lea", ["Léa Martin"]),
        ("LÉA", ["Léa Martin"]),
        ("1234", ["Marie Durand", "Paul Durand"]),
        ("lmartin", ["Léa Martin"]),
        ("durand@famille", ["Marie Durand"]),
        ("loeuillet eleo", ["Éléonore Lœuillet"]),
        ("Œuil", ["Éléonore Lœuillet"]),
        ("eleonore@fichier", ["Éléonore Lœuillet"]),
        ("%", []),
        ("_____", []),
        ("'; DROP TABLE account; --", []),
        ("   ", []),
    ],
)
async def test_by_name_number_user_name_and_address(town: Town, nora: Browser, question: str, names: list[str]) -> None:
    await newcomer(town, email="Eleonore@Fichier.test")
    assert await found(nora, question) == names


async def test_what_an_account_stands_at(town: Town, nora: Browser, arrive: Arrive) -> None:
    await newcomer(town)
    await town.hub.provisional.give(town.account(LEA), "Nora Lambert")
    marie = await arrive()
    await marie.login("mdurand")
    await enrolled(town, marie)
    page = await nora.get(ACCOUNTS, params={"q": "e"})
    said = dict(zip(page.texts(".held .what"), page.texts(".held .why"), strict=True))
    assert "Activé" in said["Marie Durand"] and "Double authentification" in said["Marie Durand"]
    assert "vu 10 h" in said["Marie Durand"].replace("\xa0", " ")
    assert said["Léa Martin"] == "Mot de passe provisoire" and said["Éléonore Lœuillet"] == "Pas de compte"
    town.clock.advance(days=61)
    await enter(nora, NORA)
    assert (await nora.get(ACCOUNTS, params={"q": "martin"})).texts(".held .why") == ["Mot de passe provisoire périmé"]


async def test_a_provisional_password_is_shown_once(town: Town, nora: Browser, arrive: Arrive) -> None:
    page = await page_of(town, nora)
    give = f"{page.url}/provisoire"
    url = page.url
    page = await nora.press(page, f"{url}/lettre")
    assert page.status == 422 and "Cochez cette case" in page.text, "Marie's own password is not lost by a slip"
    form = page.form(f"{url}/lettre")
    assert (await nora.post(give, form)).status == 422
    page = await nora.post(give, form | {"sur": "1"})
    [login, password] = page.texts(".key")
    assert password not in (await page_of(town, nora)).text
    browser = await arrive()
    assert (await browser.login(login, password)).title == "Choisissez votre mot de passe"


async def test_a_letter_opens_the_account_of_who_has_none(town: Town, nora: Browser) -> None:
    guardian = await newcomer(town, address="1 rue de l’Été", postcode="91000", city="Saint-Exemple")
    url = f"{ACCOUNTS}/{guardian.id}"
    page = await nora.get(url)
    assert "Donner un mot de passe" not in page.text
    form = page.form(f"{url}/lettre")
    async with nora.http.post(f"{url}/lettre", data=form) as answer:
        pdf = await answer.read()
        assert answer.headers["Content-Type"] == "application/pdf" and answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith("attachment") and pdf.startswith(b"%PDF")
    account = await Account.get(guardian=guardian)
    assert account.login == "eleonore.loeuillet" and account.must_change
    assert "Mot de passe provisoire" in (await nora.get(url)).text


async def test_letters_for_a_whole_family(town: Town, nora: Browser) -> None:
    page = await page_of(town, nora)
    url = page.url
    form = page.form(f"{url}/lettre")
    refused = await nora.post(f"{url}/lettres", form)
    assert refused.status == 422 and "déjà choisi son mot de passe" in refused.text
    aunt = await Guardian.create(family_id=town.account().family_id, rank=3, first_name="Jeanne", last_name="Durand")
    async with nora.http.post(f"{url}/lettres", data=form) as answer:
        pdf = await answer.read()
        assert "identifiants-1234-famille.pdf" in answer.headers["Content-Disposition"]
    assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 1
    assert await Account.filter(must_change=True).values_list("guardian_id", flat=True) == [aunt.id]


async def test_another_address_and_a_lost_phone(town: Town, nora: Browser, arrive: Arrive) -> None:
    marie = await arrive()
    await marie.login("mdurand")
    await enrolled(town, marie)
    page = await page_of(town, nora)
    url = page.url
    refused = await nora.press(page, f"{url}/adresse", adresse=LEA)
    assert refused.status == 422 and "a déjà un compte" in refused.text and refused.value("adresse") == LEA
    page = await nora.press(page, f"{url}/adresse", adresse="marie@nouvelle.test")
    assert page.url == url and "marie@nouvelle.test" in page.text
    page = await nora.press(page, f"{url}/double-authentification")
    assert "Téléphone perdu" not in page.text
    assert (await (await arrive()).login("mdurand")).url == "/"
    await town.hub.settle()
    assert {mail.subject for mail in town.mails(MARIE)} >= {"Votre adresse e-mail a changé"}
    assert "Nora Lambert" in "".join(mail.text for mail in town.mails("marie@nouvelle.test"))


async def test_who_does_not_exist_is_not_found(nora: Browser) -> None:
    token = (await nora.get(ACCOUNTS)).form("/bureau/deconnexion")
    for act in ("provisoire", "lettre", "lettres", "adresse", "double-authentification"):
        assert (await nora.post(f"{ACCOUNTS}/999999/{act}", token | {"sur": "1"})).status == 404
    assert (await nora.get(f"{ACCOUNTS}/999999")).status == 404


async def test_parents_and_strangers_find_nothing_here(town: Town, arrive: Arrive) -> None:
    marie, url = await arrive(), f"{ACCOUNTS}/{town.account(LEA).guardian_id}"
    await marie.login("mdurand")
    token = (await marie.get("/")).form("/deconnexion")
    for browser in (marie, await arrive()):
        for path in (ACCOUNTS, f"{ACCOUNTS}?q=martin", url):
            page = await browser.get(path)
            assert page.url.startswith(LOGIN) and "Martin" not in page.text
        for act in ("provisoire", "lettre", "lettres", "adresse", "double-authentification"):
            page = await browser.post(f"{url}/{act}", token | {"sur": "1", "adresse": "x@y.test"})
            assert page.url.startswith(LOGIN) or page.status == 403
    lea = await Account.get(email=LEA)
    assert not lea.must_change and re.fullmatch(r"\$argon2id.*", lea.password)


@pytest.mark.parametrize(
    ("accounts", "is_head", "may"),
    [("agents", False, True), ("heads", False, False), ("heads", True, True), ("administrators", True, False)],
    indirect=["accounts"],
)
@pytest.mark.usefixtures("accounts")
async def test_who_helps_families_in_is_a_right(town: Town, arrive: Arrive, is_head: bool, may: bool) -> None:
    """Of Karim; Nora is an administrator."""
    await ServiceAgent.filter(agent_id=(await town.agent(KARIM)).id).update(is_head=is_head)
    url = f"{ACCOUNTS}/{town.account().guardian_id}"
    for email, expected in ((NORA, True), (KARIM, may)):
        browser = await arrive(email)
        page = await browser.get(url)
        assert page.status == 200 and bool(page.all(f"[formaction='{url}/provisoire']")) is expected
        sign = page.form("/bureau/deconnexion")
        for act in ("provisoire", "adresse", "lettre", "lettres", "double-authentification", "rattacher"):
            assert ((await browser.post(f"{url}/{act}", sign)).status != 404) is expected, (email, act)
