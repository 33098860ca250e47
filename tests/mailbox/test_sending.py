"""Writing, twice at once, wrongly, and into what is not one's own, on both databases."""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import replace

import pytest

from hub.core.errors import Invalid, NotFound, TooLarge
from hub.mailbox.drafts import Typed
from hub.mailbox.models import Draft, DraftFile, Message, Service, Thread
from hub.mailbox.threads import StoredFile
from tests.cast import LEA, MARIE, PAUL, Town


async def a_file(town: Town, name: str = "photo.jpg") -> StoredFile:
    blob = await town.hub.core.blobs.put(b"\xff\xd8\xff photo")
    return StoredFile(blob.key, name, "image/jpeg", blob.size, blob.sha256)


async def test_a_draft_with_files_becomes_a_message_and_is_gone(town: Town) -> None:
    draft = await town.hub.drafts.begin(town.account().id)
    await town.hub.drafts.attach(draft, await a_file(town))
    message = await town.hub.sending.new(town.sender(), draft, await town.typed("Bonjour"))
    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    [file] = talk.messages[0].files
    assert (file.filename, file.content_type) == ("photo.jpg", "image/jpeg")
    assert await Draft.all().count() == await DraftFile.all().count() == 0
    shown, blob = await town.hub.conversations.attachment(town.account(PAUL).id, message.thread_id, file.id)
    assert await town.hub.core.blobs.get(blob) == b"\xff\xd8\xff photo" and shown.size == 9
    with pytest.raises(NotFound):
        await town.hub.conversations.attachment(town.account(LEA).id, message.thread_id, file.id)


async def test_two_clicks_at_once_make_one_message(town: Town) -> None:
    typed = await town.typed("Bonjour")
    draft = await town.hub.drafts.begin(town.account().id)

    async def click() -> Message:
        return await town.hub.sending.new(town.sender(), draft, typed)

    tasks = [asyncio.create_task(click(), context=contextvars.copy_context()) for _ in range(4)]
    made = await asyncio.gather(*tasks)
    assert len({message.id for message in made}) == 1
    assert await Thread.all().count() == await Message.all().count() == 1


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"service": ""}, {"service"}),
        ({"service": "999999"}, {"service"}),
        ({"service": "١"}, {"service"}),
        ({"service": "9" * 30}, {"service"}),
        ({"theme": ""}, {"theme"}),
        ({"theme": "999999"}, {"theme"}),
        ({"subject": " \r\n "}, {"objet"}),
        ({"subject": "\u200b\u202e\u200d"}, {"objet"}),
        ({"text": "\ufeff\n\u200b"}, {"message"}),
        ({"subject": "x" * 151}, {"objet"}),
        ({"text": "\n\0\t "}, {"message"}),
        ({"text": "x" * 20_001}, {"message"}),
        ({"service": "", "subject": "", "text": ""}, {"service", "objet", "message"}),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_the_draft_stays(
    town: Town, change: dict[str, str], fields: set[str]
) -> None:
    draft = await town.hub.drafts.begin(town.account().id)
    await town.hub.drafts.attach(draft, await a_file(town))
    with pytest.raises(Invalid) as refused:
        await town.hub.sending.new(town.sender(), draft, replace(await town.typed("Bonjour"), **change))
    assert set(refused.value.errors) == fields
    assert await Message.all().count() == 0
    assert len(await town.hub.drafts.files(draft)) == 1


async def test_a_theme_of_another_service_is_no_theme(town: Town) -> None:
    other = await town.typed("x", service="scolaire")
    draft = await town.hub.drafts.begin(town.account().id)
    with pytest.raises(Invalid) as refused:
        await town.hub.sending.new(town.sender(), draft, replace(await town.typed("x"), theme=other.theme))
    assert set(refused.value.errors) == {"theme"}


async def test_control_characters_never_reach_a_subject(town: Town) -> None:
    message = await town.write("Bonjour", subject="Objet\r\nBcc: tous@ailleurs.test\0")
    thread = await Thread.get(id=message.thread_id)
    assert thread.subject == "Objet Bcc: tous@ailleurs.test"


async def test_another_familys_thread_is_not_there(town: Town) -> None:
    message = await town.write("Bonjour")
    draft = await town.hub.drafts.begin(town.account(LEA).id)
    with pytest.raises(NotFound):
        await town.hub.sending.answer(town.sender(LEA), message.thread_id, draft, Typed(text="Moi aussi"))
    with pytest.raises(NotFound):
        await town.hub.conversations.read(town.account(LEA).id, message.thread_id)


async def test_another_persons_draft_and_key_are_not_there(town: Town) -> None:
    draft = await town.hub.drafts.begin(town.account(MARIE).id)
    for email in (PAUL, LEA):
        with pytest.raises(NotFound):
            await town.hub.drafts.find(town.account(email).id, draft.key)
    await town.hub.sending.new(town.sender(), draft, await town.typed("Bonjour"))
    stolen = await town.hub.drafts.begin(town.account(LEA).id, key=draft.key)
    with pytest.raises(NotFound):
        await town.hub.sending.new(town.sender(LEA), stolen, await town.typed("À moi"))


async def test_a_sixth_file_is_refused_and_five_stay(town: Town) -> None:
    draft = await town.hub.drafts.begin(town.account().id)
    for number in range(5):
        await town.hub.drafts.attach(draft, await a_file(town, f"{number}.jpg"))
    with pytest.raises(TooLarge):
        await town.hub.drafts.attach(draft, await a_file(town, "6.jpg"))
    assert [file.filename for file in await town.hub.drafts.files(draft)] == [f"{n}.jpg" for n in range(5)]


async def test_an_answer_has_one_draft_per_thread(town: Town) -> None:
    message = await town.write("Bonjour")
    first = await town.hub.drafts.begin(town.account().id, message.thread_id)
    again = await town.hub.drafts.begin(town.account().id, message.thread_id)
    assert first.id == again.id


async def test_old_drafts_go_with_their_files(town: Town) -> None:
    draft = await town.hub.drafts.begin(town.account().id)
    file = await a_file(town)
    await town.hub.drafts.attach(draft, file)
    town.clock.advance(days=31)
    assert await town.hub.drafts.forget() == 1
    assert await Draft.all().count() == 0


async def test_a_transfer_keeps_the_thread_and_shows_in_it(town: Town) -> None:

    message = await town.write("Bonjour")
    school = await Service.get(slug="scolaire")
    await town.hub.threads.transfer(message.thread_id, school.id, "Nora Lambert")
    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert talk.head.service == "Service scolaire"
    assert [(e.kind, e.text) for e in talk.events] == [
        ("transferred", "Nora Lambert a transféré cette conversation à Service scolaire.")
    ]
