"""Agents who share conversations: who is there, who answered meanwhile, nothing to answer, later, two that are one."""

from __future__ import annotations

import json
from datetime import timedelta

from hub.dossier.models import Family
from hub.mailbox.models import (
    Draft,
    FormerThread,
    LaterAnswer,
    Message,
    Note,
    Presence,
    Service,
    ServiceAgent,
    Theme,
    Thread,
)
from hub.mailbox.threads import Said
from tests.cast import KARIM, LEA, MARIE, NORA, PAUL, Town
from tests.desk.conftest import Arrive
from tests.desk.test_conversations import THREADS, written
from tests.web.browser import Browser


async def writes_on(town: Town, url: str, text: str) -> None:
    """Marie, in the conversation at that address of the desk."""
    await town.hub.threads.answer(town.sender().author, int(url.rpartition("/")[2]), Said(text, text))


async def test_who_else_is_there_and_writing(town: Town, nora: Browser, karim: Browser) -> None:
    url = await written(town)
    sign = (await karim.get(url)).form(f"{url}/note")
    assert json.loads((await karim.post(f"{url}/presence", sign)).html) == {"others": []}
    assert "Karim Haddad regarde aussi cette conversation." in (await nora.get(url)).text
    await karim.post(f"{url}/presence", sign | {"ecrit": "1"})
    answer = await nora.post(f"{url}/presence", (await nora.get(url)).form(f"{url}/note"))
    assert json.loads(answer.html) == {"others": ["Karim Haddad écrit une réponse."]}
    town.clock.advance(minutes=1)
    assert "Karim" not in (await nora.get(url)).texts("[data-presence]")[0]
    await town.hub.presence.forget()
    assert not await Presence.exists()
    own = (await nora.get(url)).form(f"{url}/note")
    assert (await nora.post(f"{THREADS}/999/presence", own)).status == 404


async def test_who_answers_after_a_colleague_is_told_once(town: Town, nora: Browser, karim: Browser) -> None:
    url = await written(town)
    page = await nora.get(url)
    await karim.send(await karim.get(url), f"{url}/repondre", [], message="Oui.")
    page = await nora.send(page, f"{url}/repondre", [], message="Non.")
    assert page.status == 422 and "Karim Haddad a écrit entre-temps" in page.text
    assert page.all("textarea")[0].text() == "Non." and "Oui." in page.text
    page = await nora.send(page, f"{url}/repondre", [], message="Oui, comme dit Karim.")
    assert "Votre réponse est envoyée" in page.text


async def test_what_is_written_is_not_lost_with_the_conversation_that_a_colleague_moves(
    town: Town, nora: Browser, karim: Browser
) -> None:
    url, other, third = await written(town), await written(town, subject="Garderie"), await written(town, email=LEA)
    school = str((await Service.get(slug="scolaire")).id)
    pages = {one: await nora.get(one) for one in (url, third)}
    await karim.press(await karim.get(url), f"{url}/reunir", avec=other.rsplit("/")[-1])
    await karim.press(await karim.get(third), f"{third}/transferer", service=school)
    for one, act, field, back in ((url, "repondre", "message", other), (third, "note", "note", THREADS)):
        page = await nora.press(pages[one], f"{one}/{act}", **{field: "Une longue réponse."})
        assert page.status == 404 and page.all("textarea")[0].text() == "Une longue réponse."
        assert [a.attributes["href"] for a in page.all(".trouble a")] == [back]
        assert ("réunie" in page.text) is (one == url)
    await ServiceAgent.filter(service__slug="periscolaire", agent__email=NORA).delete()
    page = await nora.press(pages[url], f"{url}/classer")
    assert "réunie" not in page.text, "not to who does not see the other one"
    assert not await Message.filter(agent_id__not_isnull=True).exists()


async def test_nothing_to_answer_and_after_all(town: Town, nora: Browser) -> None:
    url = await written(town)
    page = await nora.press(await nora.get(url), f"{url}/classer")
    assert "est classée" in page.text and not (await nora.get(THREADS)).all(".queue a")
    thread = await Thread.get()
    assert thread.clock_since is None and "Classée sans réponse" in (await Note.get()).text
    page = await nora.press(page, f"{url}/rouvrir")
    [message] = await Message.all()
    thread = await Thread.get()
    assert (thread.waits_since, thread.clock_since) == (message.at, message.at)
    assert len((await nora.get(THREADS)).all(".queue a")) == 1
    assert "Classée" not in " ".join(mail.text for mail in town.mails(MARIE))


async def test_the_legal_clock_of_what_is_opened_again(town: Town, nora: Browser) -> None:
    """From the first message without an answer, as before it was closed; and from none where all was answered."""
    url = await written(town)
    begun = (await Thread.get()).clock_since
    town.clock.advance(hours=3)
    await town.hub.threads.answer(town.sender().author, int(url.rpartition("/")[2]), Said("Alors ?", "k2"))
    for act in ("classer", "rouvrir"):
        await nora.press(await nora.get(url), f"{url}/{act}")
    assert ((thread := await Thread.get()).waits_since, thread.clock_since) == (begun, begun)
    await nora.send(await nora.get(url), f"{url}/repondre", message="Oui.")
    await nora.press(await nora.get(url), f"{url}/rouvrir")
    assert (thread := await Thread.get()).waits_since and thread.clock_since is None


async def test_an_answer_that_goes_later(town: Town, nora: Browser) -> None:
    url = await written(town)
    page = await nora.get(url)
    for odd in ("hier", "2020-01-01T10:00", "2030-01-01T10:00"):
        page = await nora.send(page, f"{url}/repondre", [], message="Le menu.", plus_tard=odd)
        assert page.status == 422 and page.texts("#erreur-plus_tard") and page.all("textarea")[0].text() == "Le menu."
    due = (town.clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    page = await nora.send(page, f"{url}/repondre", [("menu.pdf", b"%PDF-1.7 menu")], message="Le menu.", plus_tard=due)
    assert "partira au moment choisi" in page.text and "à 9 h" in page.text
    assert await Message.all().count() == 1
    town.clock.advance(days=1)
    assert await town.hub.later.step() == 0
    town.clock.advance(days=1, hours=12)
    assert (await town.hub.later.step(), await town.hub.later.step()) == (1, 0)
    await town.hub.settle()
    mail = town.mails(MARIE)[-1]
    assert "Le menu." in mail.text and [file.filename for file in mail.attachments] == ["menu.pdf"]


async def test_a_later_answer_is_taken_back_with_its_text(town: Town, nora: Browser, karim: Browser) -> None:
    url = await written(town)
    due = (town.clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    page = await nora.send(await nora.get(url), f"{url}/repondre", [("a.txt", b"x")], message="Voici.", plus_tard=due)
    page = await nora.press(page, f"{url}/plus-tard/1/annuler")
    assert page.all("textarea")[0].text() == "Voici." and (await LaterAnswer.get()).state == "dropped"
    assert (await nora.post(f"{url}/plus-tard/1/annuler", page.form(f"{url}/note"))).status == 404
    town.clock.advance(days=3)
    assert await town.hub.later.step() == 0


async def test_an_answer_after_which_somebody_wrote_is_held_until_an_agent_has_read_on(
    town: Town, nora: Browser, karim: Browser, arrive: Arrive
) -> None:
    url = await written(town)
    due = (town.clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    page = await nora.send(await nora.get(url), f"{url}/repondre", message="Il mangera jeudi.", plus_tard=due)
    go = f"{url}/plus-tard/1/envoyer"
    assert "Partira plus tard" in page.text and not page.all(f"[action='{go}']")
    await karim.send(await karim.get(url), f"{url}/repondre", message="Votre collègue vous dira.")
    await writes_on(town, url, "Finalement, vendredi.")
    assert "Sera retenue : Marie Durand a écrit entre-temps" in (await nora.get(url)).text
    await Thread.all().update(waits_since=None)
    town.clock.advance(days=3)
    assert (await town.hub.later.step(), await town.hub.later.step()) == (1, 0)
    assert (await LaterAnswer.get()).state == "held" and (await Thread.get()).waits_since == town.clock.now()
    nora = await arrive(NORA)
    page = await nora.get(url)
    assert "Retenue : Marie Durand" in page.text and page.texts(".note .said")[0].startswith("Réponse prévue, retenue")
    late = page
    await writes_on(town, url, "Ou samedi ?")
    page = await nora.press(late, go)
    assert "part à l’instant" in page.text
    assert await town.hub.later.step() == 1 and (await LaterAnswer.get()).state == "held", "not read up to samedi"
    await nora.press(await nora.get(url), go)
    assert await town.hub.later.step() == 1
    assert (await Message.all().order_by("-id").first()).text == "Il mangera jeudi."  # type: ignore[union-attr]
    assert (await nora.post(go, page.form(f"{url}/note"))).status == 404


async def test_one_s_own_words_hold_nothing_up_and_it_may_be_let_go_before_its_day(town: Town, nora: Browser) -> None:
    url = await written(town)
    due = (town.clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    page = await nora.send(await nora.get(url), f"{url}/repondre", message="Rappel : demain.", plus_tard=due)
    page = await nora.send(page, f"{url}/repondre", message="Oui, venez.")
    assert "Partira plus tard" in page.text
    await writes_on(town, url, "Merci !")
    page = await nora.press(await nora.get(url), f"{url}/plus-tard/1/envoyer")
    assert "La réponse est maintenue" in page.text and "Partira plus tard" in page.text
    assert await town.hub.later.step() == 0
    town.clock.advance(days=3)
    assert await town.hub.later.step() == 1
    assert (await LaterAnswer.get()).state == "sent"


async def test_who_no_longer_answers_for_the_service_says_nothing_in_its_name(
    town: Town, nora: Browser, arrive: Arrive
) -> None:
    url = await written(town)
    due = (town.clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")
    plan = ("plan.pdf", b"%PDF-1.7 plan")
    page = await nora.send(await nora.get(url), f"{url}/repondre", [plan], message="Je passe demain.", plus_tard=due)
    assert page.texts(".note .chip b") == ["plan.pdf"] and "à choisir à nouveau" in page.text
    await ServiceAgent.filter(agent_id=(await town.agent(NORA)).id).delete()
    assert "Ne partira pas" in (await (await arrive(KARIM)).get(url)).text and "Partira plus tard" in page.text
    town.clock.advance(days=3)
    assert (await town.hub.later.step(), await town.hub.later.step()) == (1, 0)
    note = await Note.get()
    assert "Je passe demain." in note.text and "n’est pas de ce service" in note.text
    assert await Message.all().count() == 1
    karim, gone = await arrive(KARIM), await arrive(NORA)
    page = await karim.get(url)
    [file] = page.all(".note .chip")
    assert "plan.pdf" in file.text() and "Partira plus tard" not in page.text
    address = str(file.attributes["href"]).removesuffix("?apercu=1")
    assert (await karim.get(address)).html == "%PDF-1.7 plan"
    for odd in (f"{address}9", address.replace("/1/", "/7/")):
        assert (await karim.get(odd)).status == 404
    assert (await gone.get(address)).status == 404, "who has left the service"


async def test_two_conversations_become_one(town: Town, nora: Browser) -> None:
    first = await written(town, subject="Cantine")
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "C’est noté."))
    town.clock.advance(minutes=5)
    second = await written(town, "Et jeudi ?", subject="Cantine encore")
    mail = town.mails(NORA)[-1]
    old, new = (int(url.rpartition("/")[2]) for url in (second, first))
    await Draft.create(account=town.account(MARIE), thread_id=old, key="d", text="Je", saved_at=town.clock.now())
    page = await nora.press(await nora.get(second), f"{second}/reunir", avec="")
    assert page.status == 422 and page.texts("#erreur-avec")
    page = await nora.press(page, f"{second}/reunir", avec=str(new))
    assert "n’en font plus qu’une" in page.text and "Et jeudi ?" in page.text and "C’est noté." in page.text
    thread = await Thread.get()
    assert (thread.id, thread.messages_count, thread.snippet) == (new, 3, "Et jeudi ?")
    assert thread.waits_since is not None and (await FormerThread.get()).id == old
    draft = await Draft.get()
    assert draft.thread_id is None and (draft.subject, draft.text) == ("Cantine encore", "Je")
    assert (await nora.get(second)).url == first
    await town.arrive(town.answer(mail, NORA, "Jeudi aussi."))  # to the address of the one that is gone
    assert (await Message.filter(thread_id=new).order_by("-id").first()).text == "Jeudi aussi."
    assert await town.hub.threads.joined_to(old) == new
    conversation = await town.hub.conversations.read(town.account(PAUL).id, new)
    assert len(conversation.messages) == 4 and conversation.head.unread == 4


async def test_what_does_not_belong_together_stays_apart(town: Town, nora: Browser) -> None:
    mine = await written(town)
    other = await written(town, email=LEA)
    page = await nora.get(mine)
    target = other.rpartition("/")[2]
    assert (await nora.post(f"{mine}/reunir", page.form(f"{mine}/note") | {"avec": target})).status == 404
    await Family.filter(id=town.account(MARIE).family_id).update(is_separated=True)
    apart = await written(town, "Seule", subject="À part")
    page = await nora.press(await nora.get(apart), f"{apart}/reunir", avec=mine.rpartition("/")[2])
    assert page.status == 422 and "pas les mêmes lecteurs" in page.text
    assert await Thread.all().count() == 3


async def test_queues_by_theme_and_age(town: Town, nora: Browser) -> None:
    await written(town, subject="Ancienne")
    await Thread.all().update(waits_since=town.clock.now() - timedelta(days=8))
    await written(town, subject="Récente")
    page = await nora.get(f"{THREADS}?age=7")
    assert page.texts(".queue a") == ["Ancienne"]
    theme = (await Thread.all().first()).theme_id
    assert len((await nora.get(f"{THREADS}?theme={theme}&vue=toutes")).all(".queue a")) == 2
    other = await Theme.get(service__slug="scolaire")
    page = await nora.get(f"{THREADS}?theme={other.id}&vue=toutes")
    assert len(page.all(".queue a")) == 2, "a theme that the form does not show narrows nothing"
    for view in ("miennes", "pieces"):
        assert not (await nora.get(f"{THREADS}?vue={view}")).all(".queue a")
