"""Another e-mail address: both agree, nobody learns whose an address is, links work once."""

from __future__ import annotations

import asyncio
import contextvars
import re

import pytest

from hub.accounts.models import Account, AccountLink, AddressChange
from hub.core.errors import Invalid
from hub.mail import failures
from hub.mail.gravity import Gravity
from hub.mail.models import AddressFailure
from tests.cast import LEA, MARIE, PASSWORD, Town
from tests.web.browser import Browser, Page
from tests.web.conftest import Arrive

ADDRESS, NEW = "/compte/adresse", "marie@nouvelle.test"


async def asked(town: Town, browser: Browser, address: str = NEW) -> Page:
    page = await browser.press(await browser.get(ADDRESS), ADDRESS, adresse=address)
    await town.hub.settle()
    return page


def link(town: Town, address: str) -> str:
    """The path in the last mail to an address."""
    [found] = re.findall(r"http://hub\.test(/adresse/\S+)", town.mails(address)[-1].text)
    return found


async def confirmed(town: Town, browser: Browser, address: str) -> Page:
    path = link(town, address)
    page = await browser.press(await browser.get(path), path)
    await town.hub.settle()
    return page


@pytest.mark.parametrize("order", [(MARIE, NEW), (NEW, MARIE)], ids=["old first", "new first"])
async def test_it_changes_once_both_addresses_agree(
    town: Town, marie: Browser, anyone: Arrive, order: tuple[str, str]
) -> None:
    page = await asked(town, marie, " Marie@Nouvelle.TEST ")
    assert page.url == ADDRESS and NEW in page.text and "Changement en cours" in page.text
    stranger = await anyone()
    page = await confirmed(town, stranger, order[0])
    assert "confirmer depuis l’autre adresse" in page.text
    assert (await Account.get(id=town.account().id)).email == MARIE
    page = await confirmed(town, stranger, order[1])
    assert page.title == "Votre adresse est en service"
    assert (await Account.get(id=town.account().id)).email == NEW
    assert town.mails(MARIE)[-1].subject == "Votre adresse e-mail a changé" and NEW not in town.mails(MARIE)[-1].text
    assert (await (await anyone()).login(NEW)).url == "/"
    assert (await (await anyone()).login(MARIE)).status == 422


async def test_both_agree_in_the_same_moment(town: Town, marie: Browser) -> None:
    await asked(town, marie)
    tokens = [link(town, address).rpartition("/")[2] for address in (MARIE, NEW)]
    agreeing = [asyncio.create_task(town.hub.changes.confirm(token), context=contextvars.Context()) for token in tokens]
    assert sorted(await asyncio.gather(*agreeing)) == [False, True]
    assert (await Account.get(id=town.account().id)).email == NEW


async def test_looking_at_a_link_changes_nothing(town: Town, marie: Browser, anyone: Arrive) -> None:
    await asked(town, marie)
    scanner = await anyone()
    for address in (MARIE, NEW) * 3:
        assert (await scanner.get(link(town, address))).status == 200
    assert (await Account.get(id=town.account().id)).email == MARIE
    assert not await AccountLink.filter(used_at__isnull=False).exists()


async def test_links_work_once_and_for_a_day(town: Town, marie: Browser, anyone: Arrive) -> None:
    await asked(town, marie)
    browser = await anyone()
    path = link(town, NEW)
    page = await browser.get(path)
    await browser.press(page, path)
    assert (await browser.press(page, path)).status == 404
    assert (await browser.get(path)).status == 404
    assert (await browser.get(f"{path}x")).status == 404 and (await browser.get(path.upper())).status == 404
    town.clock.advance(hours=25)
    old = link(town, MARIE)
    assert (await browser.get(old)).status == 404
    await town.hub.changes.forget()
    assert not await AddressChange.exists() and "Changement en cours" not in (await marie.login("mdurand")).text


async def test_a_second_wish_replaces_the_first(town: Town, marie: Browser, anyone: Arrive) -> None:
    await asked(town, marie)
    first = [link(town, MARIE), link(town, NEW)]
    await asked(town, marie, "autre@nouvelle.test")
    browser = await anyone()
    for path in first:
        assert (await browser.get(path)).status == 404
    await confirmed(town, browser, MARIE)
    await confirmed(town, browser, "autre@nouvelle.test")
    assert (await Account.get(id=town.account().id)).email == "autre@nouvelle.test"


async def test_a_wish_is_taken_back(town: Town, marie: Browser, anyone: Arrive) -> None:
    await asked(town, marie)
    page = await marie.press(await marie.get(ADDRESS), f"{ADDRESS}/annuler")
    assert "Changement en cours" not in page.text
    assert (await (await anyone()).get(link(town, NEW))).status == 404


async def test_nobody_learns_whether_an_address_has_an_account(town: Town, marie: Browser, anyone: Arrive) -> None:
    taken, free = await asked(town, marie, LEA), await asked(town, marie, NEW)
    assert taken.text.replace(LEA, "…") == free.text.replace(NEW, "…")
    assert [mail.subject for mail in town.mails(MARIE)] == ["Confirmez votre changement d’adresse e-mail"] * 2
    assert [mail.subject for mail in town.mails(LEA)] == ["Cette adresse e-mail a déjà un compte"]
    assert "/adresse/" not in town.mails(LEA)[0].text and "Marie" not in town.mails(LEA)[0].text
    assert MARIE not in town.mails(LEA)[0].text


async def test_an_address_taken_meanwhile_stays_whose_it_is(town: Town, marie: Browser, anyone: Arrive) -> None:
    await asked(town, marie)
    browser = await anyone()
    await confirmed(town, browser, MARIE)
    await Account.filter(email=LEA).update(email=NEW)
    path = link(town, NEW)
    page = await browser.press(await browser.get(path), path)
    assert page.status == 409 and "un autre compte" in page.text.replace("d’un", "un").replace("celle ", "")
    assert (await Account.get(id=town.account().id)).email == MARIE


@pytest.mark.parametrize(
    "typed", ["", "marie", "marie@", "a b@c.test", "x@y", "<a@b.test>", f"{'x' * 500}@b.test", MARIE]
)
async def test_addresses_that_are_none(town: Town, marie: Browser, typed: str) -> None:
    page = await asked(town, marie, typed)
    assert page.status == 422 and page.texts("#erreur-adresse")
    assert not await AddressChange.exists() and not town.mails(MARIE)


async def test_the_form_is_no_way_to_pester_people(town: Town, marie: Browser) -> None:
    for count in range(5):
        assert (await asked(town, marie, f"voisin{count}@famille.test")).status == 200
    page = await asked(town, marie, "voisin9@famille.test")
    assert page.status == 429 and "Réessayez dans une heure" in page.text
    assert not town.mails("voisin9@famille.test")


async def test_an_old_address_that_is_dead_leads_to_the_service(town: Town, marie: Browser) -> None:
    for _ in range(2):
        await failures.mark(town.hub.core, MARIE, Gravity.hard, "bounce", "5.1.1", "unknown")
    page = await marie.get(ADDRESS)
    assert "Les e-mails en reviennent" in page.text and page.all("a[href='/messagerie/nouveau']")
    await town.hub.changes.set(town.account(), NEW, "Nora Lambert")
    assert (await Account.get(id=town.account().id)).email == NEW


async def test_a_confirmed_address_works_again(town: Town, marie: Browser, anyone: Arrive) -> None:
    await asked(town, marie)
    await failures.mark(town.hub.core, NEW, Gravity.hard, "bounce", "5.1.1", "unknown")
    await confirmed(town, await anyone(), NEW)
    assert not await AddressFailure.exists()


async def test_the_town_tells_the_former_address(town: Town) -> None:
    for wrong in ("x", LEA):
        with pytest.raises(Invalid):
            await town.hub.changes.set(town.account(), wrong, "Nora Lambert")
    await town.hub.changes.set(town.account(), f" {NEW.upper()} ", "Nora Lambert")
    await town.hub.settle()
    [notice] = town.mails(MARIE)
    assert notice.subject == "Votre adresse e-mail a changé" and "Nora Lambert" in notice.text
    assert (await town.hub.login.guardian(NEW, PASSWORD, "192.0.2.1")).id == town.account().id


async def test_links_to_a_former_address_open_nothing(town: Town, marie: Browser) -> None:
    now = town.clock.now()
    reset = await AccountLink.create(
        token="x" * 64, purpose="reset", account_id=town.account().id, email=MARIE, created_at=now, expires_at=now
    )
    await town.hub.changes.set(town.account(), NEW, "Nora Lambert")
    await reset.refresh_from_db()
    assert reset.used_at is not None


async def test_somebody_else_s_form_does_nothing(town: Town, marie: Browser, lea: Browser) -> None:
    form = (await lea.get(ADDRESS)).form(ADDRESS) | {"adresse": NEW}
    assert (await marie.post(ADDRESS, form)).status == 403
    assert not await AddressChange.exists()


class TestByTheService:
    """Where the address is changed by the service only (BL)."""

    @pytest.fixture
    def town_settings(self, town_settings):  # type: ignore[no-untyped-def]
        from msgspec.structs import replace

        return replace(town_settings, entrance=replace(town_settings.entrance, change_email="service"))

    async def test_the_page_says_to_ask_the_service(self, town: Town, marie: Browser) -> None:
        page = await marie.get(ADDRESS)
        assert "c’est le service qui la change" in page.text and page.all("a[href='/messagerie/nouveau']")
        assert not page.all("form[action='/compte/adresse']")
        form = page.form("/deconnexion") | {"adresse": NEW}
        page = await marie.post(ADDRESS, form)
        assert page.status == 403 and "auprès du service" in page.text and not await AddressChange.exists()
