"""Conversations at the desk: of the agent's services only; answered, noted, looked after, handed on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hub.accounts.models import Account
from hub.core.errors import NotFound
from hub.core.told import ask, numbers
from hub.dossier.models import Family
from hub.mailbox import handling
from hub.mailbox.models import Entry, Message, Note, Service, ServiceAgent, Thread
from hub.mailbox.queues import PAGE, Filter, Queue
from tests.cast import KARIM, LEA, MARIE, NORA, PAUL, SCHOOL, Town
from tests.desk.conftest import Arrive
from tests.web.browser import Browser, multipart

THREADS = "/bureau/conversations"


async def written(town: Town, text: str = "Léo mange-t-il jeudi ?", **typed: str) -> str:
    message = await town.write(text, **typed)
    await town.hub.settle()
    return f"{THREADS}/{message.thread_id}"


async def test_what_waits_stands_oldest_first_until_somebody_answers_from_anywhere(town: Town, nora: Browser) -> None:
    first = await written(town, subject="Cantine")
    town.clock.advance(minutes=5)
    second = await written(town, email=LEA, subject="Garderie")
    page = await nora.get(THREADS)
    assert [a.attributes["href"] for a in page.all(".queue a")] == [first, second]
    assert "2 à répondre" in " ".join(page.texts(".tab"))
    town.clock.advance(minutes=5)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui."))  # from her own mail client
    page = await nora.get(THREADS)
    assert [a.attributes["href"] for a in page.all(".queue a")] == [second]
    page = await nora.get(f"{THREADS}?vue=toutes")
    assert [a.attributes["href"] for a in page.all(".queue a")] == [first, second]
    await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "Merci !"))
    assert len((await nora.get(THREADS)).all(".queue a")) == 2


async def test_an_answer_with_files_reaches_the_family(town: Town, nora: Browser) -> None:
    url = await written(town)
    page = await nora.get(url)
    assert "Léo mange-t-il jeudi ?" in page.text and "Durand (1234)" in page.text
    assert "Délai légal : jusqu’au 22 décembre 2026." in page.text
    page = await nora.send(page, f"{url}/repondre", [("menu.pdf", b"%PDF-1.7 menu")], message="Oui, voici le menu.")
    assert "Votre réponse est envoyée" in page.text and "menu.pdf" in page.text
    await town.hub.settle()
    mail = town.mails(MARIE)[-1]
    assert "Oui, voici le menu." in mail.text and mail.attachments[0].filename == "menu.pdf"
    [chip] = page.all("a.chip")
    assert (await nora.get(str(chip.attributes["href"]))).html == "%PDF-1.7 menu"
    form = page.form(f"{url}/repondre") | {"message": "Une fois"}
    for _ in range(2):
        await nora.post(f"{url}/repondre", form)
    assert await Message.filter(text="Une fois").count() == 1
    for address in (f"{url}/repondre", f"{THREADS}/999/repondre"):  # said before, and nowhere
        body = multipart(form, [("encore.txt", b"x")])
        await nora.post(address, body)
    assert len([p for p in Path(town.hub.core.config.storage.url).rglob("*") if p.is_file()]) == 1


async def test_what_is_wrong_is_told_with_the_text_kept(town: Town, nora: Browser) -> None:
    url = await written(town)
    page = await nora.send(await nora.get(url), f"{url}/repondre", [("a.txt", b"x")], message="  ")
    assert page.status == 422 and page.texts("#erreur-message") and "à nouveau" in page.texts("#erreur-piece")[0]
    large = ("gros.txt", b"x" * (2 * 1024 * 1024 + 1))
    page = await nora.send(await nora.get(url), f"{url}/repondre", [large], message="Voici <le> menu")
    assert page.status == 422 and page.all("textarea")[0].text() == "Voici <le> menu"
    page = await nora.send(await nora.get(url), f"{url}/repondre", message="/accepter")
    assert page.status == 422 and "par e-mail" in page.texts("#erreur-message")[0]
    page = await nora.press(await nora.get(url), f"{url}/note", note="")
    assert page.status == 422 and page.texts("#erreur-note")
    page = await nora.press(await nora.get(url), f"{url}/transferer", service="")
    assert page.status == 422 and page.texts("#erreur-service")
    assert await Message.all().count() == 1


async def test_a_round_goes_from_one_that_waits_to_the_next(town: Town, nora: Browser) -> None:
    first = await written(town, subject="Un")
    town.clock.advance(minutes=1)
    elsewhere = await written(town, subject="Ailleurs", service="scolaire")
    town.clock.advance(minutes=1)
    second = await written(town, subject="Deux")
    town.clock.advance(minutes=1)
    third = await written(town, subject="Trois")
    await ServiceAgent.filter(agent_id=(await town.agent(NORA)).id, service__slug="scolaire").delete()
    page = await nora.get(first)
    assert page.all("[data-after]")[0].attributes["href"] == f"{first}/suivante"
    for here, way, there in (
        (first, "suivante", second), (second, "suivante", third), (third, "suivante", first),
        (third, "precedente", second), (first, "precedente", third),
    ):  # fmt: skip
        page = await nora.get(f"{here}/{way}")
        assert (page.redirects, page.url) == ((303,), there)
    await nora.send(await nora.get(second), f"{second}/repondre", message="Oui.")
    assert (await nora.get(f"{second}/suivante")).url == third, "what is answered keeps its place"
    for url in (first, third):
        await nora.press(await nora.get(url), f"{url}/classer")
    assert (await nora.get(f"{third}/suivante")).url == THREADS
    assert (await nora.get(f"{elsewhere}/suivante")).status == 404, "not of her services"


async def test_a_pdf_opens_in_a_tab_of_its_own(town: Town, nora: Browser) -> None:
    url = await written(town)
    page = await nora.send(
        await nora.get(url), f"{url}/repondre", [("a.pdf", b"%PDF-1.7"), ("b.txt", b"b")], message="x"
    )
    pdf, text = page.all(".chip")
    assert pdf.attributes["target"] == "_blank" and "download" in text.attributes
    async with nora.http.get(str(pdf.attributes["href"])) as shown:
        assert shown.headers["Content-Disposition"].startswith("inline") and shown.content_type == "application/pdf"


async def test_a_note_is_for_agents_only(town: Town, nora: Browser, karim: Browser) -> None:
    url = await written(town)
    page = await nora.press(await nora.get(url), f"{url}/note", note="Famille à rappeler.")
    assert "Famille à rappeler." in page.text
    assert "Famille à rappeler." in (await karim.get(url)).text
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui."))
    thread = await Thread.get()
    talk = await town.hub.conversations.read(town.account().id, thread.id)
    assert "rappeler" not in str(talk)
    for address in (MARIE, NORA, KARIM):
        assert all("rappeler" not in mail.text + mail.html for mail in town.mails(address))
    assert await Note.all().count() == 1


async def test_somebody_looks_after_it(town: Town, nora: Browser, karim: Browser) -> None:
    url = await written(town)
    page = await nora.press(await nora.get(url), f"{url}/suivre")
    assert "Vous suivez" in page.text
    assert "Suivie par Nora Lambert" in (await karim.get(url)).text
    assert len((await nora.get(f"{THREADS}?vue=miennes")).all(".queue a")) == 1
    assert not (await karim.get(f"{THREADS}?vue=miennes")).all(".queue a")
    await karim.press(await karim.get(url), f"{url}/rendre")
    assert "Personne ne suit" in (await nora.get(url)).text


async def test_it_is_handed_on_with_its_history_in_the_middle_of_an_exchange(
    town: Town, nora: Browser, karim: Browser
) -> None:
    url, school = await written(town), await Service.get(slug="scolaire")
    page = await nora.press(await nora.get(url), f"{url}/transferer", service=str(school.id))
    assert "transférée" in page.text and not page.all(".queue a")
    assert (await nora.get(url)).status == 404
    page = await karim.get(url)
    assert "Léo mange-t-il jeudi ?" in page.text and "Nora Lambert a transféré" in page.text
    talk = await town.hub.conversations.read(town.account().id, (await Thread.get()).id)
    assert any(event.kind == "transferred" for event in talk.events)
    await town.hub.settle()
    [mail] = town.mails(SCHOOL)
    assert "transférée à votre service" in mail.text and "transférée à votre service" in mail.html
    assert "Léo mange-t-il jeudi ?" in mail.text
    await town.arrive(town.answer(mail, SCHOOL, "Bien reçu."))
    assert await Message.filter(text="Bien reçu.").exists() and len(town.mails(SCHOOL)) == 1
    # the address to which Karim was written before still works
    await town.arrive(town.answer(town.mails(KARIM)[0], KARIM, "Le service scolaire répond."))
    assert await Message.filter(text="Le service scolaire répond.").exists()


async def test_who_gets_it_back_is_written_to_again(town: Town) -> None:
    thread = (await town.write("Léo mange-t-il jeudi ?")).thread_id
    await town.hub.settle()
    for service in ("scolaire", "periscolaire"):
        await town.hub.threads.transfer(thread, (await Service.get(slug=service)).id, "Karim Haddad")
        await town.hub.settle()
    first, again = town.mails(NORA)
    assert "vient d’être transférée à votre service" in again.text and "Léo mange-t-il jeudi ?" in again.text
    assert again.message_id != first.message_id and again.in_reply_to == first.message_id
    await town.arrive(town.answer(again, NORA, "Oui."))
    await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "Merci."))
    assert first.message_id in town.mails(NORA)[-1].references
    assert [m.text async for m in Message.all().order_by("id")] == ["Léo mange-t-il jeudi ?", "Oui.", "Merci."]


async def test_other_services_conversations_are_not_there(town: Town, nora: Browser, arrive: Arrive) -> None:
    url = await written(town, "Secret", service="scolaire")
    thread = int(url.rpartition("/")[2])
    token = (await nora.get(THREADS)).form("/bureau/deconnexion")
    assert "Secret" not in (await nora.get(f"{THREADS}?vue=toutes")).text
    assert (await nora.get(url)).status == 404
    for verb, fields in (("repondre", {"message": "x"}), ("note", {"note": "x"}), ("suivre", {}), ("rendre", {}),
                         ("transferer", {"service": "1"})):  # fmt: skip
        assert (await nora.post(f"{url}/{verb}", token | fields)).status == 404, verb
    school = await Service.get(slug="scolaire")
    assert not (await town.hub.queues.page((await town.agent(NORA)).id, Queue.everything, Filter(school.id))).rows
    with pytest.raises(NotFound):
        await town.hub.handling.attachment((await town.agent(NORA)).id, thread, 1)
    assert await Message.all().count() == 1 and not await Note.exists()


async def test_an_agent_begins_a_conversation_with_a_family(town: Town, nora: Browser) -> None:
    guardian = town.account().guardian_id
    page = await nora.get(f"/bureau/comptes/{guardian}")
    url = f"/bureau/comptes/{guardian}/ecrire"
    assert url in [a.attributes.get("href") for a in page.all("a")]
    page = await nora.get(url)
    page = await nora.send(page, url, [("a.txt", b"x")], objet="", message="")
    assert page.status == 422 and page.texts("#erreur-objet") and page.texts("#erreur-message")
    page = await nora.send(page, url, [("menu.pdf", b"%PDF-1.7")], objet="Sortie", message="Pensez au pique-nique.")
    assert "Sortie" in page.title and "menu.pdf" in page.text
    await town.hub.settle()
    for email in (MARIE, PAUL):
        mail = town.mails(email)[-1]
        assert "vous a écrit" in mail.text and "Pensez au pique-nique." in mail.text
    await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "C’est noté."))
    assert "C’est noté." in (await nora.get(page.url.partition("?")[0])).text
    assert "C’est noté." in town.mails(NORA)[-1].text
    assert not (await Thread.get()).theme_id


async def test_of_parents_who_live_apart_only_the_one_written_to_reads_it(town: Town, nora: Browser) -> None:
    await Family.filter(id=town.account().family_id).update(is_separated=True)
    url = f"/bureau/comptes/{town.account(PAUL).guardian_id}/ecrire"
    form = (await nora.get(url)).form(url) | {"objet": "Pour Paul", "message": "Votre adresse a changé ?"}
    for _ in range(2):
        await nora.post(url, form)
    await town.hub.settle()
    assert await Thread.all().count() == 1
    assert "Votre adresse" in town.mails(PAUL)[-1].text and not town.mails(MARIE)
    assert not await Entry.filter(account_id=town.account(MARIE).id).exists()
    lea = town.account(LEA)
    await Account.filter(id=lea.id).delete()
    assert (await nora.post(f"/bureau/comptes/{lea.guardian_id}/ecrire", form)).status == 404


async def test_a_long_queue_goes_on_page_by_page(town: Town) -> None:
    nora, now = await town.agent(NORA), town.clock.now()
    service = await Service.get(slug="periscolaire")
    await town.write("Première")
    for number in range(2 * PAGE):
        await Thread.create(
            family_id=town.account().family_id, service=service, subject=f"n° {number}", opened_at=now, last_at=now,
            waits_since=now,
        )  # fmt: skip
    for queue in (Queue.waiting, Queue.everything):
        seen, after = list[int](), ""
        while True:
            page = await town.hub.queues.page(nora.id, queue, Filter(after=after))
            seen += [row.id for row in page.rows]
            if not (after := page.more):
                break
        assert len(seen) == len(set(seen)) == 2 * PAGE + 1
    assert await ask(town.hub.core.db, numbers(town.hub.queues.counted(nora.id))) == ([2 * PAGE + 1],)
    for made_up in ("x", "1-", "-1", "9" * 30 + "-1"):
        assert (await town.hub.queues.page(nora.id, Queue.waiting, Filter(after=made_up))).rows


async def test_a_paper_is_asked_for_and_given_up(town: Town, nora: Browser) -> None:
    url = await written(town, subject="Inscription")
    page = await nora.press(
        await nora.get(url), f"{url}/piece", piece_demandee="autre", nom_piece="", avant_le="demain"
    )
    assert page.status == 422 and page.texts("#erreur-nom_piece") and page.texts("#erreur-avant_le")
    assert page.all("#avant_le")[0].attributes["value"] == "demain"
    day = (town.clock.now() + timedelta(days=9)).date().isoformat()
    page = await nora.press(
        page, f"{url}/piece", nom_piece="Livret <de> famille", avant_le=day, precision="Pages 1 à 4"
    )
    assert "La pièce est demandée" in page.text and "Livret <de> famille" in page.text
    assert "au plus tard le 31 octobre 2026" in page.text and "Délai légal suspendu" in page.text
    await town.hub.settle()
    assert "Livret <de> famille" in town.mails(MARIE)[-1].text and "Pages 1 à 4" in town.mails(MARIE)[-1].text
    assert "pièce demandée, délai suspendu" in (await nora.get(f"{THREADS}?vue=toutes")).text
    page = await nora.press(page, f"{url}/piece/1/abandonner")
    assert "n’est plus demandée" in page.text and "attendue" not in page.text
    assert (await nora.post(f"{url}/piece/1/abandonner", page.form(f"{url}/note"))).status == 404


async def test_what_was_said_before_can_be_read_with_what_happened_then(
    town: Town, nora: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "SHOWN", 2)
    message = await town.write("Message 0")
    url = f"{THREADS}/{message.thread_id}"
    page = await nora.press(await nora.get(url), f"{url}/note", note="Ancienne note")
    for number in range(1, 5):
        town.clock.advance(minutes=5)
        draft = await town.hub.drafts.begin(town.account().id)
        await town.hub.sending.answer(town.sender(), message.thread_id, draft, await town.typed(f"Message {number}"))
    page, seen = await nora.get(url), []
    while True:
        seen.append(page.texts(".told .said"))
        older = [a for a in page.all("a.button") if "précédents" in a.text()]
        if not older:
            break
        page = await nora.get(str(older[0].attributes["href"]))
    assert seen == [["Message 3", "Message 4"], ["Message 1", "Message 2"], ["Message 0", "Ancienne note"]]
    [latest] = [a for a in page.all("a.button") if "derniers" in a.text()]
    assert (await nora.get(str(latest.attributes["href"]))).texts(".told .said") == seen[0]
    assert (await nora.get(f"{url}?avant=x")).texts(".told .said") == seen[0]
