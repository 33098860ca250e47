"""A form that comes when its session has lapsed: its words are found in it again, by whoever wrote them only."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.accounts.models import TypedForm
from hub.accounts.typed import KEPT, MOST
from hub.config import Dossier
from hub.dossier.models import BankAccount, Child, Collector, Family, Guardian, HealthNote
from tests.cast import PASSWORD, Town
from tests.web.browser import Browser, Page
from tests.web.conftest import Arrive

ALL = Dossier(direct=("phones", "bills", "bank", "collectors"))
CHILD = "/enfants/{child}"
FORMS: tuple[tuple[str, str, dict[str, str]], ...] = (
    # the page, where its form is posted to, what is typed
    ("/dossier", "/dossier/coordonnees", {"mobile": "06 55 44 33 22", "factures": "1"}),
    ("/dossier", "/dossier/banque", {"titulaire": "DURAND Marie", "iban": "FR76 3000 6000"}),
    (CHILD, CHILD + "/autorises", {"nom": "Mamie Jo", "lien": "grand-mère", "telephone": "06 01"}),
    (CHILD, CHILD + "/sante", {"allergies": "Arachides,\r\nun stylo dans le sac", "pai": "x" * 1_900}),
    ("/demandes/nouvelle/responsable", "/demandes/nouvelle/responsable", {"nom": "Durand", "commentaire": "Merci !"}),
    ("/demandes/nouvelle/sante?enfant={child}", "/demandes/nouvelle/sante?enfant={child}", {"medecin": "Dr Petit"}),
)


@pytest.fixture
def rules() -> Dossier:
    return ALL


@pytest.fixture
async def zoe(town: Town) -> Child:
    family = await Family.get(id=town.account().family_id)
    return await Child.create(family=family, first_name="Zoé", last_name="Durand", born_on=date(2019, 10, 22))


def everywhere(direct: bool) -> Any:
    """Each form, with the rules that offer it."""
    health = Dossier(direct=("phones", "bills", "bank", "collectors", "health"))
    chosen = [form for form in FORMS if form[1].endswith("}/sante") is direct]
    return pytest.mark.parametrize(
        ("rules", "page", "action", "typed"), [(health if direct else ALL, *f) for f in chosen]
    )


async def sent_late(town: Town, browser: Browser, page: str, action: str, typed: dict[str, str]) -> Page:
    """The login page that a form leads to which stood open for too long."""
    shown = await browser.get(page)
    town.clock.advance(hours=13)
    return await browser.press(shown, action, **typed)


async def back(login: Page, browser: Browser, name: str = "mdurand") -> Page:
    return await browser.press(login, "/connexion", identifiant=name, mot_de_passe=PASSWORD)


async def nothing_is_stored() -> bool:
    rows = [await model.exists() for model in (Collector, HealthNote, BankAccount)]
    return not any(rows) and not await Guardian.filter(mobile="06 55 44 33 22").exists()


async def comes_back(town: Town, marie: Browser, zoe: Child, page: str, action: str, typed: dict[str, str]) -> None:
    page, action = page.format(child=zoe.id), action.format(child=zoe.id)
    login = await sent_late(town, marie, page, action, typed)
    assert login.url.startswith("/connexion") and "Ce que vous écriviez est gardé" in login.text
    sealed = (await TypedForm.get()).sealed
    assert await nothing_is_stored() and not any(words in sealed for words in typed.values() if len(words) > 4)
    found = await back(login, marie)
    assert found.url == page and "est revenu ci-dessous" in found.text
    fields = found.form(action)
    assert {name: fields[name].replace("\r\n", "\n") for name in typed} == {
        name: words.replace("\r\n", "\n") for name, words in typed.items()
    }
    assert (await marie.get(page)).form(action)[next(iter(typed))], "a page that is only looked at forgets nothing"
    again = await marie.press(found, action)  # what is half filled in is refused, and what is whole goes
    if again.status == 200:
        assert not await TypedForm.exists() and "est revenu ci-dessous" not in (await marie.get(page)).text


@everywhere(direct=False)
async def test_what_was_typed_is_there_again(
    town: Town, marie: Browser, zoe: Child, page: str, action: str, typed: dict[str, str]
) -> None:
    await comes_back(town, marie, zoe, page, action, typed)


@everywhere(direct=True)
async def test_so_are_health_notes(
    town: Town, marie: Browser, zoe: Child, page: str, action: str, typed: dict[str, str]
) -> None:
    await comes_back(town, marie, zoe, page, action, typed)


async def test_nobody_else_finds_it(town: Town, marie: Browser, arrive: Arrive, zoe: Child) -> None:
    """Neither who logs in next at the same browser, nor the other parent; and it is kept for a day."""
    page, action = f"/enfants/{zoe.id}", f"/enfants/{zoe.id}/autorises"
    login = await sent_late(town, marie, page, action, {"nom": "Mamie Jo"})
    assert (await back(login, marie, "lmartin")).status == 404
    paul = await arrive("pdurand")
    assert "Mamie Jo" not in (await paul.get(page)).html
    own = await arrive("mdurand")
    assert (await own.get(page)).form(action)["nom"] == "Mamie Jo"
    town.clock.advance(hours=KEPT.total_seconds() / 3600 - 13)
    await town.hub._forget()
    assert await TypedForm.exists()
    town.clock.advance(hours=13)
    own = await arrive("mdurand")
    assert "Mamie Jo" not in (await own.get(page)).html
    await town.hub._forget()
    assert not await TypedForm.exists()


async def test_a_form_that_is_none_of_ours_is_not_kept(town: Town, marie: Browser, zoe: Child) -> None:
    town.clock.advance(hours=13)
    login = await marie.post(f"/enfants/{zoe.id}/autorises", {"nom": "Pirate", "csrf": "x"})
    assert login.url.startswith("/connexion") and "recommencez" in login.text and not await TypedForm.exists()


async def test_a_password_is_never_kept(town: Town, marie: Browser) -> None:
    typed = {"actuel": PASSWORD, "mot_de_passe": "x", "mot_de_passe2": "x"}
    login = await sent_late(town, marie, "/compte/mot-de-passe", "/compte/mot-de-passe", typed)
    assert login.url.startswith("/connexion") and not await TypedForm.exists()


async def test_it_is_bounded(town: Town, marie: Browser, zoe: Child) -> None:
    account, typed = town.account().id, town.hub.typed
    assert not await typed.keep(account, "/dossier", {"nom": "x" * 100_001})
    assert not await typed.keep(account, f"/{'x' * 200}", {"nom": "x"})
    for number in range(MOST):
        assert await typed.keep(account, f"/enfants/{number}", {"nom": "x"})
    assert not await typed.keep(account, "/dossier", {"nom": "x"})
    assert await typed.keep(account, "/enfants/1", {"nom": "y"}) and await typed.of(account, "/enfants/1") == {
        "nom": "y"
    }


@pytest.mark.parametrize("rules", [Dossier(direct=("health",))])
async def test_what_comes_back_does_not_cover_what_was_saved_meanwhile(
    town: Town, marie: Browser, arrive: Arrive, zoe: Child
) -> None:
    """An allergy that the other parent wrote while this one was away must not go unseen."""
    page, action = f"/enfants/{zoe.id}", f"/enfants/{zoe.id}/sante"
    login = await sent_late(town, marie, page, action, {"medecin": "Dr Petit"})
    await town.hub.files.set_health(town.account().guardian_id, zoe.id, {"allergies": "Arachides"})
    found = await back(login, marie)
    late = await marie.press(found, action)
    assert late.status == 409 and late.texts("#allergies-enregistre") == ["Enregistré : Arachides"]
    assert [note.kind for note in await HealthNote.all()] == ["allergies"]
