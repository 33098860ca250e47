"""The journal of the desk: every button, by whom, about what; looked through by administrators, and as a file."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from hub.accounts.models import DeskAct
from hub.config import Config
from hub.desk.journal import ACTS
from hub.desk.routes import routes
from tests.cast import KARIM, NORA, Town
from tests.desk.conftest import Arrive
from tests.web.browser import Browser

PAGE = "/bureau/journal"
BEFORE = {  # nobody is in
    "/bureau/connexion", "/bureau/deconnexion", "/bureau/code", "/bureau/mot-de-passe-provisoire",
    "/bureau/mot-de-passe-oublie", "/bureau/nouveau-mot-de-passe/{token}",
}  # fmt: skip

UNWRITTEN = {"/bureau/conversations/{thread}/presence"}  # what pages say by themselves


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    return replace(town_settings, security=replace(town_settings.security, administrators=(NORA,)))


def test_every_button_of_the_desk_has_its_words() -> None:
    posts = {re.sub(r"\{(\w+):[^/]*\}", r"{\1}", route.path) for route in routes() if route.method == "POST"}
    assert posts - BEFORE - UNWRITTEN == set(ACTS)
    assert len(set(ACTS.values())) == len(ACTS)


async def test_what_is_done_is_written_down_and_what_is_refused_is_not(
    town: Town, nora: Browser, karim: Browser
) -> None:
    message = await town.write("Léo mange-t-il jeudi ?")
    url = f"/bureau/conversations/{message.thread_id}"
    await nora.press(await nora.get(url), f"{url}/note", note="=1+1; à rappeler")
    await nora.press(await nora.get(url), f"{url}/note", note="")
    await karim.press(await karim.get(url), f"{url}/suivre")
    lines = [(act.by, act.act, act.about) for act in await DeskAct.all().order_by("id")]
    about = f"conversation {message.thread_id}"
    assert lines == [
        ("Nora Lambert", "A écrit une note interne", about),
        ("Karim Haddad", "Suit une conversation", about),
    ]
    page = await nora.get(PAGE)
    assert [row.split()[0] for row in page.texts(".held tbody tr")] == ["Karim", "Nora"]
    page = await nora.get(PAGE, params={"qui": "a&b", "sur": "c+d"})
    assert f"{PAGE}/fichier?qui=a%26b&quoi=&sur=c%2Bd" in [a.attributes["href"] for a in page.all("a")]
    for query, count in (("qui=NORA", 1), ("quoi=Suit une conversation", 1), (f"sur={about}", 2), ("qui=%", 0)):
        assert len((await nora.get(f"{PAGE}?{query}")).texts(".held tbody tr")) == count, query
    assert "rappeler" not in page.text


async def test_it_goes_on_page_by_page_and_as_a_file(town: Town, nora: Browser) -> None:
    agent = await town.agent(NORA)
    for number in range(150):
        await town.hub.journal.add(agent.id, "=cmd()|Nora", "Suit une conversation", f"conversation {number}")
    page = await nora.get(PAGE)
    [older] = [a.attributes["href"] for a in page.all("a") if a.text() == "Plus anciens"]
    assert len(page.texts(".held tbody tr")) == 100
    assert len((await nora.get(str(older))).texts(".held tbody tr")) == 50
    file = (await nora.get(f"{PAGE}/fichier")).html.splitlines()
    assert len(file) == 151 and file[0].endswith("Date;Agent;Acte;Sur")
    assert ";'=cmd()|Nora;" in file[1], "no formula for the spreadsheet"
    assert len((await nora.get(f"{PAGE}/fichier?sur=conversation 149")).html.splitlines()) == 2


async def test_only_administrators_read_it(town: Town, karim: Browser, arrive: Arrive) -> None:
    for path in (PAGE, f"{PAGE}/fichier"):
        assert (await karim.get(path)).status == 404
    assert PAGE not in (await karim.get("/bureau/compte")).html
    nora = await arrive(NORA)
    assert PAGE in (await nora.get("/bureau/compte")).html and KARIM
