"""Mail that did not arrive: told with what the other server said, and sent once more."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.config import Config
from hub.mail.models import OutboundMail
from hub.mail.unsent import PAGE as LENGTH
from tests.cast import KARIM, NORA, Town
from tests.web.browser import Browser

PAGE = "/bureau/non-remis"


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    return replace(town_settings, security=replace(town_settings.security, administrators=(NORA,)))


async def test_what_failed_is_told_and_tried_again(town: Town, nora: Browser) -> None:
    page = await nora.get(PAGE)
    assert "Tout est arrivé" in page.text and "Aucun e-mail n’attend" in page.text
    await town.write("Bonjour")
    await town.hub.settle()
    mail = await OutboundMail.get(recipient=KARIM)
    await OutboundMail.filter(id=mail.id).update(state="rejected", response="550 5.7.1 <Non> merci")
    page = await nora.get("/bureau/adresses")
    assert PAGE in [a.attributes.get("href") for a in page.all("a")]
    page = await nora.get(PAGE)
    [row] = page.texts(".held tbody tr")
    assert KARIM in row and "550 5.7.1 <Non> merci" in row and "Message d’une famille" in row
    before = len(town.mails(KARIM))
    page = await nora.press(page, f"{PAGE}/{mail.id}")
    assert "Cet e-mail repart" in page.text and "Un e-mail est en chemin" in page.text
    await town.hub.settle()
    assert len(town.mails(KARIM)) == before + 1
    assert "Tout est arrivé" in (await nora.get(PAGE)).text


async def test_a_long_list_goes_on(town: Town, nora: Browser) -> None:
    now = town.clock.now()
    for number in range(LENGTH + 5):
        await OutboundMail.create(
            key=f"k{number}", kind="x", recipient=f"p{number}@x.test", domain="x.test", envelope_from="", size=1,
            message_id=f"<{number}@x>", content=b"x", state="given_up", due_at=now, created_at=now, settled_at=now,
        )  # fmt: skip
    page = await nora.get(PAGE)
    [older] = [a.attributes["href"] for a in page.all("a") if a.text() == "Plus anciens"]
    assert (len(page.texts(".held tbody tr")), len((await nora.get(str(older))).texts(".held tbody tr"))) == (LENGTH, 5)


async def test_only_administrators(town: Town, karim: Browser) -> None:
    assert (await karim.get(PAGE)).status == 404
    token = (await karim.get("/bureau/adresses")).form("/bureau/deconnexion")
    assert (await karim.post(f"{PAGE}/1", token)).status == 404
    assert PAGE not in (await karim.get("/bureau/adresses")).html
