"""The link that vouches for a held mail: looking changes nothing, the button does, once."""

import re

from hub.mail.models import InboundMail
from hub.mailbox.models import Message
from tests.cast import MARIE, Town
from tests.web.conftest import Arrive


async def held_link(town: Town) -> str:
    """The path that Marie's mailbox holds after a mail came in her name, a name server being silent."""
    raw = town.fresh(
        MARIE, "periscolaire@hub.test", "Étude du soir", "Bonjour, c’est Marie.", results="dmarc=temperror"
    )
    await town.arrive(raw)
    (mail,) = town.mails(MARIE)
    found = re.search(r"http://hub\.test(/courriel/\S+)", mail.text)
    assert found, mail.text
    return found[1]


async def test_looking_posts_nothing_and_the_button_posts_once(town: Town, anyone: Arrive) -> None:
    link = await held_link(town)
    browser = await anyone()
    page = await browser.get(link)
    await browser.get(link)
    await town.hub.settle()
    assert "Étude du soir" in page.text and not await Message.exists()
    done = await browser.press(page, link)
    assert done.title == "E-mail confirmé"
    await town.hub.settle()
    assert (await Message.get()).text == "Bonjour, c’est Marie."
    again = await browser.get(link)
    assert again.status == 404 and "a déjà servi" in again.text
    assert (await browser.post(link, page.form(link))).status == 404


async def test_the_button_needs_the_page(town: Town, anyone: Arrive) -> None:
    link = await held_link(town)
    assert (await (await anyone()).post(link, {"csrf": "x"})).status == 403
    await town.hub.settle()
    assert (await InboundMail.get(state="held")).subject == "Étude du soir"


async def test_the_link_lapses(town: Town, anyone: Arrive) -> None:
    link = await held_link(town)
    town.clock.advance(days=8)
    assert (await (await anyone()).get(link)).status == 404
