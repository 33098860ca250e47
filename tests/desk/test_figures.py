"""Figures of a month: what came, what was answered, how soon, and what the law was not kept for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from hub.config import Config
from hub.desk.pages.figures import spoken
from hub.mailbox.figures import Figure
from hub.mailbox.models import Service, Thread
from hub.mailbox.threads import Author
from tests.cast import LEA, NORA, Town
from tests.web.browser import Browser

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    return replace(town_settings, security=replace(town_settings.security, administrators=()))


async def answered(town: Town, text: str, **after: float) -> None:
    message = await town.write(text)
    town.clock.advance(**after)
    agent = await town.agent(NORA)
    await town.hub.handling.answer(Author(agent.name, agent=agent.id), message.thread_id, "Oui.", (), f"r{message.id}")


async def test_received_answered_median_and_late(town: Town) -> None:
    for number, hours in enumerate((1, 5, 30)):
        await answered(town, f"n° {number}", hours=hours)
    await town.write("Sans réponse", email=LEA)
    await town.write("Facture ?", service="scolaire")
    agent = await town.agent(NORA)
    by, service = Author(agent.name, agent=agent.id), await Service.get(slug="periscolaire")
    await town.hub.handling.write(by, town.account().guardian_id, service.id, "De nous", "Pas compté", (), "k")

    found = await town.hub.figures.of(OCTOBER)
    assert [(f.service, f.received, f.answered, f.late, f.median) for f in found] == [
        ("Activités périscolaires", 4, 3, 0, timedelta(hours=5)),
        ("Service scolaire", 1, 0, 0, None),
    ]
    assert found[0].share == 75 and found[0].theme == ""
    assert await town.hub.figures.of(date(2026, 9, 1)) == []
    assert [f.service for f in await town.hub.figures.of(OCTOBER, [service.id])] == ["Activités périscolaires"]
    town.clock.advance(days=70)
    assert [f.late for f in await town.hub.figures.of(OCTOBER)] == [1, 1]
    await town.hub.handling.close(by, (await Thread.get(last_author="Léa Martin")).id)
    assert [f.late for f in await town.hub.figures.of(OCTOBER)] == [0, 1], "it needed no answer"


async def test_by_theme_where_there_are_several(town: Town) -> None:
    await town.write("Une")
    service = await Service.get(slug="periscolaire").prefetch_related("themes")
    second = sorted(service.themes, key=lambda theme: theme.position)[1]
    draft = await town.hub.drafts.begin(town.account().id)
    typed = await town.typed("Deux")
    await town.hub.sending.new(town.sender(), draft, type(typed)(typed.service, str(second.id), "Objet", "Deux"))
    found = await town.hub.figures.of(OCTOBER)
    themes = [("", 2), ("1 - inscription et réservation", 1), ("2 - absence", 1)]
    assert [(f.theme, f.received) for f in found] == themes


async def test_an_agent_sees_their_services_month_by_month(town: Town, nora: Browser, karim: Browser) -> None:
    await town.write("Facture ?", service="scolaire")
    await answered(town, "Cantine ?", minutes=20)
    page = await nora.get("/bureau/chiffres")
    assert page.title.startswith("Chiffres : octobre 2026")
    assert "Activités périscolaires" in page.text and "20 min" in page.text and "Service scolaire" not in page.text
    assert "Service scolaire" in (await karim.get("/bureau/chiffres")).text
    assert "Aucune conversation" in (await nora.get("/bureau/chiffres?mois=2026-09")).text
    assert (await nora.get("/bureau/chiffres?mois=rien")).status == 200
    lines = (await nora.get("/bureau/chiffres/fichier")).html.splitlines()
    assert lines[1:] == ["Activités périscolaires;;1;1;0;0,3"]


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (None, "–"),
        (timedelta(seconds=20), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=5, minutes=20), "5 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=3), "3 j"),
    ],
)
def test_times_as_people_say_them(wait: timedelta | None, words: str) -> None:
    assert spoken(wait) == words
    assert Figure("s", "", 0, 0, 0, wait).share == 0
