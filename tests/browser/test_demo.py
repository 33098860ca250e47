"""The sample town's own pages, as a visitor of `hub demo` sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser.conftest import Visit
from tests.browser.test_every_page import violations
from tests.browser.visitor import DESKTOP, SMALL, Device
from tests.demo.running import running

pytestmark = pytest.mark.servers
BOX = "/demo/boites/nora.benali@ville.example"
PAGES = ("/demo/", BOX, f"{BOX}/1", f"{BOX}/ecrire")


@pytest_asyncio.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Its address."""
    async with running(tmp_path_factory.mktemp("demo")) as started:
        yield started.url


@pytest.fixture
def door(demo: str) -> str:
    return demo


@pytest.mark.parametrize(("device", "scheme"), [(DESKTOP, "light"), (SMALL, "dark")], ids=["desktop", "small phone"])
async def test_axe_finds_nothing_and_nothing_is_too_wide(visit: Visit, device: Device, scheme: str) -> None:
    visitor = await visit(device, color_scheme=scheme)
    found: list[str] = []
    for path in PAGES:
        await visitor.open(path)
        found += await violations(path, visitor.page)
        if await visitor.sideways() > 0:
            found.append(f"{path}: too wide")
    assert found == []


async def test_a_subject_without_a_space_widens_no_page(visit: Visit) -> None:
    visitor = await visit(SMALL)
    await visitor.open(f"{BOX}/ecrire")
    await visitor.page.fill("#a", "nora.benali@ville.example")
    await visitor.page.fill("#objet", "x" * 150)
    await visitor.page.fill("textarea", "Bonjour")
    await visitor.page.click("form.panel button[type=submit]")
    await visitor.open(BOX)
    assert await visitor.sideways() <= 0
    await visitor.page.locator("a", has_text="x" * 150).first.click()
    await visitor.page.wait_for_selector(".mail-and-answer")
    assert await visitor.sideways() <= 0
