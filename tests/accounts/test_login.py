"""Logging in, failing to, and being slowed, on both databases."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from hub.accounts.models import LoginFailure
from hub.core.errors import Invalid, TooOften
from tests.cast import MARIE, PASSWORD, Town

HOME, CAFE = "192.0.2.10", "198.51.100.20"


async def test_by_user_name_or_e_mail_whatever_the_case(town: Town) -> None:
    for login in ("mdurand", " MDurand ", MARIE, MARIE.upper()):
        assert (await town.hub.login.guardian(login, PASSWORD, HOME)).id == town.account().id
    assert await LoginFailure.all().count() == 0


async def test_a_wrong_password_and_an_unknown_login_sound_alike(town: Town) -> None:
    said = []
    for login in ("mdurand", "nobody", "nobody@famille.test", ""):
        with pytest.raises(Invalid) as refused:
            await town.hub.login.guardian(login, "wrong", HOME)
        said.append(refused.value.errors)
    assert said[0] == said[1] == said[2] == said[3]


async def test_guessing_is_slowed_for_who_guesses_only(town: Town) -> None:
    for _ in range(5):
        with pytest.raises(Invalid):
            await town.hub.login.guardian("mdurand", "wrong", CAFE)
    with pytest.raises(TooOften) as refused:
        await town.hub.login.guardian("mdurand", PASSWORD, CAFE)
    assert refused.value.retry_after == 1
    assert await town.hub.login.guardian("mdurand", PASSWORD, HOME), "the family at home is let in"
    town.clock.advance(seconds=2)
    assert await town.hub.login.guardian("mdurand", PASSWORD, CAFE)


async def test_guesses_at_once_are_counted_like_guesses_in_turn(town: Town) -> None:
    async def guess() -> type[Exception] | None:
        try:
            await town.hub.login.guardian("mdurand", "wrong", CAFE)
        except (Invalid, TooOften) as error:
            return type(error)
        return None

    tasks = [asyncio.create_task(guess(), context=contextvars.Context()) for _ in range(12)]
    outcomes = await asyncio.gather(*tasks)
    assert outcomes.count(Invalid) <= 6


async def test_a_session_lives_lapses_and_ends(town: Town) -> None:
    token = await town.hub.sessions.begin(town.account())
    visitor = await town.hub.sessions.find(token)
    assert visitor and (visitor.account, visitor.family_number, visitor.lapsed) == (town.account().id, "1234", False)
    town.clock.advance(hours=13)
    lapsed = await town.hub.sessions.find(token)
    assert lapsed and lapsed.lapsed
    town.clock.advance(days=8)
    await town.hub.sessions.forget()
    assert await town.hub.sessions.find(token) is None


async def test_a_session_in_use_goes_on(town: Town) -> None:
    token = await town.hub.sessions.begin(town.account())
    for _ in range(5):
        town.clock.advance(hours=10)
        visitor = await town.hub.sessions.find(token)
        assert visitor and not visitor.lapsed
    await town.hub.sessions.end(token)
    assert await town.hub.sessions.find(token) is None


async def test_an_agent_without_a_password_cannot_log_in(town: Town) -> None:
    with pytest.raises(Invalid):
        await town.hub.login.agent("nora@ville.test", "", HOME)
