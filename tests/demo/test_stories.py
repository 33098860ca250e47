"""The sample threads fit the towns they are told in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub.config import presets
from hub.demo.errors import DemoError
from hub.demo.files import certificate, photo
from hub.demo.people import PARENTS
from hub.demo.stories import in_order, service_of, theme_of, told, working_day
from hub.demo.town import Place, settings
from hub.mailbox.sniff import content_type

PARIS = ZoneInfo("Europe/Paris")
PLACE = Place(Path("/nowhere"), 8000, 2525)
NOWS = [datetime(2026, 10, 19, tzinfo=UTC) + timedelta(hours=5 * step) for step in range(35)]


@pytest.mark.parametrize("now", NOWS, ids=lambda now: f"{now:%a-%Hh}")
def test_whenever_the_demo_starts_every_conversation_is_in_order_and_past(now: datetime) -> None:
    stories = told()
    lines = in_order(stories, now, PARIS)
    assert lines[-1][0] < now
    for story in stories:
        assert [line for _, of, line in lines if of is story] == list(story.lines)


@pytest.mark.parametrize("back, day", [(0, 26), (1, 23), (2, 22), (5, 19), (6, 16)])
def test_working_days_leave_out_the_week_end(back: int, day: int) -> None:
    assert working_day(date(2026, 10, 26), back) == date(2026, 10, day)


@pytest.mark.parametrize("preset", presets())
def test_every_preset_is_staffed_and_can_tell_the_stories(preset: str) -> None:
    config = settings(preset, PLACE)
    assert all(len(service.agents) == 2 for service in config.services)
    for story in told():
        service = service_of(story, config.services)
        assert not service.themes or theme_of(story, service) in service.themes


def test_in_the_town_they_were_written_for_themes_are_the_named_ones() -> None:
    services = settings("saint-michel", PLACE).services
    for story in told():
        theme = theme_of(story, service_of(story, services))
        assert theme and story.theme in theme.name


def test_who_speaks_is_known() -> None:
    known = {parent.login for parent in PARENTS} | {"agent 1", "agent 2", "shared"}
    strangers = {line.who for story in told() for line in story.lines} - known
    assert strangers == {"contact@jeux-de-cour.example", "t.nguyen@bureau.example"}


def test_files_are_what_they_say() -> None:
    assert content_type(photo().content, photo().name) == "image/png"
    assert content_type(certificate().content, certificate().name) == "application/pdf"


@pytest.mark.parametrize("name", ["nowhere", '"', "a\nb", ""])
def test_an_unknown_preset_is_said(name: str) -> None:
    if name:
        with pytest.raises(DemoError, match="inconnu"):
            settings(name, PLACE)
    else:
        assert settings(name, PLACE).services == ()
