"""The legal clock: a service is warned before its silence decides, once, and an answer stops it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.config import Config
from hub.mailbox.models import Message, Service, Theme, Thread
from hub.mailbox.receipts import last_to_decide_by, months_after
from tests.cast import KARIM, MARIE, NORA, SCHOOL, Town

WARNED = "attend encore une réponse"


async def told(town: Town, address: str) -> int:
    """How many warnings stand in a mailbox, once everything that is due was done."""
    await town.hub.silence.step()
    await town.hub.settle()
    return sum(WARNED in mail.text for mail in town.mails(address))


async def test_ten_days_before_two_months_are_over_the_service_is_warned_once(town: Town) -> None:
    message = await town.write("Léo peut-il changer de groupe ?", subject="Changement")  # on 22 October
    town.clock.advance(days=50)  # 11 December
    assert await told(town, NORA) == 0
    town.clock.advance(days=1)
    assert (await told(town, NORA), await told(town, KARIM)) == (1, 1)
    mail = town.mails(NORA)[-1]
    assert "Léo peut-il changer de groupe ?" in mail.text and "22 décembre 2026" in mail.text
    assert f"/bureau/conversations/{message.thread_id}" in mail.text
    town.clock.advance(days=1)
    assert await told(town, NORA) == 1


async def test_the_warning_itself_can_be_answered_and_an_answer_stops_the_clock(town: Town) -> None:
    message = await town.write("Léo peut-il changer de groupe ?")
    town.clock.advance(days=52)
    assert await told(town, NORA) == 1
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "Oui, dès janvier."))
    assert await Message.filter(thread_id=message.thread_id, text="Oui, dès janvier.").exists()
    town.clock.advance(days=20)
    assert await told(town, NORA) == 1
    await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "Et pour Zoé ?"))  # a clock of its own
    town.clock.advance(days=55)
    assert await told(town, NORA) == 2


async def test_a_transfer_keeps_the_clock(town: Town) -> None:
    message = await town.write("Léo peut-il changer de groupe ?")
    town.clock.advance(days=30)
    school = await Service.get(slug="scolaire")
    await town.hub.threads.transfer(message.thread_id, school.id, "Nora Lambert")
    town.clock.advance(days=22)
    assert (await told(town, NORA), await told(town, SCHOOL)) == (0, 1)


async def test_a_transfer_keeps_the_day_and_the_meaning_of_silence(town: Town) -> None:
    await Theme.filter(service__slug="periscolaire").update(months=1, silence="Sans réponse le {date}, c’est oui.")
    message = await town.write("Léo peut-il changer de groupe ?")  # on 22 October
    before = await Thread.get(id=message.thread_id)
    town.clock.advance(days=10)
    school = await Service.get(slug="scolaire")
    await town.hub.threads.transfer(message.thread_id, school.id, "Nora Lambert")
    after = await Thread.get(id=message.thread_id)
    assert after.clock_since == before.clock_since and after.theme_id == before.theme_id
    town.clock.advance(days=12)
    assert (await told(town, NORA), await told(town, SCHOOL)) == (0, 1)
    [warning] = [mail for mail in town.mails(SCHOOL) if WARNED in mail.text]
    assert "Sans réponse le 22 novembre 2026, c’est oui." in warning.text


async def test_after_a_transfer_the_new_service_is_warned_though_the_former_was(town: Town) -> None:
    message = await town.write("Léo peut-il changer de groupe ?")
    town.clock.advance(days=52)
    assert (await told(town, NORA), await told(town, SCHOOL)) == (1, 0)
    school = await Service.get(slug="scolaire")
    await town.hub.threads.transfer(message.thread_id, school.id, "Nora Lambert")
    assert (await told(town, NORA), await told(town, SCHOOL)) == (1, 1)
    assert (await told(town, NORA), await told(town, SCHOOL)) == (1, 1)


async def test_a_theme_has_months_of_its_own(town: Town) -> None:
    service = await Service.get(slug="scolaire").prefetch_related("themes")
    [theme] = service.themes
    theme.months = 1
    await theme.save()
    await town.write("Ma facture ?", service="scolaire")
    await town.hub.settle()
    town.clock.advance(days=22)
    assert await told(town, SCHOOL) == 1
    assert "vaut acceptation" in town.mails(SCHOOL)[-1].text


class TestWithoutWarning:
    @pytest.fixture
    def town_settings(self, town_settings: Config) -> Config:
        return replace(town_settings, acknowledgement=replace(town_settings.acknowledgement, warn_days=0))

    async def test_a_town_may_do_without(self, town: Town) -> None:
        await town.write("Léo ?")
        town.clock.advance(days=70)
        assert await told(town, NORA) == 0


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(1, 24))
def test_the_last_day_that_silence_decides_by(day: date, months: int) -> None:
    last = last_to_decide_by(day, months)
    assert months_after(last, months) <= day < months_after(last.replace(day=1), months + 1)
