"""The lists of a mailbox: folders, unread counts, deleting for oneself, pages, search, on both databases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from hub.core.errors import NotFound
from hub.mailbox import lists
from hub.mailbox.lists import Folder, Page
from hub.mailbox.models import Message, Thread
from hub.mailbox.receipts import reference
from hub.mailbox.threads import Author, Said
from tests.cast import LEA, MARIE, PAUL, Town


async def subjects(town: Town, folder: Folder, email: str = MARIE) -> list[str]:
    page = await town.hub.lists.folder(town.account(email).id, folder)
    return [row.subject for row in page.rows]


async def reply(town: Town, thread: int, text: str = "Bien reçu") -> None:

    author = Author("Nora Lambert", agent=(await town.agent()).id)
    async with town.hub.core.db.transaction():
        found = await Thread.get(id=thread)
        said = Said(text=text, key=f"test:{next(town.numbers)}", via="email")
        await town.hub.threads.post(found, author, said, text)


async def test_a_sent_message_stands_in_envoyes_of_both_parents_only(town: Town) -> None:
    await town.write("Bonjour")
    assert await subjects(town, Folder.sent) == ["Cantine de Léo"]
    assert await subjects(town, Folder.sent, PAUL) == ["Cantine de Léo"]
    assert await subjects(town, Folder.sent, LEA) == []
    assert await subjects(town, Folder.received) == []


async def test_an_answer_stands_in_recus_unread_until_read(town: Town) -> None:
    message = await town.write("Bonjour")
    town.clock.advance(minutes=5)
    await reply(town, message.thread_id)
    assert await subjects(town, Folder.received) == ["Cantine de Léo"]
    assert await town.hub.lists.unread(town.account().id) == 1
    assert await town.hub.lists.read(town.account().id, message.thread_id)
    assert not await town.hub.lists.read(town.account().id, message.thread_id)
    assert await town.hub.lists.unread(town.account().id) == 0
    assert await town.hub.lists.unread(town.account(PAUL).id) == 1, "each parent reads for themselves"


async def test_the_other_parents_message_is_new_to_me(town: Town) -> None:
    await town.write("Bonjour")
    assert await town.hub.lists.unread(town.account(MARIE).id) == 0
    assert await town.hub.lists.unread(town.account(PAUL).id) == 1


async def test_deleting_is_for_oneself_and_can_be_undone(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.lists.delete(town.account().id, [message.thread_id])
    assert await subjects(town, Folder.sent) == []
    assert await subjects(town, Folder.deleted) == ["Cantine de Léo"]
    assert await subjects(town, Folder.sent, PAUL) == ["Cantine de Léo"]
    await town.hub.lists.restore(town.account().id, [message.thread_id])
    assert await subjects(town, Folder.sent) == ["Cantine de Léo"]
    with pytest.raises(NotFound):
        await town.hub.lists.delete(town.account(LEA).id, [message.thread_id])


async def test_an_answer_brings_a_deleted_thread_back(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.lists.delete(town.account().id, [message.thread_id])
    await reply(town, message.thread_id)
    assert await subjects(town, Folder.received) == ["Cantine de Léo"]
    assert await subjects(town, Folder.deleted) == []


async def eight(town: Town) -> list[str]:
    """Threads, some of which share an instant; their subjects, the latest first."""
    for number in range(8):
        await town.write("La cantine", subject=f"Objet {number}")
        if number % 3:
            town.clock.advance(seconds=1)
    return [f"Objet {number}" for number in reversed(range(8))]


async def all_pages(read: Callable[[str], Awaitable[Page]]) -> list[str]:
    """The subjects on three pages, behind which no other one is."""
    seen, before = list[str](), ""
    for _ in range(3):
        page = await read(before)
        seen += [row.subject for row in page.rows]
        before = page.older
    assert before == ""
    return seen


async def test_pages_follow_one_another_without_gap_or_double(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 3)
    written, marie = await eight(town), town.account()
    assert await all_pages(partial(town.hub.lists.folder, marie.id, Folder.sent)) == written


@pytest.mark.parametrize("cursor", ["x", "1-x", "-", "nan-1", "1e400-2", "9" * 40, "\0-1"])
async def test_a_junk_cursor_starts_from_the_top(town: Town, cursor: str) -> None:
    await town.write("Bonjour")
    page = await town.hub.lists.folder(town.account().id, Folder.sent, cursor)
    assert len(page.rows) == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("réservation", True),
        ("reservations", True),
        ("RÉSERVÉE", True),
        ("reserv", True),
        ("œuvre", True),
        ("oeuvres", True),
        ("cantine", True),
        ("cantines mercredis", True),
        ("cantine piscine", False),
        ("devis.pdf", True),
        ("f1", False),
        ('" OR 1 -- *', False),
        ("'", False),
        ("", False),
        ("a" * 5000, False),
    ],
)
async def test_search_knows_accents_and_word_forms(town: Town, asked: str, found: bool) -> None:
    await town.write("J’ai réservé la cantine du mercredi. L’œuvre est jointe : devis.pdf", subject="Mes réservations")
    marie = town.account()
    page = await town.hub.lists.search(marie.id, marie.family_id, asked)
    assert bool(page.rows) is found


async def test_what_is_found_goes_on_page_by_page(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 3)
    written, marie = await eight(town), town.account()
    assert await all_pages(partial(town.hub.lists.search, marie.id, marie.family_id, "cantine")) == written


@pytest.mark.parametrize("quoted", ["{}", " n° {} ", "N°{}", "Référence {}"])
async def test_a_reference_finds_its_conversation(town: Town, quoted: str) -> None:
    await town.write("Autre chose", subject="Autre")
    thread = (await town.write("Bonjour")).thread_id
    await reply(town, thread)
    marie, lea = town.account(), town.account(LEA)
    for message in await Message.filter(thread_id=thread):
        asked = quoted.format(reference(town.hub.core.config, message.id, message.at))
        assert [row.subject for row in (await town.hub.lists.search(marie.id, marie.family_id, asked)).rows] == [
            "Cantine de Léo"
        ]
        assert (await town.hub.lists.search(lea.id, lea.family_id, asked)).rows == ()


async def test_search_stays_in_ones_own_mailbox(town: Town) -> None:
    await town.write("Un secret de famille")
    lea = town.account(LEA)
    assert (await town.hub.lists.search(lea.id, lea.family_id, "secret")).rows == ()
    assert (await town.hub.lists.search(lea.id, town.account().family_id, "secret")).rows == ()
