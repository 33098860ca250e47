"""What the law makes a public site say of itself."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from hub.config import Config, Legal
from tests.web.browser import Browser
from tests.web.conftest import Arrive

SAID = Legal(
    director="Anne Moreau, maire", host="OVH, 2 rue Kellermann, 59100 Roubaix, 1007", dpo="dpo@ville.test",
    accessibility="partielle", audited_on=date(2026, 3, 1), contact="acces@ville.test",
)  # fmt: skip


async def test_what_a_town_has_not_said_is_not_made_up(arrive: Arrive) -> None:
    browser: Browser = await arrive()
    page = await browser.get("/mentions-legales")
    assert "Hébergement" not in page.text and "gardé 2 ans" in page.text
    assert "aucun audit ne l’a établie" in (await browser.get("/accessibilite")).text


class TestSaid:
    @pytest.fixture
    def town_settings(self, town_settings: Config) -> Config:
        return replace(town_settings, legal=SAID)

    async def test_what_it_has_said_stands_there(self, arrive: Arrive) -> None:
        browser: Browser = await arrive()
        page = await browser.get("/mentions-legales")
        assert all(words in page.text for words in ("Anne Moreau", "OVH, 2 rue", "dpo@ville.test"))
        page = await browser.get("/accessibilite")
        assert "conformité partielle" in page.text and "Audit du 1er mars 2026" in page.text
        assert "acces@ville.test" in page.text
