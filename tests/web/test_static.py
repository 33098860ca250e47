"""What the pages are made of keeps its promises: nothing inline, nothing missing, nothing heavy."""

import re
from pathlib import Path

import pytest

from tests.cast import Town
from tests.web.browser import Browser
from tests.web.test_writing import NEW

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "hub" / "web" / "static"
TEMPLATES = sorted(p for door in ("web", "desk", "errors") for p in (ROOT / "templates" / door).glob("*.html"))
MODULES = sorted(STATIC.glob("*.js"))


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_no_template_needs_more_than_a_strict_csp(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_every_template_says_what_it_is_given(template: Path) -> None:
    assert template.read_text("utf-8").startswith("{#")


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_every_icon_is_in_the_sprite(template: Path) -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    calls = re.findall(r"icon\(([^()]*)\)", template.read_text("utf-8"))
    assert {word for call in calls for word in re.findall(r'"([a-z]+)"', call)} <= drawn


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_every_module_finds_what_it_imports(module: Path) -> None:
    for names, path in re.findall(r'import \{ ([\w, ]+) \} from "\./(\w+\.js)"', module.read_text("utf-8")):
        exported = re.findall(r"export (?:async )?(?:function|const) (\w+)", (STATIC / path).read_text("utf-8"))
        assert set(names.split(", ")) <= set(exported)


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_every_sentence_of_a_module_comes_from_a_page(module: Path) -> None:
    """`say(element, "sayBig")` reads data-say-big, which a template has to carry, translated."""
    carried = set(re.findall(r"data-(say-[a-z]+)=", "".join(t.read_text("utf-8") for t in TEMPLATES)))
    text = module.read_text("utf-8")
    used = re.findall(r'"say([A-Z]\w+)"', text) + re.findall(r"dataset\.say([A-Z]\w+)", text)
    assert {f"say-{word.lower()}" for word in used} <= carried


async def test_a_page_on_which_one_writes_asks_for_all_its_scripts_at_once(town: Town, marie: Browser) -> None:
    """Each import that is found in a script only costs another trip to the server."""
    message = await town.write("Bonjour")
    for path in (NEW, f"/messagerie/{message.thread_id}", "/documents/envoyer"):
        page = await marie.get(path)
        asked = {str(link.attributes["href"]).rpartition("/")[2] for link in page.all("link[rel=modulepreload]")}
        assert asked == reached("write.js") | reached("thread.js") | reached("live.js") - {"app.js"}, path


def reached(module: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """A module and those that it imports, and they in turn."""
    imported = set(re.findall(r'^import \{.*\} from "\./(\w+\.js)"', (STATIC / module).read_text("utf-8"), re.M)) - seen
    return {module}.union(*(reached(each, seen | imported | {module}) for each in imported - {"app.js"}))


def test_what_a_first_visit_fetches_besides_the_page_is_light_even_uncompressed() -> None:
    fetched = [path for path in STATIC.iterdir() if path.stem != "desk"]  # that one is for agents
    assert sum(path.stat().st_size for path in fetched) < 80_000


def test_an_old_phone_gets_a_page_that_scrolls() -> None:
    """Before Chromium 108 (Android 5 stops at 95) the unit is unknown and its line dropped: a conversation without a
    height, in a page that does not scroll, would be out of reach. So is a bar laid out by :has()."""
    css = (STATIC / "app.css").read_text("utf-8")
    news = re.findall(r"([\w-]+): ([^;{}]*\ddvh[^;{}]*);", css)
    assert news
    for name, value in news:
        known = "100%" if (name, value) == ("height", "100dvh") else value.replace("dvh", "vh")
        assert f"{name}: {known}; {name}: {value};" in css
    assert not re.search(r"\.bar:has|[ {]translate: -50%", css)
