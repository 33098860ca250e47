"""Every page, in light and dark, on a desktop and on phones: accessible, no wider than the screen, light, quiet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from msgspec.structs import replace
from playwright.async_api import Page, expect

from hub.config import Config, Desk
from tests.browser import tour
from tests.browser.conftest import Visit
from tests.browser.tour import DESK, PARENT, PUBLIC, Lived, Stop
from tests.browser.visitor import DESKTOP, NEW, PHONE, SMALL, Device, Visitor
from tests.cast import Town
from tests.web.test_mailbox import answered

pytestmark = pytest.mark.servers
WCAG: dict[str, object] = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"], "resultTypes": ["violations"]}
COLOURS: dict[str, object] = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
STATUSES = "the server responded with a status of"
LED = ("empty form", "refused request", "refused document", "refused telephone")  # the keyboard begins at what is wrong
WEIGHT = 100_000  # bytes over the wire
FOCUS = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const styles = [getComputedStyle(here), getComputedStyle(here, "::after")];
  if (here.nextElementSibling) styles.push(getComputedStyle(here.nextElementSibling));
  const box = here.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, Math.max(box.top, 0) + Math.min(box.height, 20) / 2);
  return {
    what: here.outerHTML.slice(0, 120),
    place: [...document.querySelectorAll("*")].indexOf(here),
    marked: styles.some(style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 1),
    uncovered: Boolean(top) && (here.contains(top) || top.contains(here) || here.parentElement.contains(top)),
  };
}"""


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    """The desk keeps its services: pages with more on them."""
    return replace(town_settings, desk=Desk(directory="desk"))


@pytest_asyncio.fixture
async def lived(town: Town) -> Lived:
    return await tour.live(town)


@pytest_asyncio.fixture
async def door(town: Town, lived: Lived) -> AsyncIterator[str]:
    """With pages that fail."""
    async with town.hub.serving(also=tour.broken) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=lambda device: device.name)
async def test_axe_finds_nothing(visit: Visit, lived: Lived, device: Device) -> None:
    found: list[str] = []

    async def look(name: str, page: Page) -> None:
        await page.emulate_media(color_scheme="light")
        found.extend(await violations(name, page))
        await page.emulate_media(color_scheme="dark")
        found.extend(await violations(f"{name}, in dark", page, COLOURS))

    visitor = await visit(device, reduced_motion="reduce")  # colours at once
    visitor.expects(STATUSES)
    for stops in (PUBLIC, PARENT, DESK):
        await walk(visitor, lived, stops, look)
    assert found == []


async def test_no_page_is_wider_than_the_smallest_phone(visit: Visit, lived: Lived) -> None:
    wide: list[str] = []

    async def measure(name: str, page: Page) -> None:
        over = await Visitor(page).sideways()
        if over > 0:
            wide.append(f"{name}: {over} px")

    visitor = await visit(SMALL)
    visitor.expects(STATUSES)
    for stops in (PUBLIC, PARENT, DESK):
        await walk(visitor, lived, stops, measure)
    assert wide == []


async def test_the_desk_fits_a_small_screen_and_a_tablet(visit: Visit, lived: Lived) -> None:
    wrong: list[str] = []

    async def measure(name: str, page: Page) -> None:
        for width, height in ((1024, 768), (768, 1024)):
            await page.set_viewport_size({"width": width, "height": height})
            wrong.extend(f"{name}, {width} px: {found}" for found in await page.evaluate(_SQUEEZED))

    visitor = await visit(reduced_motion="reduce")
    visitor.expects(STATUSES)
    await walk(visitor, lived, DESK, measure)
    assert wrong == []


async def test_the_bar_is_one_line_at_any_width(town: Town, visit: Visit) -> None:
    """A phone, a zoom of 200 %, a tablet, a desk; with news to tell."""
    message = await town.write("Bonjour")
    await answered(town, message)
    marie = await visit()
    await marie.login()
    wrong = []
    for width in (320, 360, 480, 640, 759, 760, 768, 900, 959, 960, 1024, 1280):
        await marie.page.set_viewport_size({"width": width, "height": 800})
        wrong += [f"{width} px: {found}" for found in await marie.page.evaluate(_CROWDED)]
    assert wrong == []


_CROWDED = """() => {
  const found = [], bar = document.querySelector(".bar");
  if (bar.offsetHeight > 72) found.push(`${bar.offsetHeight} px high`);
  const parts = [...bar.querySelectorAll(".brand, .tab")].filter((part) => part.offsetParent)
    .map((part) => part.getBoundingClientRect());
  parts.forEach((part, i) => {
    if (part.right > innerWidth + 1 || (i && part.left < parts[i - 1].right - 1)) found.push(`part ${i} has no place`);
  });
  return found;
}"""


_SQUEEZED = """() => {
  const found = [];
  const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (over > 0) found.push(`${over} px too wide`);
  const tabs = document.querySelector(".tabs");
  if (tabs && tabs.scrollWidth > tabs.clientWidth) found.push("rubrics out of sight");
  for (const cell of document.querySelectorAll("main td, main th"))
    if (cell.textContent.trim() && cell.offsetParent && cell.clientWidth < 48)
      found.push(`a cell of ${cell.clientWidth} px: ${cell.textContent.trim().slice(0, 40)}`);
  return found;
}"""


async def test_the_keyboard_goes_through_every_page_in_order_and_is_seen(visit: Visit, lived: Lived) -> None:
    lost: list[str] = []

    async def tab_through(name: str, page: Page) -> None:
        await page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
        before = first = -1
        for _ in range(150):
            await page.keyboard.press("Tab")
            focus = await page.evaluate(FOCUS)
            if focus is None or focus["place"] == first:
                return
            if before == -1:
                first = focus["place"]
                assert "Aller au contenu" in focus["what"], name
            if focus["place"] <= before or not focus["marked"] or not focus["uncovered"]:
                lost.append(f"{name}: {focus}")
            before = focus["place"]
        lost.append(f"{name}: a trap")

    visitor = await visit()
    visitor.expects(STATUSES)
    for stops in (PUBLIC[:1], PARENT):
        await walk(visitor, lived, [stop for stop in stops if stop[0] not in LED], tab_through)
    assert lost == []


async def test_every_page_is_on_the_paper_it_is_printed_on(visit: Visit, lived: Lived) -> None:
    blank: list[str] = []

    async def look(name: str, page: Page) -> None:
        await page.emulate_media(media="print")
        if not await page.locator("h1").first.is_visible():
            blank.append(name)
        await page.emulate_media(media="screen")

    visitor = await visit()
    visitor.expects(STATUSES)
    for stops in (PUBLIC, PARENT, DESK):
        await walk(visitor, lived, stops, look)
    assert blank == []


async def test_a_count_stands_after_its_subject_whichever_way_that_is_written(town: Town, visit: Visit) -> None:
    await answered(town, await town.write("Bonjour", subject="Cantine مرحبا"))
    marie = await visit()
    await marie.login()
    await marie.open("/messagerie")
    await expect(marie.rows.first.locator(".count")).to_be_visible()
    assert await marie.page.evaluate(_AFTER)


_AFTER = """() => {
  const title = document.querySelector(".row .title"); // here and now: what is told live may write the row anew
  const end = Math.max(...[...title.querySelector("a").getClientRects()].map(part => part.right));
  return title.querySelector(".count").getClientRects()[0].left >= end - 1;
}"""


async def test_nothing_covers_a_low_window(visit: Visit) -> None:
    """A zoom of 400 %, a phone held sideways."""
    marie = await visit()
    await marie.login()
    await marie.open("/messagerie")
    await marie.page.set_viewport_size({"width": 320, "height": 200})
    assert await marie.link("Envoyer un message").evaluate("link => getComputedStyle(link).position") == "static"
    await expect(marie.link("Envoyer un message")).to_be_visible()


async def test_the_first_link_leads_past_the_menus(visit: Visit) -> None:
    marie = await visit()
    await marie.login()
    await marie.open("/messagerie")
    await marie.page.keyboard.press("Tab")
    await expect(marie.link("Aller au contenu")).to_be_in_viewport()
    await marie.page.keyboard.press("Enter")
    await marie.page.keyboard.press("Tab")
    await expect(marie.link("Envoyer un message")).to_be_focused()


async def test_nothing_moves_for_those_who_asked_for_that(town: Town, visit: Visit) -> None:
    message = await town.write("Bonjour")
    marie = await visit(reduced_motion="reduce")
    await marie.login()
    await marie.open(f"/messagerie/{message.thread_id}")
    await answered(town, message)
    arrived = marie.page.locator(".message.arrived")
    await expect(arrived).to_have_count(1)
    assert await arrived.evaluate("element => getComputedStyle(element).animationName") == "none"
    asked = await marie.page.evaluate_handle(_SCROLLED)
    await marie.message.fill("Merci")
    await marie.button("Répondre").click()
    await expect(marie.bubbles).to_have_count(3)
    await marie.page.wait_for_function("asked => asked.length", arg=asked)  # the bubble may come by the live line
    assert set(await asked.json_value()) == {"instant"}
    assert await marie.page.evaluate("document.getAnimations().length") == 0


_SCROLLED = """() => {
  const asked = [];
  Element.prototype.scrollTo = ({ behavior }) => asked.push(behavior);
  return asked;
}"""


@pytest.mark.parametrize("path", ["/connexion", "/", "/messagerie", "/messagerie/{lived.talk}", NEW])
async def test_the_first_visit_is_light(visit: Visit, lived: Lived, path: str) -> None:
    marie = await visit(PHONE)
    if path != "/connexion":
        await marie.login()
    received = 0

    def count(event: dict[str, float]) -> None:
        nonlocal received
        received += int(event["encodedDataLength"])

    line = await marie.page.context.new_cdp_session(marie.page)
    await line.send("Network.enable")
    await line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.on("Network.loadingFinished", count)
    await marie.page.goto(path.format(lived=lived))
    await marie.page.wait_for_load_state()
    photo = sum([int(size) for size in await marie.page.locator(".picture img").evaluate_all(_PHOTOS)])
    assert 5_000 < received - photo < WEIGHT


_PHOTOS = "images => images.map(image => performance.getEntriesByName(image.src)[0]?.encodedBodySize ?? 0)"


async def violations(name: str, page: Page, rules: dict[str, object] = WCAG) -> list[str]:
    """What axe finds on the page."""
    results = await Axe().run(page, options=rules)
    return [
        f"{name}: {violation['id']}: {node['html'][:150]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]


Look = Callable[[str, Page], Awaitable[None]]


async def walk(visitor: Visitor, lived: Lived, stops: Sequence[Stop], look: Look) -> None:
    """From page to page; `look(name, page)` at each. Parents' pages need a parent."""
    if stops[0][0] == "home":
        await visitor.login()
    for name, go in stops:
        await go(visitor, lived)
        await look(name, visitor.page)
    if stops[0][0] == "home":
        await visitor.open("/")
        await visitor.button("Déconnexion").click()
