"""A parent writes in the web inbox; the agent answers from their own client; the answer stands in the thread."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config import Config
from hub.mail.models import InboundMail
from hub.mailbox.lists import Folder
from hub.mailbox.models import Message, Service
from hub.mailbox.threads import Author, Said
from tests.cast import KARIM, LEA, MARIE, NORA, PAUL, SCHOOL, Town, settings
from tests.servers.sink import Sink


async def test_the_agent_gets_the_whole_message_and_answers_it(town: Town) -> None:
    message = await town.write("Bonjour, Léo mangera-t-il à la cantine jeudi ?")
    await town.hub.settle()

    [mail] = town.mails(NORA)
    assert "Léo mangera-t-il à la cantine jeudi ?" in mail.text
    assert "1234" in mail.text and "Durand" in mail.text
    assert mail.subject.startswith("Cantine de Léo")
    assert mail.header("auto-submitted") == "auto-generated"
    assert town.mails(KARIM), "every agent of the service is told"

    await town.arrive(town.answer(mail, NORA, "Oui, c’est noté."))

    marie = town.account(MARIE)
    page = await town.hub.lists.folder(marie.id, Folder.received)
    assert [(row.subject, row.unread) for row in page.rows] == [("Cantine de Léo", 1)]
    talk = await town.hub.conversations.read(marie.id, message.thread_id)
    assert [(m.author, m.text, m.mine) for m in talk.messages] == [
        ("Marie Durand", "Bonjour, Léo mangera-t-il à la cantine jeudi ?", True),
        ("Nora Lambert", "Oui, c’est noté.", False),
    ]
    [news] = town.mails(MARIE)
    assert "Oui, c’est noté." in news.text
    assert NORA not in news.text and NORA not in news.html
    assert town.mails(PAUL), "both parents hear the answer"
    assert not town.mails(LEA)


async def test_the_parent_answers_the_news_by_mail(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Quel jour ?"))
    await town.arrive(town.answer(town.mails(MARIE)[0], MARIE, "Jeudi."))

    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert [m.text for m in talk.messages] == ["Bonjour", "Quel jour ?", "Jeudi."]
    assert [m.text.splitlines()[0] for m in town.mails(NORA)][1:], "the agent hears it too"


async def test_colleagues_see_that_one_of_them_has_answered(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Quel jour ?"))
    [asked, answered] = town.mails(KARIM)
    assert answered.text.splitlines()[2] == "Nora Lambert a répondu à la famille Durand (dossier 1234)"
    assert "Quel jour ?" in answered.text and NORA not in answered.text + answered.html
    assert answered.in_reply_to == asked.message_id
    assert (answered.header("from") or "").startswith("Nora Lambert via Saint-Exemple <")
    assert len(town.mails(NORA)) == 1, "who wrote it knows"

    await town.arrive(town.answer(answered, KARIM, "Jeudi ou vendredi ?"))  # a colleague may add to it
    assert len(town.mails(NORA)) == 2 and len(town.mails(KARIM)) == 2
    away = town.answer(town.mails(NORA)[1], NORA, "Je suis absente", Auto_Submitted="auto-replied")
    await town.arrive(away)
    assert len(town.mails(KARIM)) == 2, "machines say nothing to colleagues either"


async def test_what_the_town_says_first_is_no_answer_of_a_colleague(town: Town) -> None:
    nora = await town.agent(NORA)
    service = await Service.get(slug="periscolaire")
    family = town.account().family_id
    said = Said("La cantine ferme jeudi.", "annonce")
    async with town.hub.core.db.transaction():
        await town.hub.threads.begin(Author(nora.name, agent=nora.id), family, service, None, "Grève", said, said.text)
    await town.hub.settle()
    assert town.mails(MARIE) and not town.mails(KARIM)


class TestToldNothing:
    """A town may think that a mail too many."""

    @pytest.fixture
    def town_settings(self, database_url: str, tmp_path: Path, sink: Sink) -> Config:
        return settings(database_url, tmp_path, sink.port, tell_colleagues=False)

    async def test_colleagues_hear_of_the_family_alone(self, town: Town) -> None:
        await town.write("Bonjour")
        await town.hub.settle()
        await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Quel jour ?"))
        assert len(town.mails(KARIM)) == 1 and len(town.mails(MARIE)) == 1


async def test_a_shared_mailbox_hears_of_what_was_answered_elsewhere(town: Town) -> None:
    message = await town.write("Ma facture est fausse.", service="scolaire", subject="Facture")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(SCHOOL)[0], KARIM, "Nous la corrigeons."))
    assert [mail.text.splitlines()[2][:21] for mail in town.mails(SCHOOL)][1:] == ["Karim Haddad a répond"]
    await town.arrive(town.answer(town.mails(SCHOOL)[0], SCHOOL, "C’est fait."))
    assert len(town.mails(SCHOOL)) == 2 and await Message.filter(thread_id=message.thread_id).count() == 3


async def test_a_shared_mailbox_speaks_for_its_service(town: Town) -> None:
    message = await town.write("Ma facture est fausse.", service="scolaire", subject="Facture")
    await town.hub.settle()
    [mail] = town.mails(SCHOOL)
    await town.arrive(town.answer(mail, SCHOOL, "Nous la corrigeons."))

    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert (talk.messages[1].author, talk.messages[1].text) == ("Service scolaire", "Nous la corrigeons.")


async def test_a_from_alone_has_no_effect(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    [mail] = town.mails(NORA)
    await town.arrive(town.answer(mail, "stranger@ailleurs.test", "Je suis Nora", results=""))

    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert len(talk.messages) == 1
    held = await InboundMail.get(from_address="stranger@ailleurs.test")
    assert (held.state, held.reason) == ("quarantined", "forged")


async def test_an_unproven_agent_confirms_by_a_link(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Bonjour Madame", results=""))
    question = town.mails(NORA)[-1]
    token = question.text.split("/courriel/")[1].split()[0]

    assert (await town.hub.answers.held(token)).subject.startswith("Re: ")
    await town.hub.answers.release(token)
    await town.hub.settle()

    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert [m.text for m in talk.messages] == ["Bonjour", "Bonjour Madame"]


async def test_a_known_parent_opens_a_thread_by_mail(town: Town) -> None:
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", "Léo sera absent mercredi."))

    page = await town.hub.lists.folder(town.account().id, Folder.sent)
    assert [(row.subject, row.service) for row in page.rows] == [("Mercredi", "Activités périscolaires")]
    assert "Léo sera absent mercredi." in town.mails(NORA)[0].text


async def test_a_stranger_is_answered_once_a_day_and_kept(town: Town) -> None:
    for number in (1, 2):
        await town.arrive(
            town.fresh("x@ailleurs.test", "periscolaire@hub.test", f"Bonjour {number}", "Qui êtes-vous ?")
        )

    assert len(town.mails("x@ailleurs.test")) == 1
    kept = await InboundMail.filter(from_address="x@ailleurs.test")
    assert [(mail.state, mail.reason) for mail in kept] == [("quarantined", "unknown_sender")] * 2


async def test_the_same_mail_twice_is_one_message(town: Town) -> None:
    message = await town.write("Bonjour")
    await town.hub.settle()
    raw = town.answer(town.mails(NORA)[0], NORA, "Oui")
    await town.arrive(raw, uid=1)
    await town.arrive(raw, uid=1)
    await town.arrive(raw, uid=2)

    talk = await town.hub.conversations.read(town.account().id, message.thread_id)
    assert [m.text for m in talk.messages] == ["Bonjour", "Oui"]
