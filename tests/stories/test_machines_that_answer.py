"""Machines that write to each other through the hub: every exchange ends by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes
from email.policy import SMTP
from itertools import count
from pathlib import Path

import pytest

from hub.accounts.models import Account
from hub.config import Config
from hub.mail import parse
from hub.mail.inbound import ReceivedMail
from hub.mail.models import GivenAnswer, InboundMail, OutboundMail
from hub.mailbox.models import Message
from tests.cast import AUTHSERV, KARIM, LEA, MARIE, NORA, PAUL, Town, settings
from tests.servers.sink import Sink

EVE = "eve@ailleurs.test"
Words = Callable[[], str]


class Machine:
    """A program that answers whatever comes to an address, and heeds no standard unless it is `polite`."""

    def __init__(
        self, town: Town, address: str, words: Words, polite: bool = False, results: str = "dmarc=pass"
    ) -> None:
        self.town, self.address, self.words, self.polite, self.results = town, address, words, polite, results
        self.answered = 0

    async def turn(self) -> int:
        """Answer all that is new; how many that was."""
        news = self.town.mails(self.address)[self.answered :]
        self.answered += len(news)
        for mail in news:
            await self.town.arrive(self._answer(mail))
        return len(news)

    def _answer(self, mail: parse.ParsedMail) -> bytes:
        said = {"Auto_Submitted": "auto-replied"} if self.polite else {}
        back = mail.header("reply-to") or mail.header("from") or ""
        return self.town.answer(mail, self.address, self.words(), self.results, reply_to=back, **said)


async def play(*machines: Machine, most: int = 200) -> int:
    """Let them answer in turn until nobody has anything to answer; how many turns that took."""
    for turn in range(most):
        if not sum([await machine.turn() for machine in machines]):
            return turn
    raise AssertionError(f"still going on after {most} turns")


def always(text: str) -> Words:
    return lambda: text


def numbered(text: str) -> Words:
    numbers = count(1)
    return lambda: f"{text} Référence {next(numbers)}."


def ever_other(text: str) -> Words:
    numbers = count(1)
    return lambda: f"{text} {'x' * next(numbers)}"


async def test_two_machines_across_a_conversation_stop(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    agent = Machine(town, NORA, always("Je suis en congés, je vous répondrai à mon retour."))
    parent = Machine(town, MARIE, always("Merci de votre message, je le lirai bientôt."))
    await play(agent, parent)
    said = await Message.all().values_list("author", flat=True)
    assert said.count("Nora Lambert") == 2 and said.count("Marie Durand") == 3
    assert await InboundMail.exists(state="quarantined", reason="loop")


@pytest.mark.long
async def test_machines_that_never_say_the_same_stop_too(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await play(Machine(town, NORA, ever_other("Bien reçu.")), Machine(town, MARIE, ever_other("Merci.")))
    assert await Message.filter(agent_id__isnull=False).count() == town.hub.core.config.mail.thread_mails_per_hour
    town.clock.advance(hours=1, minutes=1)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "C’est moi, en personne."))
    assert await Message.exists(text="C’est moi, en personne.")


@pytest.mark.long
async def test_slow_machines_that_count_stop_too(town: Town) -> None:
    """Never many an hour, and a new number each time."""
    await town.write("Bonjour")
    await town.hub.settle()
    machines = Machine(town, NORA, numbered("Bien reçu.")), Machine(town, MARIE, numbered("Ticket ouvert."))
    for _ in range(100):
        town.clock.advance(minutes=5)
        if not sum([await machine.turn() for machine in machines]):
            break
    else:
        raise AssertionError("still going on")
    assert await Message.filter(agent_id__isnull=False).count() == town.hub.core.config.mail.thread_mails_per_hour
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "C’est moi, en personne."))
    assert await Message.exists(text="C’est moi, en personne.")


@pytest.mark.long
async def test_photos_are_sent_one_by_one(town: Town) -> None:
    """In a conversation too, each without a word: by telephone that is how it is done."""
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Envoyez-nous les pages du livret."))
    for page in range(5):
        mail = message_from_bytes(town.answer(town.mails(MARIE)[-1], MARIE, ""), policy=SMTP)
        mail.add_attachment(b"\x89PNG\r\n\x1a\n" + bytes(9_000) + b"%d" % page, "image", "png", filename="image0.png")
        await town.arrive(mail.as_bytes())
    assert await Message.filter(account_id=town.account().id, via="email").count() == 5


async def test_mails_of_one_batch_are_counted_too(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    letter = town.mails(NORA)[0]
    raws = [town.answer(letter, NORA, text) for text in ("Absente.", "Absente.", "Autre chose.", "Absente.")]
    await town.hub.inbound.take([ReceivedMail(raw, "portail", 1, n) for n, raw in enumerate(raws, 1)])
    await town.hub.settle()
    said = await Message.filter(agent_id__isnull=False).order_by("id").values_list("text", flat=True)
    assert said == ["Absente.", "Absente.", "Autre chose."]
    assert await InboundMail.exists(uid=4, state="quarantined", reason="loop")


async def test_a_machine_that_begins_the_same_conversation_over_and_over_stops(town: Town) -> None:
    raws = [town.fresh(MARIE, "periscolaire@hub.test", "Alarme", "Le capteur 3 ne répond plus.") for _ in range(11)]
    raws.append(town.fresh(MARIE, "periscolaire@hub.test", "Cantine", "Léo mangera jeudi."))
    await town.hub.inbound.take([ReceivedMail(raw, "portail", 1, n) for n, raw in enumerate(raws, 1)])
    await town.hub.settle()
    assert await Message.filter(text="Le capteur 3 ne répond plus.").count() == 9
    assert await Message.filter(text="Léo mangera jeudi.").count() == 1
    assert await InboundMail.filter(state="quarantined", reason="loop").count() == 2
    town.clock.advance(hours=25)
    await town.arrive(raws[0].replace(b"Message-ID: <", b"Message-ID: <encore-"))
    assert await Message.all().count() == 11


async def test_a_polite_machine_is_not_even_posted(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    assert await play(Machine(town, NORA, always("Je suis absente."), polite=True)) == 1
    assert await Message.all().count() == 1


async def test_a_person_may_say_merci_twice(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    for _ in range(2):
        await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Merci"))
    assert await Message.filter(text="Merci").count() == 2
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Merci"))
    [waiting] = await town.hub.quarantine.waiting()
    assert waiting.can_accept
    await town.hub.quarantine.accept(waiting.id)
    await town.hub.settle()
    assert await Message.filter(text="Merci").count() == 3


async def test_a_machine_facing_our_refusals_gets_one_and_no_more(town: Town) -> None:
    await town.arrive(town.fresh(EVE, "periscolaire@hub.test", "Bonjour", "Qui êtes-vous ?"))
    await play(Machine(town, EVE, numbered("Nous avons bien reçu votre message.")))
    assert len(town.mails(EVE)) == 1
    town.clock.advance(days=1)
    await town.arrive(town.fresh(EVE, "periscolaire@hub.test", "Bonjour", "Alors ?"))
    await play(Machine(town, EVE, numbered("Encore."), results=""))
    assert len(town.mails(EVE)) == 2


async def test_a_machine_facing_our_confirmations_gets_no_more_than_the_mails_it_got(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await play(Machine(town, NORA, numbered("Je suis absente."), results=""))
    kinds = [mail.subject[:11] for mail in town.mails(NORA)]
    assert kinds == ["Cantine de ", "À confirmer"]


async def test_all_our_mail_says_that_a_machine_sent_it_and_what_answers_has_no_return_path(town: Town) -> None:
    draft = await town.hub.drafts.begin(town.account().id)
    await town.hub.sending.new(town.sender(), draft, await town.typed("Bonjour"))
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui"))
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui", results=""))
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, " "))
    await town.arrive(town.fresh(EVE, "periscolaire@hub.test", "Bonjour", "Qui êtes-vous ?"))
    await town.arrive(town.fresh(MARIE, "personne@hub.test", "Bonjour", "Qui êtes-vous ?"))
    answers = {"confirm-mail", "empty-mail", "unknown-sender", "no-destination"}
    kinds = {row.message_id: row.kind for row in await OutboundMail.all()}
    assert answers | {"agent-message", "town-answer", "colleague-answer"} == set(kinds.values())
    for caught in town.sink.mails:
        mail = parse.read(caught.raw)
        by_itself = kinds[mail.message_id or ""] in answers
        assert mail.header("auto-submitted") == ("auto-replied" if by_itself else "auto-generated")
        assert mail.header("x-auto-response-suppress") == "OOF, AutoReply"
        assert (caught.mail_from == "") is by_itself
        if not by_itself:
            assert town.hub.addresses.read(caught.mail_from), "VERP"


REWRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "as it was": lambda raw: raw,
    "from": lambda raw: raw.replace(b"portail@hub.test>", b"liste@ailleurs.test>"),
    "from and message-id": lambda raw: raw.replace(b"portail@hub.test>", b"liste@ailleurs.test>").replace(
        b"Message-ID: <", b"Message-ID: <liste-"
    ),
    "a list": lambda raw: (
        b"List-Id: <tous.ville.test>\r\n"
        + raw.replace(b"portail@hub.test>", b"tous@ville.test>")
        .replace(b"Message-ID: <", b"Message-ID: <liste-")
        .replace(b"Auto-Submitted: auto-generated\r\n", b"")
    ),
    "all but its return path": lambda raw: (
        raw.replace(b"Message-ID: <", b"Message-ID: <x").replace(b"X-Loop", b"X-Was").replace(b"Auto-Sub", b"X-Was-")
    ),
}


@pytest.mark.parametrize("how", REWRITTEN)
async def test_our_own_mail_is_known_again(town: Town, how: str) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    [caught] = [one for one in town.sink.mails if one.rcpt_to == NORA]
    raw = REWRITTEN[how](caught.raw)
    if how == "all but its return path":
        raw = f"Return-Path: <{caught.mail_from}>\r\n".encode() + raw.replace(b"portail@hub.test>", b"x@y.test>")
    assert (raw == caught.raw) is (how == "as it was")
    sent = await OutboundMail.all().count()
    await town.arrive(b"Authentication-Results: mx.hub.test; dmarc=pass\r\n" + raw)
    mail = await InboundMail.get()
    assert (mail.state, mail.reason) == ("ignored", "own_mail")
    assert await OutboundMail.all().count() == sent


def of_another_hub(raw: bytes) -> bytes:
    """A letter of ours as the hub of another town would have written it, whose service we took for a family."""
    swapped = raw.replace(b"hub.test", b"a.b.c").replace(b"autre.test", b"hub.test").replace(b"a.b.c", b"autre.test")
    return f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=autre.test\r\n".encode() + swapped


@pytest.mark.parametrize("stripped", [False, True])
async def test_two_hubs_that_face_each_other_stop(town: Town, stripped: bool) -> None:
    """Even where a list between them took away what says that machines wrote."""
    await Account.filter(email=MARIE).update(email="periscolaire@autre.test")
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui"))
    met = 0
    for _ in range(20):
        letters = [caught.raw for caught in town.sink.mails if caught.rcpt_to.endswith("@autre.test")]
        for raw in letters[met:]:
            there = of_another_hub(raw)
            await town.arrive(re.sub(rb"(Auto-Submitted|X-\S+|Precedence): .*\r\n", b"", there) if stripped else there)
        if met == len(letters):
            break
        met = len(letters)
    assert met == 1 + stripped, "the answer, and one refusal at most"
    assert await Message.all().count() == 2
    wanted = {"unknown_sender"} if stripped else {"automatic"}
    assert set(await InboundMail.exclude(state="stored").values_list("reason", flat=True)) == wanted


@pytest.mark.long
@pytest.mark.parametrize("text", ["Oui, c’est noté, dossier {}.", "/acepter {}"])
async def test_who_answers_many_mails_in_an_hour_is_told_of_each(town: Town, text: str) -> None:
    """Nobody but who got our mail can bring these letters about; what is not told of seems done."""
    await town.write("Bonjour")
    await town.hub.settle()
    results = "dmarc=pass" if text.startswith("/") else "dmarc=temperror"
    for number in range(8):
        await town.arrive(town.answer(town.mails(NORA)[0], NORA, text.format(number), results=results))
    assert len(town.mails(NORA)) == 1 + 8
    assert await InboundMail.filter(reason__in=("order", "unauthenticated")).count() == 8


class TestCeilings:
    """Few letters an hour, so that a test can reach the end of them."""

    @pytest.fixture
    def town_settings(self, database_url: str, tmp_path: Path, sink: Sink) -> Config:
        return settings(database_url, tmp_path, sink.port, answers_per_sender=3, answers_per_hour=5)

    async def test_one_address_gets_so_many_an_hour_and_all_together_so_many(self, town: Town) -> None:
        async def write(sender: str, text: str) -> None:
            """As anybody could, in her name, while our host's name server is away."""
            await town.arrive(town.fresh(sender, "periscolaire@hub.test", "Mercredi", text, results="dmarc=temperror"))

        for number in range(5):
            await write(MARIE, f"Oui {number}")
        assert len(town.mails(MARIE)) == 3
        for number in range(5):
            await write(LEA, f"Non {number}")
        assert len(town.mails(LEA)) == 2, "five in all"
        assert await InboundMail.filter(state="held").count() == 10, "kept all the same, for the desk"
        town.clock.advance(hours=1, minutes=1)
        await write(LEA, "Encore")
        assert len(town.mails(LEA)) == 3
        assert not [town.mails(who) for who in (NORA, KARIM, PAUL) if town.mails(who)]

    async def test_strangers_leave_room_for_those_who_are_known(self, town: Town) -> None:
        """A spammer has a domain of their own, all in order, and as many addresses as they like."""
        for number in range(6):
            await town.arrive(
                town.fresh(f"a{number}@pirate.example", "periscolaire@hub.test", "Bonjour", f"N° {number}")
            )
        assert await GivenAnswer.all().count() == 2, "half of five"
        for number in range(4):
            await town.arrive(town.fresh(MARIE, "personne@hub.test", f"N° {number}", f"N° {number}"))
        assert len(town.mails(MARIE)) == 1, "one for a reason and a day"
        raw = town.fresh(LEA, "periscolaire@hub.test", "Mercredi", "Oui", results="dmarc=temperror")
        await town.arrive(raw)
        assert len(town.mails(LEA)) == 1

    async def test_no_flood_silences_what_is_told_of_answers_to_our_own_mails(self, town: Town) -> None:
        await town.write("Bonjour")
        await town.hub.settle()
        for number in range(5):
            raw = town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", f"{number}", results="dmarc=temperror")
            await town.arrive(raw.replace(MARIE.encode(), (MARIE, LEA, PAUL)[number % 3].encode()))
        before = len(town.mails(NORA))
        assert await GivenAnswer.all().count() == 5
        await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui", results="dmarc=fail"))
        assert len(town.mails(NORA)) == before + 1, "she is asked whether it was she"

    async def test_counts_are_forgotten(self, town: Town) -> None:
        await town.arrive(town.fresh(EVE, "periscolaire@hub.test", "Bonjour", "Qui êtes-vous ?"))
        town.clock.advance(days=3)
        await town.hub.answers.forget()
        [row] = await town.hub.core.db.rows("SELECT COUNT(*) AS n FROM given_answer")
        assert row["n"] == 0
