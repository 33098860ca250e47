"""What each guardian prefers: theirs alone, from the next message on."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.config import Config
from tests.cast import MARIE, NORA, PAUL, Town
from tests.web.browser import Browser
from tests.web.conftest import Arrive

PAGE = "/compte/preferences"
ANSWER = "C’est noté, Léo mangera jeudi."


async def ask_and_be_answered(town: Town) -> None:
    await town.write("Léo peut-il manger jeudi ?")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, ANSWER))


async def test_one_wants_the_news_only_and_the_other_all_of_it(town: Town, marie: Browser) -> None:
    page = await marie.get(PAGE)
    assert [node.attributes.get("value") for node in page.all("[name=reponses][checked]")] == ["texte"]
    page = await marie.press(page, PAGE, reponses="annonce")
    assert "enregistrées" in page.text
    assert [node.attributes.get("value") for node in page.all("[name=reponses][checked]")] == ["annonce"]
    await ask_and_be_answered(town)

    assert "mangera" not in town.mails(MARIE)[-1].text and "/messagerie/" in town.mails(MARIE)[-1].text
    assert "mangera" in town.mails(PAUL)[-1].text


async def test_the_copy_is_ticked_in_advance_for_who_wants_it(marie: Browser, arrive: Arrive) -> None:
    assert not (await marie.get("/messagerie/nouveau")).all("#confirmation[checked]")
    page = await marie.press(await marie.get(PAGE), PAGE, copies="1")
    assert page.all("#copies[checked]")
    assert (await marie.get("/messagerie/nouveau")).all("#confirmation[checked]")
    lea = await arrive("lmartin")
    assert not (await lea.get("/messagerie/nouveau")).all("#confirmation[checked]")


class TestWhereTheTownSendsOnlyNews:
    @pytest.fixture
    def town_settings(self, town_settings: Config) -> Config:
        return replace(town_settings, mail=replace(town_settings.mail, parent_mail="news"))

    async def test_there_is_no_choice_to_make(self, town: Town, marie: Browser) -> None:
        page = await marie.get(PAGE)
        assert not page.all("[name=reponses]")
        await marie.press(page, PAGE, reponses="texte")
        await ask_and_be_answered(town)
        assert "mangera" not in town.mails(MARIE)[-1].text
