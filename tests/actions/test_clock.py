"""The legal clock of a request: only a decision ends it, silence makes it expire, and an agent may still decide."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.actions.listing import RequestLists
from hub.actions.models import Request, RequestEvent
from hub.actions.requests import Decided
from hub.config import Config, Dossier, RequestTheme, Theme
from hub.core.told import ask, numbers
from hub.dossier.models import BankAccount
from hub.mailbox.directory import destination
from hub.mailbox.models import Theme as ThemeRow
from hub.mailbox.models import Thread, ThreadEvent, WantedPaper
from tests.actions.test_deciding import BANK, asked, link, nora
from tests.cast import MARIE, NORA, Town
from tests.notifications.test_letters import parts, words


async def thread_of(request: Request) -> Thread:
    return await Thread.get(id=request.thread_id)


async def test_an_answer_does_not_end_it_and_a_decision_does(town: Town) -> None:
    request = await asked(town)
    begun = (await thread_of(request)).clock_since
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "Je regarde."))
    found = await thread_of(request)
    assert begun and found.clock_since == begun and found.waits_since is None
    await town.hub.requests.decide(request.id, Decided(True), await nora(), "desk")
    assert (await thread_of(request)).clock_since is None
    await town.hub.requests.undo(request.id, await nora())
    assert (await thread_of(request)).clock_since == begun


async def test_it_expires_when_silence_has_decided_and_an_agent_may_still_accept(town: Town) -> None:
    request = await asked(town)  # on 22 October
    token = link(town)
    town.clock.advance(days=61)  # 22 December: the last day
    await town.hub.silence.step()
    assert (await Request.get()).state == "pending"
    town.clock.advance(days=1)
    await town.hub.silence.step()
    await town.hub.silence.step()
    assert (await Request.get()).state == "expired" and (await thread_of(request)).clock_since is None
    [event] = await ThreadEvent.filter(kind="silence")
    assert "22 décembre 2026" in event.text
    acts = [event.act for event in await RequestEvent.all().order_by("id")]
    assert acts == ["asked", "expired"]
    assert not (await town.hub.decisions.look(token)).is_usable  # the link itself has lapsed by then
    await town.hub.requests.decide(request.id, Decided(True), await nora(), "desk")
    assert (await Request.get()).state == "accepted" and await BankAccount.exists()


async def test_the_warning_has_the_card_and_decides_by_its_link_or_its_answer(town: Town) -> None:
    for number, answers in enumerate((False, True)):
        request = await asked(town, key=f"k{number}", **BANK | {"titulaire": f"Marie {number}"})
        town.clock.advance(days=52)
        await town.hub.silence.step()
        await town.hub.settle()
        mail = town.mails(NORA)[-1]
        text, html = parts(mail)
        assert words(text) == words(html) and "\n\n\n" not in text
        assert "Seule votre décision fait tomber cette échéance." in text and f"Marie {number}" in text
        if answers:
            await town.arrive(town.answer(mail, NORA, "/accepter"))
        else:
            await town.hub.decisions.use(link(town), Decided(True))
        await request.refresh_from_db()
        assert request.state == "accepted" and (await BankAccount.get()).holder == f"Marie {number}"


class TestThemes:
    @pytest.fixture
    def town_settings(self, town_settings: Config) -> Config:
        theme = Theme(name="Mon compte bancaire", months=1, silence="Sans réponse le {date}, c’est oui.")
        services = [replace(one, themes=(*one.themes, theme)) for one in town_settings.services]
        themes = (RequestTheme(kind="banque", theme=theme.name),)
        return replace(town_settings, services=tuple(services), dossier=Dossier(themes=themes))

    async def test_a_kind_has_the_text_and_the_time_of_its_theme(self, town: Town) -> None:
        request = await asked(town)  # on 22 October
        assert "Sans réponse le 22 novembre 2026, c’est oui." in town.mails(MARIE)[-1].text
        first = await destination("")
        assert first == await destination("", "Nulle part"), "at the desk it may have lost its name"
        other = await asked(town, "caf", "k2", numero="12")
        assert (await Thread.get(id=other.thread_id).select_related("theme")).theme.name.startswith("1 -")
        town.clock.advance(days=32)
        await town.hub.silence.step()
        states = {one.id: one.state for one in await Request.all()}
        assert states == {request.id: "expired", other.id: "pending"}

    async def test_a_request_that_is_joined_to_a_conversation_keeps_its_own_day(self, town: Town) -> None:
        other = await town.write("Et la cantine ?")  # about a theme of the town's own two months
        await town.hub.settle()
        town.clock.advance(days=3)
        request = await asked(town)  # on 25 October: by 25 November
        before = await thread_of(request)
        await town.hub.thread_joining.join(await nora(), request.thread_id, other.thread_id)
        kept = await Thread.get()
        assert (kept.theme_id, kept.clock_since) == (before.theme_id, before.clock_since)
        town.clock.advance(days=31)
        await town.hub.silence.step()
        assert (await Request.get()).state == "pending"
        town.clock.advance(days=1)
        await town.hub.silence.step()
        assert (await Request.get()).state == "expired"
        assert "25 novembre 2026, c’est oui" in (await ThreadEvent.get(kind="silence")).text

    async def test_of_two_clocks_that_become_one_the_first_to_run_out_goes_on(self, town: Town) -> None:
        theme = await ThemeRow.get(name="Mon compte bancaire", service__slug="periscolaire")
        first = await town.write("Et la cantine ?")
        town.clock.advance(days=20)
        second = await town.write("Et mon RIB ?")
        await Thread.filter(id=second.thread_id).update(theme_id=theme.id)
        since = (await Thread.get(id=second.thread_id)).clock_since
        await town.hub.thread_joining.join(await nora(), second.thread_id, first.thread_id)
        assert ((found := await Thread.get()).theme_id, found.clock_since) == (theme.id, since)

    async def test_what_silence_has_granted_waits_until_an_agent_carries_it_out(self, town: Town) -> None:
        request, agent = await asked(town), (await nora()).agent
        await ThemeRow.filter(id=(await thread_of(request)).theme_id).update(accepts=True)
        await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "Je regarde."))
        town.clock.advance(days=32)
        await town.hub.silence.step()
        lists = RequestLists(town.hub.core)
        assert (await Request.get()).state == "expired"
        assert [one.id for one in (await lists.waiting(agent)).requests] == [request.id]
        db, waiting = town.hub.core.db, numbers(lists.counted(agent))
        assert await ask(db, waiting) == ([1],)
        await town.hub.requests.decide(request.id, Decided(True), await nora(), "desk")
        assert await BankAccount.exists() and await ask(db, waiting) == ([0],)


async def test_a_decision_needs_no_paper_any_more(town: Town) -> None:
    request = await asked(town)
    thread = await thread_of(request)
    await WantedPaper.create(
        thread=thread, family_id=thread.family_id, kind="", name="RIB", until=town.clock.now().date(), by="Nora",
        asked_at=town.clock.now(),
    )  # fmt: skip
    await town.hub.requests.decide(request.id, Decided(False, "Illisible."), await nora(), "desk")
    assert (await WantedPaper.get()).state == "dropped"
