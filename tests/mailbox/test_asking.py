"""A paper that is missing: asked for in a conversation, sent by answering, and the clock that stops meanwhile."""

from __future__ import annotations

import email
from datetime import UTC, date, datetime, timedelta
from email.policy import SMTP
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from hub.accounts.models import Agent
from hub.core.errors import Invalid, NotFound
from hub.dossier.models import Child, Custody, Document, Family
from hub.mailbox.asking import OTHER, Typed
from hub.mailbox.clock import end_of, moved
from hub.mailbox.models import Message, Theme, Thread, WantedPaper
from hub.mailbox.pieces import PHOTO
from hub.mailbox.threads import Author
from tests.cast import MARIE, NORA, PAUL, Town

PDF = ("scan.pdf", b"%PDF-1.7 papier")


def bringing(raw: bytes, files: list[tuple[str, bytes]]) -> bytes:
    """The same mail with files."""
    message = email.message_from_bytes(raw, policy=SMTP)
    for name, content in files:
        message.add_attachment(content, "application", "pdf", filename=name)
    return message.as_bytes()


async def nora(town: Town) -> Author:
    agent = await Agent.get(email=NORA)
    return Author(agent.name, agent=agent.id)


async def asked(town: Town, thread: int, name: str = "Livret de famille", days: int = 15, kind: str = "") -> None:
    """Nora asks for a paper by its name, or for the first of a kind."""
    choices = await town.hub.asking.choices(thread)
    value = next(one.value for one in choices if one.kind == kind) if kind else OTHER
    until = (town.clock.now() + timedelta(days=days)).date().isoformat()
    await town.hub.asking.ask(await nora(town), thread, Typed(value, name, until, ""), f"ask-{name}-{kind}-{days}")
    await town.hub.settle()


async def clock(thread: int) -> Thread:
    return await Thread.get(id=thread)


class TestComing:
    @pytest_asyncio.fixture(autouse=True)
    async def leo(self, town: Town) -> Child:
        return await Child.create(family_id=town.account(MARIE).family_id, first_name="Léo", last_name="Durand")

    @pytest.mark.long
    async def test_the_mail_is_answered_with_the_file_and_it_is_filed(self, town: Town) -> None:
        thread = (await town.write("Je voudrais inscrire Léo.")).thread_id
        await town.hub.settle()
        await asked(town, thread, kind="assurance")
        mail = town.mails(MARIE)[-1]
        assert "Assurance scolaire" in mail.text and "6 novembre 2026" in mail.text
        await town.arrive(bringing(town.answer(mail, MARIE, "Voici."), [PDF]))
        [document] = await Document.all().prefetch_related("child")
        assert (document.kind, document.state, document.thread) == ("assurance", "sent", thread)
        assert document.child.first_name == "Léo" and document.account_id == town.account(MARIE).id
        assert [one.state for one in await WantedPaper.all()] == ["came"]
        agent = await Agent.get(email=NORA)
        assert [one.id for one in await town.hub.filing.waiting(agent.id)] == [document.id]

    async def test_each_file_goes_to_the_paper_that_its_name_says(self, town: Town) -> None:
        thread = (await town.write("Bonjour")).thread_id
        await town.hub.settle()
        await asked(town, thread, kind="assurance")
        await asked(town, thread, kind="domicile")
        files = [
            ("justificatif_domicile.pdf", b"%PDF-1.7 a"),
            ("IMG_2041.pdf", b"%PDF-1.7 b"),
            ("p2.pdf", b"%PDF-1.7 c"),
        ]
        await town.arrive(bringing(town.answer(town.mails(MARIE)[-1], MARIE, "Voici tout."), files))
        found = {one.filename: one.kind for one in await Document.all()}
        assert found == {"justificatif_domicile.pdf": "domicile", "IMG_2041.pdf": "assurance", "p2.pdf": "assurance"}

    @pytest.mark.long
    async def test_a_photo_within_the_text_of_a_phone_is_a_paper_and_a_logo_is_not(self, town: Town) -> None:
        thread = (await town.write("Bonjour")).thread_id
        await town.hub.settle()
        await asked(town, thread, kind="assurance")
        for size, filed in ((PHOTO // 2, 0), (PHOTO * 2, 1)):
            mail = email.message_from_bytes(town.answer(town.mails(MARIE)[-1], MARIE, "Voici."), policy=SMTP)
            mail.add_alternative("<p>Voici.</p><img src='cid:photo'>", subtype="html")
            picture = b"\xff\xd8\xff\xe0" + bytes(size)
            mail.get_payload()[1].add_related(picture, "image", "jpeg", cid="<photo>", filename="IMG_1.jpeg")
            await town.arrive(mail.as_bytes())
            assert await Document.all().count() == filed

    async def test_an_answer_without_a_file_brings_nothing(self, town: Town) -> None:
        thread = (await town.write("Bonjour")).thread_id
        await town.hub.settle()
        await asked(town, thread, kind="assurance")
        await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "Je cherche."))
        assert not await Document.exists() and (await clock(thread)).clock_stopped_at

    async def test_another_conversation_of_the_family_brings_nothing(self, town: Town) -> None:
        thread = (await town.write("Bonjour")).thread_id
        await town.hub.settle()
        await asked(town, thread)
        await town.arrive(bringing(town.fresh(MARIE, "periscolaire@hub.test", "Autre", "Autre chose"), [PDF]))
        assert (await WantedPaper.get()).state == "waiting"


async def test_of_parents_who_live_apart_only_what_the_reader_sees_may_be_asked_for(town: Town) -> None:
    account = town.account(MARIE)
    await Family.filter(id=account.family_id).update(is_separated=True)
    mine = await Child.create(family_id=account.family_id, first_name="Léo", last_name="Durand")
    other = await Child.create(family_id=account.family_id, first_name="Gaspard", last_name="Durand")
    await Custody.create(child=mine, guardian_id=account.guardian_id)
    await Custody.create(child=other, guardian_id=town.account(PAUL).guardian_id)
    thread = (await town.write("Bonjour")).thread_id
    names = " ".join(one.name for one in await town.hub.asking.choices(thread))
    assert "Léo" in names and "Gaspard" not in names


class TestClock:
    async def test_it_stops_and_runs_on_when_the_paper_comes(self, town: Town) -> None:
        thread = (await town.write("Une demande")).thread_id
        begun = (await clock(thread)).clock_since
        await town.hub.settle()
        town.clock.advance(days=10)
        await asked(town, thread)
        town.clock.advance(days=7)
        await town.arrive(bringing(town.answer(town.mails(MARIE)[-1], MARIE, "Voici."), [PDF]))
        now = await clock(thread)
        assert begun and now.clock_since == begun + timedelta(days=7) and now.clock_stopped_at is None

    async def test_while_it_is_stopped_nobody_is_warned_and_after_the_day_given_it_runs_on(self, town: Town) -> None:
        thread = (await town.write("Une demande")).thread_id  # on 22 October: decided on 22 December
        await town.hub.settle()
        town.clock.advance(days=49)
        await asked(town, thread, days=10)  # on 10 December, until the 20th
        town.clock.advance(days=10)
        await town.hub.silence.step()
        assert (await clock(thread)).clock_stopped_at
        town.clock.advance(days=1)
        await town.hub.silence.step()
        assert (await clock(thread)).clock_stopped_at is None
        town.clock.advance(days=3)
        await town.hub.silence.step()
        await town.hub.settle()
        assert "attend encore une réponse" in town.mails(NORA)[-1].text

    async def test_where_silence_means_yes_it_waits_for_the_paper(self, town: Town) -> None:
        message = await town.write("Une demande")
        await Theme.all().update(accepts=True)
        await town.hub.settle()
        await asked(town, message.thread_id, days=10)
        town.clock.advance(days=40)
        await town.hub.silence.step()
        assert (await clock(message.thread_id)).clock_stopped_at

    async def test_an_answer_meanwhile_does_not_end_it_and_giving_up_the_paper_lets_it_run(self, town: Town) -> None:
        thread = (await town.write("Une demande")).thread_id
        await town.hub.settle()
        await asked(town, thread)
        await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Je regarde le reste."))
        assert (await clock(thread)).clock_stopped_at
        wanted = await WantedPaper.get()
        await town.hub.asking.drop(await nora(town), thread, wanted.id)
        now = await clock(thread)
        assert now.clock_stopped_at is None and now.clock_since is not None
        with pytest.raises(NotFound):
            await town.hub.asking.drop(await nora(town), thread, wanted.id)


class TestAsking:
    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            (Typed("", "", "2026-11-06", ""), "piece_demandee"),
            (Typed("assurance:9", "", "2026-11-06", ""), "piece_demandee"),
            (Typed(OTHER, " ", "2026-11-06", ""), "nom_piece"),
            (Typed(OTHER, "x" * 121, "2026-11-06", ""), "nom_piece"),
            (Typed(OTHER, "Livret", "2026-10-22", ""), "avant_le"),
            (Typed(OTHER, "Livret", "2027-10-22", ""), "avant_le"),
            (Typed(OTHER, "Livret", "demain", ""), "avant_le"),
            (Typed(OTHER, "Livret", "2026-11-06", "x" * 1001), "precision"),
        ],
    )
    async def test_what_is_wrong_is_said_at_the_field(self, town: Town, typed: Typed, field: str) -> None:
        thread = (await town.write("Bonjour")).thread_id
        with pytest.raises(Invalid) as wrong:
            await town.hub.asking.ask(await nora(town), thread, typed, "k")
        assert list(wrong.value.errors) == [field] and await Message.all().count() == 1

    async def test_two_clicks_ask_once_and_other_services_cannot(self, town: Town) -> None:
        thread = (await town.write("Bonjour")).thread_id
        for _ in range(2):
            await asked(town, thread)
        assert await WantedPaper.all().count() == 1 and await Message.all().count() == 2
        elsewhere = (await town.write("Bonjour", subject="Facture", service="scolaire")).thread_id
        with pytest.raises(NotFound):
            await town.hub.asking.ask(await nora(town), elsewhere, Typed(OTHER, "x", "2026-11-06", ""), "z")


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(0, 400), st.integers(-50, 400))
def test_a_clock_never_gains_by_being_stopped(since: datetime, before: int, stopped: int) -> None:
    begun = since.replace(tzinfo=UTC)
    at = begun + timedelta(days=before)
    assert moved(begun, at, at + timedelta(days=stopped)) == begun + timedelta(days=max(0, stopped))


def test_a_day_is_over_by_the_clock_of_the_town() -> None:
    assert end_of(date(2026, 10, 24), ZoneInfo("Europe/Paris")).astimezone(UTC) == datetime(
        2026, 10, 24, 22, tzinfo=UTC
    )
    assert end_of(date(2026, 10, 25), ZoneInfo("Europe/Paris")).astimezone(UTC) == datetime(
        2026, 10, 25, 23, tzinfo=UTC
    )
