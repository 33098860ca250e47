"""An agent's own account."""

from __future__ import annotations

from tests.cast import NORA, PASSWORD, Town
from tests.desk.conftest import HOME, START, Arrive, enter
from tests.web.browser import Browser

URL = "/bureau/compte/mot-de-passe"
FIELDS = {"actuel": PASSWORD, "mot_de_passe": "Chataigne-7-bois", "mot_de_passe2": "Chataigne-7-bois"}


async def test_another_password(town: Town, arrive: Arrive, nora: Browser) -> None:
    there = await arrive(NORA)
    assert URL in (await nora.get("/bureau/compte")).html
    page = await nora.press(await nora.get(URL), URL, **{**FIELDS, "actuel": "faux"})
    assert page.status == 422 and page.texts("#erreur-actuel")
    page = await nora.press(page, URL, **{**FIELDS, "mot_de_passe": NORA, "mot_de_passe2": NORA})
    assert page.status == 422 and page.texts("#erreur-mot_de_passe"), "an address everybody knows"
    page = await nora.press(page, URL, **FIELDS)
    assert page.url == f"{URL}?fait=1" and "Votre mot de passe est changé" in page.text
    assert (await nora.get(HOME)).url == HOME and (await there.get(HOME)).url.startswith("/bureau/connexion")
    assert (await enter(there, NORA)).status == 422
    assert (await enter(there, NORA, FIELDS["mot_de_passe"])).url == START
    await town.hub.settle()
    assert town.mails(NORA)[-1].subject == "Votre mot de passe a été changé"


async def test_the_present_one_is_not_guessed(nora: Browser) -> None:
    page = await nora.get(URL)
    for _ in range(8):
        page = await nora.press(page, URL, **{**FIELDS, "actuel": "faux"})
    assert page.status == 429
