"""Reading: folders, conversations, search, what is put away; and what belongs to somebody else."""

import pytest

from hub.mailbox import lists
from hub.mailbox.models import Attachment, Draft, Entry, Message
from hub.mailbox.threads import Author, Said
from tests.cast import NORA, Town
from tests.web.browser import Browser, multipart
from tests.web.conftest import Arrive
from tests.web.test_writing import NEW, filled


async def answered(town: Town, message: Message, text: str = "C’est noté.", agent: str = NORA) -> Message:
    """An agent answers in the thread of `message`."""
    who = await town.agent(agent)
    thread = await message.thread
    async with town.hub.core.db.transaction():
        return await town.hub.threads.post(
            thread, Author(who.name, agent=who.id), Said(text, f"k{next(town.numbers)}", via="email"), text
        )


async def test_what_was_sent_stands_in_envoyes_and_the_answer_in_recus(town: Town, marie: Browser) -> None:
    message = await town.write("Bonjour")
    assert "Aucun message reçu" in (await marie.get("/messagerie")).text
    assert (await marie.get("/messagerie/envoyes")).texts(".row .title") == ["Cantine de Léo"]
    await answered(town, message)
    page = await marie.get("/messagerie")
    assert page.texts("th") == ["Objet", "Envoyé par", "Reçu le"]
    assert page.texts(".row .who") == ["Activités périscolaires"] and "C’est noté." in page.text


async def test_reading_is_what_marks_as_read_for_this_person_only(town: Town, marie: Browser, arrive: Arrive) -> None:
    message = await town.write("Bonjour")
    await answered(town, message)
    paul = await arrive("pdurand")
    assert (await marie.get("/")).texts("[data-unread]") == ["1"]
    assert "Activités périscolaires vous a répondu" in (await marie.get("/")).text
    page = await marie.get("/messagerie")
    row = str(page.all(".row a")[0].attributes["href"])
    thread = await marie.get(row)
    assert "Nouveaux messages" in thread.text and thread.texts("[data-unread]") == ["", ""]
    assert "Nouveaux messages" not in (await marie.get(row)).text
    assert (await paul.get("/")).texts("[data-unread]") == ["1"]


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}])
async def test_a_browser_that_fetches_ahead_has_read_nothing(
    town: Town, marie: Browser, headers: dict[str, str]
) -> None:
    message = await town.write("Bonjour")
    await answered(town, message)
    await marie.get(f"/messagerie/{message.thread_id}", headers=headers)
    async with marie.http.head(f"/messagerie/{message.thread_id}"):
        pass
    assert (await Entry.get(account_id=town.account().id, thread_id=message.thread_id)).unread == 1


async def test_a_conversation_tells_what_happened_in_it(town: Town, marie: Browser) -> None:
    message = await town.write("Bonjour\n\nhttps://ville.test/menu")
    await town.hub.settle()
    await answered(town, message)
    school = next(s for s in await town.hub.directory.choices() if s.name == "Service scolaire")
    await town.hub.threads.transfer(message.thread_id, school.id, "Nora Lambert")
    page = await marie.get(f"/messagerie/{message.thread_id}")
    told = page.texts(".event span")
    assert any("Transmis au service" in line for line in told)
    assert [line.partition(" ·")[0] for line in page.texts(".message .at")] == ["Envoyé", "Répondu par e-mail"]
    assert page.texts(".message.theirs .by") == ["Nora Lambert"]
    assert any("Nora Lambert a transféré cette conversation à Service scolaire" in line for line in told)
    assert page.texts(".message.mine .text") == ["Bonjour https://ville.test/menu"]
    assert page.texts(".message.theirs .text") == ["C’est noté."]
    link = page.all(".message .text a")[0].attributes
    assert link["href"] == "https://ville.test/menu"
    assert {"nofollow", "noreferrer", "noopener"} <= set(str(link["rel"]).split())


async def test_a_long_conversation_is_read_page_by_page(town: Town, marie: Browser) -> None:
    message = await town.write("Message 0")
    for i in range(1, 120):
        await answered(town, message, f"Message {i}")
    page = await marie.get(f"/messagerie/{message.thread_id}")
    seen = page.texts(".message .text")
    assert seen[-1] == "Message 119" and len(seen) == 50
    while older := page.all("[data-older]"):
        page = await marie.get(str(older[0].attributes["href"]))
        seen = [*page.texts(".message .text"), *seen]
    assert seen == [f"Message {i}" for i in range(120)]


async def test_an_open_page_catches_up_with_what_came_since(town: Town, marie: Browser) -> None:
    message = await town.write("Bonjour")
    later = await answered(town, message, "Une réponse")
    page = await marie.get(f"/messagerie/{message.thread_id}?depuis={message.id}")
    assert page.all("html > body > nav") == [] and "<html" not in page.html
    assert [node.attributes["id"] for node in page.all(".message")] == [f"m-{message.id}", f"m-{later.id}"]


async def test_supprimer_and_restaurer_are_for_one_person(town: Town, marie: Browser, arrive: Arrive) -> None:
    message = await town.write("Bonjour")
    await answered(town, message)
    paul = await arrive("pdurand")
    url = f"/messagerie/{message.thread_id}"
    page = await marie.press(await marie.get(url), f"{url}/supprimer")
    assert "Conversation supprimée : « Cantine de Léo »." in page.text and not page.all(".row")
    assert (await marie.get("/messagerie/supprimes")).texts(".row .what a") == ["Cantine de Léo"]
    assert len((await paul.get("/messagerie")).all(".row")) == 1
    page = await marie.press(page, f"{url}/restaurer")
    assert "Conversation restaurée." in page.text
    assert not (await marie.get("/messagerie/supprimes")).all(".row")


async def test_an_answer_joins_the_conversation_with_its_reference(town: Town, marie: Browser) -> None:
    message = await town.write("Bonjour")
    url = f"/messagerie/{message.thread_id}"
    page = await marie.send(await marie.get(url), f"{url}/repondre", [("mot.pdf", b"%PDF-1.7")], message="Autre chose")
    said = await Message.get(text="Autre chose")
    assert f"{said.at.year}-{said.id:06d}" in page.text
    assert page.texts(".message.mine .text") == ["Bonjour", "Autre chose"] and "mot.pdf" in page.text


async def test_what_is_wrong_with_an_answer_is_said_at_its_field_and_its_files_are_kept(
    town: Town, marie: Browser
) -> None:
    message = await town.write("Bonjour")
    url = f"/messagerie/{message.thread_id}"
    page = await marie.send(await marie.get(url), f"{url}/repondre", message=" ")
    assert page.status == 422 and page.texts("#erreur-message") == ["Écrivez votre message."]
    page = await marie.send(page, f"{url}/repondre", [("mot.pdf", b"%PDF-1.7")], message="é" * 30_000)
    assert page.status == 422 and page.texts(".chosen b") == ["mot.pdf"]
    assert (await marie.get(url)).texts(".chosen b") == ["mot.pdf"]


async def test_a_photo_alone_is_an_answer(town: Town, marie: Browser) -> None:
    message = await town.write("Bonjour")
    url = f"/messagerie/{message.thread_id}"
    page = await marie.send(await marie.get(url), f"{url}/repondre", [("mot.pdf", b"%PDF-1.7")], message=" ")
    assert page.texts(".message.mine .text") == ["Bonjour", "(Message sans texte, voir les pièces jointes.)"]
    await town.hub.settle()
    sent = [file.filename for mail in town.mails(NORA) for file in mail.attachments]
    assert sent == ["mot.pdf"], "both letters went out together, whichever first"


async def test_search_finds_french_word_forms_without_accents(town: Town, marie: Browser) -> None:
    await town.write("Les réservations de la semaine", subject="Études")
    await town.write("Autre chose", subject="Facture")
    for asked in ("reservation", "RÉSERVÉES", "etude", "réserv semaine"):
        page = await marie.get("/messagerie/recherche", params={"q": asked})
        assert page.texts(".row .title") == ["Études"], asked
    assert "Aucun message trouvé" in (await marie.get("/messagerie/recherche?q=cheval")).text


async def test_what_a_search_finds_among_the_deleted_is_told_to_be_there(town: Town, marie: Browser) -> None:
    kept = await town.write("La cantine", subject="Gardé")
    gone = await town.write("La cantine", subject="Jeté")
    await town.hub.lists.delete(town.account().id, [gone.thread_id])
    page = await marie.get("/messagerie/recherche?q=cantine")
    told = {row.attributes["id"]: "Supprimé" in row.text() for row in page.all(".row")}
    assert told == {f"fil-{kept.thread_id}": False, f"fil-{gone.thread_id}": True}
    assert "Supprimé ·" not in (await marie.get("/messagerie/supprimes")).text


async def test_what_a_search_finds_beyond_a_page_can_be_reached(
    town: Town, marie: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    for number in range(3):
        await town.write("L’été & l’école", subject=f"Objet {number}")
        town.clock.advance(minutes=1)
    page = await marie.get("/messagerie/recherche", params={"q": "été & école"})
    [older] = page.all(".pages a")
    page = await marie.get(str(older.attributes["href"]))
    assert page.texts(".row .title") == ["Objet 0"] and page.value("q") == "été & école"
    [newer] = page.all(".pages a")
    assert (await marie.get(str(newer.attributes["href"]))).texts(".row .title") == ["Objet 2", "Objet 1"]


@pytest.mark.long
async def test_a_folder_is_turned_over_page_by_page(town: Town, marie: Browser) -> None:
    for i in range(55):
        await town.write("Bonjour", subject=f"Sujet {i}")
        town.clock.advance(minutes=1)
    page = await marie.get("/messagerie/envoyes")
    first = page.texts(".row .title")
    page = await marie.get(str(page.all("nav.pages a")[-1].attributes["href"]))
    assert first + page.texts(".row .title") == [f"Sujet {i}" for i in reversed(range(55))]
    page = await marie.get(str(page.all("nav.pages a")[0].attributes["href"]))
    assert page.texts(".row .title") == first


async def test_everything_of_another_family_is_as_if_it_did_not_exist(town: Town, marie: Browser, lea: Browser) -> None:
    _, fields = await filled(town, marie)
    await marie.post(NEW, multipart(fields, [("secret.pdf", b"%PDF-1.7 secret")]))
    thread, file = (await Message.get()).thread_id, (await Attachment.get()).id
    _, fields = await filled(town, marie, message="brouillon secret")
    await marie.post("/messagerie/brouillon", multipart(fields, [("b.pdf", b"%PDF-b")]))
    draft = await Draft.get().prefetch_related("files")
    own = (await filled(town, lea))[1]
    missing = await lea.get("/messagerie/987654")
    for url in (
        f"/messagerie/{thread}",
        f"/messagerie/{thread}?avant=99",
        f"/messagerie/{thread}?depuis=1",
        f"/messagerie/{thread}/envoye",
        f"/messagerie/{thread}/pieces/{file}",
        f"/messagerie/{thread}/pieces/{file}?apercu=1",
        f"{NEW}?brouillon={draft.key}",
    ):
        page = await lea.get(url)
        assert (page.status, page.text) == (404, missing.text), url
    for url, form in (
        (f"/messagerie/{thread}/repondre", own),
        (f"/messagerie/{thread}/supprimer", own),
        (f"/messagerie/{thread}/restaurer", own),
        ("/messagerie/brouillon", own | {"fil": str(thread)}),
        (f"/messagerie/brouillon/{draft.key}/pieces/{draft.files[0].id}/retirer", own),  # type: ignore[attr-defined]
        (f"/messagerie/brouillon/{draft.key}/supprimer", own),
    ):
        page = await lea.post(url, multipart(form))
        assert page.status == 404, url
    assert "secret" not in (await lea.get("/messagerie/recherche?q=secret")).text.replace("Recherche : secret", "")
    assert "supprimée" not in (await lea.get(f"/messagerie?supprime={thread}")).text
    assert await Message.all().count() == 1 and await Draft.all().count() == 1


async def test_a_file_is_found_in_its_own_thread_only(town: Town, marie: Browser) -> None:
    _, fields = await filled(town, marie)
    await marie.post(NEW, multipart(fields, [("a.pdf", b"%PDF-1.7")]))
    other = await town.write("Un autre fil")
    file = await Attachment.get()
    assert (await marie.get(f"/messagerie/{other.thread_id}/pieces/{file.id}")).status == 404


async def test_the_other_guardian_of_the_family_reads_along(town: Town, marie: Browser, arrive: Arrive) -> None:
    message = await town.write("De Marie")
    paul = await arrive("pdurand")
    page = await paul.get(f"/messagerie/{message.thread_id}")
    assert page.texts(".message.theirs .by") == ["Marie Durand"]
