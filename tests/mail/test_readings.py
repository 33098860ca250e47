"""Mails are read in a process of their own: what one of them does to it, the hub does not feel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from anyio import to_process

from hub.mail import readings
from hub.mail.automatic import Kind
from hub.mail.models import InboundMail
from hub.mail.readings import AT_ONCE, MailReader, Reading, ReadingError
from tests.cast import MARIE, Town
from tests.mail.unreadable import dies, eats, never_ends, takes_long
from tests.mailbox.test_receiving_batches import TO, take

READER = MailReader(("mx.hub.test",))
PLAIN = b"From: Marie <marie@example.fr>\r\nSubject: Mercredi\r\n\r\nBonjour\r\n"
LARGE = PLAIN + b"x" * AT_ONCE
Apart = Callable[[Sequence[bytes], tuple[str, ...]], list[Reading]]


async def test_small_mails_and_large_ones_are_read_in_their_order() -> None:
    for raws in ([PLAIN], [PLAIN, LARGE, PLAIN.replace(b"Mercredi", b"Jeudi")]):
        found = await READER.read(raws)
        assert [reading.parsed.subject for reading in found] == ["Mercredi", "Mercredi", "Jeudi"][: len(raws)]
        assert {reading.kind for reading in found} == {Kind.message}


@pytest.mark.long
async def test_the_loop_goes_on_while_a_large_mail_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = 0
    monkeypatch.setattr(readings, "_read_apart", takes_long)
    reading = asyncio.ensure_future(READER.read([LARGE]))
    while not reading.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert len(await reading) == 1 and turns > 20


@pytest.mark.long
@pytest.mark.parametrize(("apart", "words"), [(never_ends, "not read within"), (dies, "died"), (eats, "memory")])
async def test_what_a_mail_does_to_its_reader_is_an_error_of_that_mail(
    monkeypatch: pytest.MonkeyPatch, apart: Apart, words: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(readings, "SECONDS", 3.0)
        patch.setattr(readings, "_read_apart", apart)
        with pytest.raises(ReadingError, match=words):
            await READER.read([LARGE])
    assert len(await READER.read([LARGE])) == 1  # by a new process


@pytest.mark.long
async def test_a_mail_that_cannot_be_read_costs_its_neighbours_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = to_process.run_sync

    async def run(work: Apart, raws: Sequence[bytes], *given: object, **options: object) -> object:
        poisoned = any(b"arsenic" in raw for raw in raws)
        return await apart(dies if poisoned else work, raws, *given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(to_process, "run_sync", run)
    filler = "Bonjour. " * 2_000
    await take(town, filler + "Avant", filler + "De l'arsenic", filler + "Après")
    await town.hub.receiver.step()

    states = {mail.subject: (mail.state, bool(mail.trace)) for mail in await InboundMail.all()}
    assert states.pop("") == ("received", True)  # tried again later
    assert states == {"Objet 0": ("stored", False), "Objet 2": ("stored", False)}


async def test_an_agent_sees_that_a_mail_cannot_be_read(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    filler = "Bonjour. " * 2_000
    await take(town, filler)
    await InboundMail.all().update(state="failed", reason="error", from_address=MARIE)
    [mail] = await InboundMail.all()
    monkeypatch.setattr(readings, "_read_apart", dies)
    assert (await town.hub.quarantine.open(mail.id)).reading is None
    assert TO and mail.size > AT_ONCE
