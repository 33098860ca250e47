"""Whose a conversation is: taken on, given to a colleague, let go; and the queue of what is mine follows."""

from __future__ import annotations

from hub.mailbox.models import Note, Service, ServiceAgent, Thread
from tests.cast import KARIM, MARIE, NORA, PASSWORD, Town
from tests.desk.conftest import Arrive
from tests.desk.test_conversations import THREADS, written
from tests.web.browser import Browser

MINE = f"{THREADS}?vue=miennes"


async def test_it_is_given_to_a_colleague_whose_it_is_from_then_on(town: Town, nora: Browser, karim: Browser) -> None:
    url, agent = await written(town), await town.agent(KARIM)
    page = await nora.get(url)
    assert [o.text() for o in page.all("#confier option")] == ["–", "Karim Haddad"]
    page = await nora.press(page, f"{url}/confier", confier=str(agent.id))
    assert "La conversation est confiée." in page.text and "Suivie par Karim Haddad" in page.text
    assert "Confiée à Karim Haddad." in (await Note.get()).text
    assert len((await karim.get(MINE)).all(".queue a")) == 1 and not (await nora.get(MINE)).all(".queue a")
    assert "Karim Haddad" in " ".join((await nora.get(THREADS)).texts(".queue .why"))
    page = await karim.get(url)
    assert "Vous suivez" in page.text
    page = await karim.press(page, f"{url}/confier", confier=str((await town.agent(NORA)).id))
    assert len((await nora.get(MINE)).all(".queue a")) == 1 and not (await karim.get(MINE)).all(".queue a")
    await town.hub.settle()
    assert all("Confiée" not in mail.text + mail.html for mail in town.mails(MARIE)), "a matter among colleagues"


async def test_only_to_who_answers_for_its_service(town: Town, nora: Browser, arrive: Arrive) -> None:
    url = await written(town)
    school = await Service.get(slug="scolaire")
    anne = await town.hub.people.add_agent("Anne Roy", "anne@ville.test", PASSWORD)
    await ServiceAgent.create(service=school, agent=anne)
    page = await nora.get(url)
    assert "Anne Roy" not in page.text
    for agent in (str(anne.id), "", "999999"):
        page = await nora.press(await nora.get(url), f"{url}/confier", confier=agent)
        assert page.status == 422 and "Choisissez un agent de ce service." in page.texts("#erreur-confier")[0]
    assert (await Thread.get()).assigned_id is None and not await Note.exists()
    other = await arrive("anne@ville.test")
    token = (await other.get(THREADS)).form("/bureau/deconnexion")
    assert (await other.post(f"{url}/confier", token | {"confier": str(anne.id)})).status == 404


async def test_who_lets_go_what_a_colleague_followed_says_so_to_colleagues(
    town: Town, nora: Browser, karim: Browser
) -> None:
    url = await written(town)
    await nora.press(await nora.get(url), f"{url}/suivre")
    await karim.press(await karim.get(url), f"{url}/rendre")
    assert "Personne ne suit" in (await nora.get(url)).text
    assert [(note.author, note.text) for note in await Note.all()] == [
        ("Karim Haddad", "Libérée : plus personne ne la suit.")
    ]


async def test_it_is_still_theirs_once_it_is_joined_to_another(town: Town, nora: Browser, karim: Browser) -> None:
    url, other, school = await written(town), await written(town), await written(town, service="scolaire")
    await nora.press(await nora.get(url), f"{url}/suivre")
    await karim.press(await karim.get(url), f"{url}/reunir", avec=other.rpartition("/")[2])
    assert "Suivie par Nora Lambert" in (await karim.get(other)).text
    await karim.press(await karim.get(other), f"{other}/reunir", avec=school.rpartition("/")[2])
    assert "Personne ne suit" in (await karim.get(school)).text, "she does not work for that service"


async def test_of_two_who_take_it_on_the_first_sees_that_it_was_taken_over(
    town: Town, nora: Browser, karim: Browser
) -> None:
    url = await written(town)
    page = await karim.get(url)
    await nora.press(await nora.get(url), f"{url}/suivre")
    await karim.press(page, f"{url}/suivre")
    assert "Suivie par Karim Haddad" in (await nora.get(url)).text
    assert [(note.author, note.text) for note in await Note.all()] == [("Karim Haddad", "Reprise à Nora Lambert.")]
