"""Health notes: read by who looks after children, written down, and told to the parents."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.config import Config
from hub.dossier.models import Child, FileReading, HealthNote
from tests.cast import LEA, MARIE, NORA, SERVICES, Town
from tests.desk.conftest import Arrive
from tests.web.browser import Browser, Page

FIRST = "/bureau/comptes"


@pytest.fixture
async def zoe(town: Town) -> Child:
    """Of the Durand family; allergic."""
    account = town.account(MARIE)
    child = await Child.create(family_id=account.family_id, first_name="Zoé", last_name="Durand", school="Jules-Ferry")
    assert account.guardian_id
    await town.hub.files.set_health(account.guardian_id, child.id, {"allergies": "Arachide\nStylo dans le sac"})
    return child


async def read(town: Town, browser: Browser, child: Child, email: str = MARIE) -> Page:
    url = f"{FIRST}/{town.account(email).guardian_id}"
    token = (await browser.get(url)).form("/bureau/deconnexion")
    return await browser.post(f"{url}/sante/{child.id}", token)


async def test_an_agent_who_looks_after_children_reads_them(town: Town, nora: Browser, zoe: Child) -> None:
    page = await nora.get(f"{FIRST}/{town.account(MARIE).guardian_id}")
    assert "Zoé Durand" in page.text and "Arachide" not in page.html and not await FileReading.exists()
    page = await read(town, nora, zoe)
    assert page.texts("dd") == ["Arachide Stylo dans le sac"] and page.texts("dt") == ["Allergies"]
    assert page.headers["Cache-Control"] == "no-store"
    reading = await FileReading.get()
    assert (reading.what, reading.family_id, reading.agent_id) == ("health", zoe.family_id, (await town.agent(NORA)).id)
    marie = Browser(str(nora.http._base_url))
    await marie.login("mdurand")
    assert "Dernières lectures : Nora Lambert" in (await marie.get(f"/enfants/{zoe.id}")).text
    await marie.close()


async def test_nothing_said_is_told_as_such(town: Town, nora: Browser, zoe: Child) -> None:
    await HealthNote.all().delete()
    assert "Rien n’est signalé" in (await read(town, nora, zoe)).text


async def test_a_child_is_read_in_its_own_family_only(town: Town, nora: Browser, zoe: Child) -> None:
    assert (await read(town, nora, zoe, LEA)).status == 404
    await Child.filter(id=zoe.id).update(left_at=town.clock.now())
    assert (await read(town, nora, zoe)).status == 404 and not await FileReading.exists()


class TestOfNoSuchService:
    """Agents of a town where no service looks after children."""

    @pytest.fixture
    def town_settings(self, town_settings: Config) -> Config:
        return replace(town_settings, services=tuple(replace(service, health=False) for service in SERVICES))

    async def test_they_read_nothing(self, town: Town, arrive: Arrive, zoe: Child) -> None:
        nora = await arrive(NORA)
        page = await nora.get(f"{FIRST}/{town.account(MARIE).guardian_id}")
        assert "Données sanitaires" not in page.text
        assert (await read(town, nora, zoe)).status == 404 and not await FileReading.exists()
