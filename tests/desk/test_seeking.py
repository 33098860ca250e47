"""Search at the desk: families, and conversations of the agent's own services; never a word of another one's."""

from __future__ import annotations

from hub.mailbox.models import Message, Note, Service
from hub.mailbox.receipts import reference
from tests.cast import LEA, Town
from tests.desk.conftest import LOGIN, Arrive
from tests.desk.test_conversations import written
from tests.web.browser import Browser, Page

PAGE = "/bureau/recherche"


async def seek(browser: Browser, question: str) -> Page:
    page = await browser.get(PAGE, params={"q": question})
    assert page.status == 200
    return page


def threads(page: Page) -> list[str]:
    return [str(a.attributes["href"]) for a in page.all(".queue a")]


async def test_conversations_by_what_was_said_and_by_whose_they_are(town: Town, nora: Browser) -> None:
    first = await written(town, "Les réservations de mercredi sont-elles ouvertes ?", subject="Cantine")
    town.clock.advance(minutes=5)
    second = await written(town, "Bonjour", email=LEA, subject="Réservation du car")
    for question in ("reservation", "RÉSERVÉES", "réserv"):
        assert threads(await seek(nora, question)) == [second, first], question
    assert threads(await seek(nora, "réservation mercredi")) == [first]
    assert threads(await seek(nora, "1234")) == [first] and threads(await seek(nora, "martin")) == [second]
    page = await seek(nora, "durand")
    assert threads(page) == [first] and "Marie Durand" in page.text and page.value("q") == "durand"
    assert next(a.attributes["href"] for a in page.all(".held:not(.queue) a")).startswith("/bureau/comptes/")
    for nothing in ("zèbre", "%", '"', "' OR 1=1 --", "()|&!:*"):
        page = await seek(nora, nothing)
        assert not threads(page) and "Rien trouvé" in page.text, nothing
    assert "Que cherchez-vous" in (await seek(nora, "  ")).text


async def test_the_reference_that_a_family_quotes_on_the_telephone(town: Town, nora: Browser, karim: Browser) -> None:
    url = await written(town, service="scolaire")
    message = await Message.get(thread_id=int(url.rpartition("/")[2]))
    quoted = reference(town.hub.core.config, message.id, message.at)
    assert threads(await seek(karim, quoted)) == threads(await seek(karim, f"n° {quoted}")) == [url]
    assert f"N° {quoted}" in (await karim.get(url)).text.replace("\xa0", " ")
    assert threads(await seek(nora, quoted)) == []


async def test_other_services_conversations_are_not_found(town: Town, nora: Browser, karim: Browser) -> None:
    url = await written(town, "Une question confidentielle", subject="Quotient", service="scolaire")
    assert threads(await seek(karim, "confidentielle")) == [url]
    for question in ("confidentielle", "quotient", "durand", "1234"):
        page = await seek(nora, question)
        assert not threads(page) and "Quotient" not in page.html, question
    await town.hub.threads.transfer(int(url.rpartition("/")[2]), (await Service.get(slug="periscolaire")).id, "Karim")
    assert threads(await seek(nora, "confidentielle")) == [url]


async def test_notes_are_not_what_a_family_said(town: Town, nora: Browser) -> None:
    url = await written(town)
    await nora.press(await nora.get(url), f"{url}/note", note="Rappeler la grand-mère")
    assert await Note.all().count() == 1 and not threads(await seek(nora, "grand-mère"))


async def test_it_stands_on_every_page_and_only_for_who_is_in(town: Town, nora: Browser, arrive: Arrive) -> None:
    url = await written(town)
    for path in ("/bureau/conversations", url, "/bureau/documents", "/bureau/comptes", "/bureau/compte"):
        [form] = (await nora.get(path)).all("form.seek")
        assert form.attributes["action"] == PAGE and form.css("[data-seek]")
    assert (await (await arrive()).get(PAGE)).url.startswith(LOGIN)
    marie = await arrive()
    await marie.login("mdurand")
    assert (await marie.get(f"{PAGE}?q=cantine")).url.startswith(LOGIN)
