"""Coming in by a password that the town gave, and choosing one's own before anything else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hub.accounts.models import Account, Session
from hub.dossier.models import Family, Guardian
from hub.mailbox.models import Thread
from hub.mailbox.sending import Sender
from tests.cast import KARIM, MARIE, NORA, PASSWORD, Town
from tests.web.browser import Browser, Page
from tests.web.conftest import Arrive
from tests.web.test_factor import CODE, enrolled, now
from tests.web.test_mailbox import answered

OWN, CHOSEN = "/compte/mot-de-passe-provisoire", "Sapin-bleu-2027"


async def given(town: Town, email: str = MARIE) -> str:
    return (await town.hub.provisional.give(town.account(email), "Nora Lambert")).password


async def choose(browser: Browser, page: Page, password: str = CHOSEN, again: str = "") -> Page:
    return await browser.press(page, OWN, mot_de_passe=password, confirmation=again or password)


async def test_every_page_leads_to_choosing_one_s_own(town: Town, arrive: Arrive) -> None:
    thread = (await town.write("Bonjour, un secret.")).thread_id
    password, browser = await given(town), await arrive()
    page = await browser.login("mdurand", password)
    assert page.title == "Choisissez votre mot de passe" and "Bonjour Marie Durand" in page.text
    form = page.form("/deconnexion")
    for url in ("/", f"/messagerie/{thread}", "/compte", "/compte/appareils", "/compte/adresse", CODE):
        assert (await browser.get(url)).title == "Choisissez votre mot de passe", url
    assert (await browser.post(f"/messagerie/{thread}/supprimer", form)).title == "Choisissez votre mot de passe"
    page = await choose(browser, await browser.get(f"/messagerie/{thread}"))
    assert page.url == f"/messagerie/{thread}"
    assert (await browser.get(OWN)).url == "/"
    account = await Account.get(email=MARIE)
    assert not account.must_change and account.provisional_until is None
    assert (await (await arrive()).login("mdurand", CHOSEN)).url == "/"
    assert (await (await arrive()).login("mdurand", password)).status == 422


async def test_passwords_that_cannot_be(town: Town, arrive: Arrive) -> None:
    password, browser = await given(town), await arrive()
    page = await browser.login("mdurand", password)
    for typed, again, field in (
        ("", "", "mot_de_passe"),
        ("court", "", "mot_de_passe"),
        (CHOSEN, "autre chose", "confirmation"),
        (password, "", "mot_de_passe"),
        ("x" * 1001, "", "mot_de_passe"),
    ):
        page = await choose(browser, page, typed, again)
        assert page.status == 422 and page.texts(f"#erreur-{field}"), typed[:20]
        assert page.value("mot_de_passe") == ""
    assert (await Account.get(email=MARIE)).must_change
    assert (await choose(browser, page)).url == "/"


async def test_whoever_was_in_is_out(town: Town, marie: Browser, arrive: Arrive) -> None:
    password = await given(town)
    assert (await marie.get("/")).url.startswith("/connexion")
    first, second = await arrive(), await arrive()
    page = await first.login("mdurand", password)
    await second.login("mdurand", password)
    assert (await choose(first, page)).url == "/"
    assert (await second.get("/")).url.startswith("/connexion"), "an own password ends what began with the other"
    assert await Session.all().count() == 1


async def test_its_owner_is_told(town: Town) -> None:
    password = await given(town)
    await town.hub.settle()
    [notice] = town.mails(MARIE)
    assert "Nora Lambert a remplacé votre mot de passe" in notice.text and password not in notice.text


async def test_it_lapses(town: Town, arrive: Arrive) -> None:
    password = await given(town)
    town.clock.advance(days=61)
    page = await (await arrive()).login("mdurand", password)
    assert page.status == 422 and "n’est plus valable" in page.text


async def test_the_code_comes_before_the_password(town: Town, marie: Browser, arrive: Arrive) -> None:
    secret, _ = await enrolled(town, marie)
    password, browser = await given(town), await arrive()
    page = await browser.login("mdurand", password)
    assert page.title == "Code de connexion" and (await browser.get(OWN)).title == "Code de connexion"
    page = await browser.press(page, CODE, code=now(town, secret))
    assert page.title == "Choisissez votre mot de passe"
    assert (await choose(browser, page)).url == "/"


async def by_letter(town: Town, **guardian: str) -> tuple[str, str]:
    """Identifiers of a guardian who had no account."""
    family = await Family.create(number="4001", name="Petit", created_at=town.clock.now())
    await Guardian.create(family=family, first_name="Zoé", last_name="Petit", **guardian)
    [sheet] = await town.hub.identifiers.make(await town.hub.identifiers.guardians())
    await town.hub.identifiers.store([sheet], "Nora Lambert")
    return sheet.login, sheet.made.given.password


async def test_who_has_no_address_is_asked_for_one_and_may_go_on_without(town: Town, arrive: Arrive) -> None:
    login, password = await by_letter(town)
    browser = await arrive()
    page = await choose(browser, await browser.login(login, password))
    assert page.url == "/compte/adresse?premiere=1" and "Plus tard" in page.text
    page = await browser.press(page, "/compte/adresse", adresse="zoe@famille.test")
    await town.hub.settle()
    assert len(town.mails("zoe@famille.test")) == 1
    [path] = re.findall(r"http://hub\.test(/adresse/\S+)", town.mails("zoe@famille.test")[0].text)
    stranger = await arrive()
    page = await stranger.press(await stranger.get(path), path)
    assert page.title == "Votre adresse est en service"
    account = await Account.get(login=login)
    assert account.email == "zoe@famille.test" and account.email_verified_at


@pytest.mark.parametrize("email", ["", "zoe@fichier.test"], ids=["no address", "an address of the file"])
async def test_without_a_confirmed_address_one_is_told_on_the_web_only(town: Town, arrive: Arrive, email: str) -> None:
    login, password = await by_letter(town, email=email)
    browser = await arrive()
    await choose(browser, await browser.login(login, password))
    assert "Donnez votre adresse e-mail" in (await browser.get("/")).text
    assert "Vous recevrez une copie" not in (await browser.get("/messagerie/nouveau")).text
    account = await Account.get(login=login)
    draft = await town.hub.drafts.begin(account.id)
    typed = replace(await town.typed("Bonjour, une question."), wants_copy=True)
    message = await town.hub.sending.new(Sender(account.id, account.family_id, account.name), draft, typed)
    await town.hub.settle()
    await answered(town, message, "Voici la réponse.")
    await town.hub.settle()
    assert "Voici la réponse." in (await browser.get(f"/messagerie/{message.thread_id}")).text
    sent = await browser.get(f"/messagerie/{message.thread_id}/envoye?message={message.id}")
    assert "Elle s’affiche ici, dans Reçus" in sent.text and "vous recevez un e-mail" not in sent.text
    assert {mail.rcpt_to for mail in town.sink.mails} == {NORA, KARIM}


async def test_a_mail_from_an_address_that_nobody_confirmed_is_nobody_s(town: Town) -> None:
    await by_letter(town, email="zoe@fichier.test")
    assert await Account.exists(email="zoe@fichier.test", email_verified_at=None)
    await town.arrive(town.fresh("zoe@fichier.test", "periscolaire@hub.test", "Bonjour", "C’est Zoé."))
    assert not await Thread.exists()


async def test_an_address_of_the_file_is_proven_by_the_link_to_another_password(town: Town, arrive: Arrive) -> None:
    """Who lost the letter asks for a link, which goes to the address of the file and confirms it."""
    login, _ = await by_letter(town, email="zoe@fichier.test")
    await town.hub.renewals.ask(login, "192.0.2.1")
    await town.hub.settle()
    [mail] = town.mails("zoe@fichier.test")
    [path] = re.findall(r"http://hub\.test(/nouveau-mot-de-passe/\S+)", mail.text)
    browser = await arrive()
    await browser.press(await browser.get(path), path, mot_de_passe=CHOSEN, mot_de_passe2=CHOSEN)
    account = await Account.get(login=login)
    assert not account.must_change and account.provisional_until is None and account.email_verified_at
    assert (await browser.login(login, CHOSEN)).url == "/"


async def test_a_forgotten_password_without_an_address_sends_nothing(town: Town) -> None:
    login, _ = await by_letter(town)
    await town.hub.renewals.ask(login, "192.0.2.1")
    await town.hub.settle()
    assert not town.sink.mails


async def test_a_password_changed_or_renewed_ends_the_other_sessions(
    town: Town, marie: Browser, arrive: Arrive
) -> None:
    other = await arrive("mdurand")
    page = await marie.get("/compte/mot-de-passe")
    page = await marie.press(page, "/compte/mot-de-passe", actuel=PASSWORD, mot_de_passe=CHOSEN, mot_de_passe2=CHOSEN)
    assert "déconnectés" in page.text and (await marie.get("/")).url == "/"
    assert (await other.get("/")).url.startswith("/connexion")
