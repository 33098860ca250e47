"""The home page with all that a town may put on it: pictures of its news, what is owed."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import expect

from hub.config import Config, Home, News
from hub.demo import files as drawn
from tests.browser.conftest import Visit
from tests.browser.test_every_page import violations
from tests.browser.visitor import DESKTOP, SMALL, Device
from tests.cast import MARIE, Town, settings
from tests.servers.sink import Sink
from tests.web.test_dues import OWED, Known

pytestmark = pytest.mark.servers
NEWS = (
    News(title="Marché de Noël", text="Samedi sur la place.", link="/aide", picture="marche.png", alt="Des étals"),
    News(title="Quotient familial", text="Il s’actualise en février."),
    News(title="Fête de l’école", picture="/images/nulle-part.jpg", alt="Des lampions dans la cour"),
)
SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
BOTH = pytest.mark.parametrize("device", [DESKTOP, SMALL], ids=lambda device: device.name)


@pytest.fixture
def town_settings(database_url: str, tmp_path: Path, sink: Sink) -> Config:
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / "marche.png").write_bytes(drawn.photo().content)
    return msgspec.structs.replace(
        settings(database_url, tmp_path, sink.port), home=Home(news=NEWS, folder=str(folder))
    )


@pytest_asyncio.fixture
async def door(town: Town) -> AsyncIterator[str]:
    hub = dataclasses.replace(town.hub, dues=Known({town.account(MARIE).guardian_id: OWED}))
    async with hub.serving() as port:
        yield f"http://127.0.0.1:{port}"


@BOTH
async def test_it_is_accessible_and_nothing_moves_while_pictures_arrive(visit: Visit, device: Device) -> None:
    marie = await visit(device, reduced_motion="reduce")  # colours at once
    marie.expects("404")  # the picture that the town has lost
    await marie.page.add_init_script(SHIFTS)
    await marie.login()
    await marie.open("/")
    picture = marie.page.get_by_role("img", name="Des étals")
    await picture.scroll_into_view_if_needed()
    await picture.evaluate("image => image.decode()")
    assert await marie.page.evaluate("window.shifted") < 0.02
    for box in [await picture.bounding_box(), await marie.page.get_by_alt_text("Des lampions").bounding_box()]:
        assert box and abs(box["width"] / box["height"] - 16 / 9) < 0.02
    for scheme in ("light", "dark"):
        await marie.page.emulate_media(color_scheme=scheme)
        assert await violations(scheme, marie.page) == []
    assert await marie.sideways() <= 0


@BOTH
async def test_the_button_leads_to_the_invoices_and_the_bar_does_not_cover_them(visit: Visit, device: Device) -> None:
    marie = await visit(device)
    marie.expects("404")
    await marie.login()
    await marie.link("Voir mes factures").click()
    await expect(marie.page.get_by_role("heading", name="Factures impayées")).to_be_in_viewport(ratio=1)
    bar, heading = marie.page.locator(".bar"), marie.page.locator("#factures")
    below, above = await heading.bounding_box(), await bar.bounding_box()
    assert below and above and below["y"] >= above["y"] + above["height"]
