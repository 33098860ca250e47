"""Families whom no mail of the town reaches, with what is known to reach them otherwise."""

from __future__ import annotations

from hub.accounts.models import Account
from hub.dossier.models import Child, Family, Guardian
from hub.mail.models import AddressFailure
from hub.mailbox.unreachable import PAGE as LENGTH
from tests.cast import LEA, MARIE, PAUL, Town
from tests.desk.conftest import LOGIN, Arrive
from tests.web.browser import Browser

PAGE = "/bureau/adresses/familles"


async def fails(town: Town, address: str, state: str = "hard") -> None:
    await AddressFailure.update_or_create(
        address=address, defaults={"state": state, "since": town.clock.now(), "last_at": town.clock.now()}
    )


async def numbers(town: Town) -> list[str]:
    found = await town.hub.unreachable.families()
    assert await town.hub.unreachable.count() == len(found)
    return [family.number for family in found]


async def filed(town: Town, number: str, **guardian: str) -> Guardian:
    """A family of the town's file in which nobody has an account."""
    family = await Family.create(number=number, name="Neuf", created_at=town.clock.now())
    return await Guardian.create(family=family, first_name="Jo", last_name="Neuf", **guardian)


async def test_a_family_is_out_of_reach_once_nobody_in_it_has_an_address_that_works(town: Town) -> None:
    assert await numbers(town) == []
    await fails(town, MARIE)
    assert await numbers(town) == [], "Paul still is"
    await fails(town, PAUL, "soft")
    assert await numbers(town) == [], "his is only in difficulty"
    await fails(town, PAUL)
    assert await numbers(town) == ["1234"]
    agent = await town.agent()
    await town.hub.failing.vouch(PAUL, agent.id)
    assert await numbers(town) == []
    await Account.filter(email=LEA).update(email_verified_at=None)
    assert await numbers(town) == ["5678"], "the portal does not write to an address that was never confirmed"
    await Account.filter(email=LEA).update(email=None)
    assert await numbers(town) == ["5678"]


async def test_who_has_no_account_is_reached_by_the_address_of_the_file(town: Town) -> None:
    await filed(town, "7001", email="Jo@Famille.test")
    await filed(town, "7002")
    assert await numbers(town) == ["7002"]
    await fails(town, "jo@famille.test")
    assert await numbers(town) == ["7001", "7002"]
    family = await Family.get(number="7002")
    child = await Child.create(family=family, first_name="Zoé", last_name="Neuf", left_at=town.clock.now())
    assert await numbers(town) == ["7001"], "their children have left"
    await Child.filter(id=child.id).update(left_at=None)
    assert await numbers(town) == ["7001", "7002"]
    await Family.create(number="effacée 9", name="Famille effacée", is_known=False, created_at=town.clock.now())
    assert await numbers(town) == ["7001", "7002"], "nobody is left in it"


async def test_the_desk_lists_them_with_how_else_they_are_reached(town: Town, karim: Browser, arrive: Arrive) -> None:
    assert PAGE not in (await karim.get("/bureau/adresses")).html
    assert "Toutes les familles peuvent être jointes" in (await karim.get(PAGE)).text
    guardian = await filed(
        town, "7002", mobile="06 12 34 56 78", address="2 rue Basse", postcode="91000", city="Exemple"
    )
    await fails(town, LEA)
    page = await karim.get("/bureau/adresses")
    assert "2 familles que personne ne peut joindre" in page.text
    page = await karim.get(PAGE)
    first, second = page.texts(".held tbody tr")
    assert "Léa Martin" in first and LEA in first and "en reviennent" in first and "rien n’est connu" in first
    assert "aucune adresse" in second and "06\N{NO-BREAK SPACE}12" in page.html and "2 rue Basse, 91000" in second
    assert f"/bureau/comptes/{guardian.id}" in page.html
    assert (await (await arrive()).get(PAGE)).url.startswith(LOGIN)


async def test_a_long_list_goes_on(town: Town, nora: Browser) -> None:
    for number in range(LENGTH + 3):
        await filed(town, f"8{number:03}")
    page = await nora.get(PAGE)
    [more] = [a.attributes["href"] for a in page.all("a") if a.text().startswith("Suite")]
    assert len(page.all(".held tbody tr")) == LENGTH and f"{LENGTH + 3} familles" in page.text
    assert len((await nora.get(str(more))).all(".held tbody tr")) == 3
