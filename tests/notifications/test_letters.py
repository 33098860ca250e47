"""What people find in their mailbox: every letter, as text and as HTML, on a real town."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from hub.accounts.sessions import Visitor
from hub.config import Config
from hub.core.resources import templates
from hub.mail import parse, reply
from hub.mail.html import to_text
from hub.mail.models import InboundMail, OutboundMail
from hub.mailbox.models import Message
from hub.mailbox.receipts import reference
from hub.mailbox.threads import StoredFile
from tests.cast import KARIM, LEA, MARIE, NORA, Town, settings
from tests.servers.sink import Sink

ASKED = "Bonjour,\n\nLéo mangera-t-il <jeudi> ?\n  - midi\n\nMarie"
ANSWER = "Oui, c’est noté."


@pytest.fixture
def mail_settings() -> dict[str, object]:
    """Settings of the mail section; a test that needs some gives them by parameter."""
    return {}


@pytest.fixture
def town_settings(database_url: str, tmp_path: Path, sink: Sink, mail_settings: dict[str, object]) -> Config:
    """The sample town with `mail_settings`."""
    return settings(database_url, tmp_path, sink.port, **mail_settings)


async def ask(town: Town, text: str = ASKED, files: tuple[str, ...] = (), **typed: str) -> Message:
    """Marie opens a thread with files and wants the acknowledgement; everything is sent."""
    draft = await town.hub.drafts.begin(town.account().id)
    for name in files:
        blob = await town.hub.core.blobs.put(b"%PDF " + name.encode() * 100)
        stored = StoredFile(blob.key, name, "application/pdf", blob.size, blob.sha256)
        await town.hub.drafts.attach(draft, stored)
    form = dataclasses.replace(await town.typed(text, **typed), wants_copy=True)
    message = await town.hub.sending.new(town.sender(), draft, form)
    await town.hub.settle()
    return message


def plain(text: str) -> str:
    """Without the no-break spaces of French typography."""
    return text.replace("\xa0", " ")


def parts(mail: parse.ParsedMail) -> tuple[str, str]:
    """The text of a letter, and what its HTML shows."""
    return plain(mail.text), plain(to_text(mail.html))


def words(text: str) -> Counter[str]:
    """How often each word stands in a part."""
    return Counter(re.findall(r"\w+", text))


async def test_the_agent_can_work_from_the_mail_alone(town: Town) -> None:
    asked = await ask(town, files=("Certificat médical.pdf",))
    [mail] = town.mails(NORA)
    for part in parts(mail):
        assert f"Référence : {reference(town.hub.core.config, asked.id, asked.at)}" in part

    assert mail.subject == "Cantine de Léo – famille Durand (dossier 1234)"
    assert mail.sender is not None and mail.sender.name == "Marie Durand via Saint-Exemple"
    assert ASKED in mail.text
    for part in parts(mail):
        assert "Marie Durand – famille Durand (dossier 1234)" in part
        assert "Thème : 1 - inscription et réservation" in part
        assert "Certificat médical.pdf" in part
        assert "votre réponse apparaît dans la messagerie de la famille" in part
    assert [file.filename for file in mail.attachments] == ["Certificat médical.pdf"]


async def test_the_agent_reads_the_mail_that_a_family_forwards(town: Town) -> None:
    forwarded = (
        "Pouvez-vous lire le mail ci-dessous ?\n\nMarie\n\n---------- Forwarded message ---------\n"
        "De : École <ecole@ailleurs.test>\nDate: lun. 19 oct. 2026 à 17:02\nSubject: Sortie\n"
        "To: <durand@famille.test>\n\n\nLa sortie <b>est</b> annulée.\n"
    )
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", "Fwd: Sortie", forwarded))
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", "Menu", "Bonjour\n\nEnvoyé de mon iPhone"))
    first, last = town.mails(NORA)
    assert "ci-dessous ?\n\nMarie\n\nE-mail transféré par la famille\n\n> ----------" in first.text
    for part in parts(first):
        assert "La sortie <b>est</b> annulée." in part
    for part in parts(last):
        assert "iPhone" not in part


async def test_a_later_message_threads_and_shows_the_earlier_ones(town: Town) -> None:
    await ask(town)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Quel jour ?"))
    await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "Jeudi."))
    first, last = town.mails(NORA)

    assert last.subject == f"Re: {first.subject}"
    assert first.message_id in last.references
    assert last.in_reply_to == last.references[-1]
    assert last.text.index("\nJeudi.") < last.text.index("> Quel jour ?") < last.text.index("> Léo mangera-t-il")
    assert last.html.count("<blockquote") == 2


@pytest.mark.parametrize("mail_settings", [{"attachments_total": 900}])
async def test_files_beyond_the_total_are_links(town: Town) -> None:
    await ask(town, files=("a.pdf", "b.pdf"))  # of 505 bytes each
    [mail] = town.mails(NORA)

    assert [file.filename for file in mail.attachments] == ["a.pdf"]
    link = r"http://hub\.test/fichier/\S+"
    assert re.search(rf"- b\.pdf \(1 Ko\) – à télécharger ici : {link}\n", plain(mail.text))
    assert re.search(rf'href="{link}"', mail.html)
    assert len(re.findall(link, mail.text)) == 1


async def test_the_answer_is_told_in_full_with_a_link_in_both_parts(town: Town) -> None:
    message = await ask(town)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, ANSWER))
    mail = town.mails(MARIE)[-1]

    assert mail.subject == "Re: Cantine de Léo"
    link = f"http://hub.test/messagerie/{message.thread_id}"
    assert f"\n{link}\n" in mail.text and f'href="{link}"' in mail.html
    for part in parts(mail):
        assert ANSWER in part and "Nora Lambert vous a répondu" in part


async def test_the_acknowledgement_has_what_the_code_asks_for(town: Town) -> None:
    """R112-11-1: date of receipt, service in charge with its addresses and phone, what silence means."""
    message = await ask(town, files=("a.pdf", "b é.pdf"))
    [mail] = town.mails(MARIE)

    number = f"2026-{message.id:06d}"
    assert mail.subject == f"Cantine de Léo – accusé de réception n° {number}"
    for part in parts(mail):
        assert f"Numéro : {number}" in part
        assert "Reçu le : jeudi 22 octobre 2026 à 10 h" in part, "in the town's zone: it is 8 h UTC"
        assert "Activités périscolaires" in part and "2 rue des Écoles" in part
        assert "Téléphone : 01 60 00 00 10" in part and "periscolaire@hub.test" in part
        assert "Léo mangera-t-il <jeudi> ?" in part
        assert "a.pdf" in part and "b é.pdf" in part
        assert "Sans réponse de notre part le 22 décembre 2026, votre demande sera réputée rejetée" in part
    assert not mail.attachments


async def test_a_conversation_begun_by_mail_is_acknowledged_as_an_answer_to_that_mail(town: Town) -> None:
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", "Cantine de Léo", ASKED))
    [receipt], message = town.mails(MARIE), await Message.get()
    assert "accusé de réception" in receipt.subject and "22 décembre 2026" in plain(receipt.text)
    assert receipt.in_reply_to == message.message_id == receipt.references[-1]
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, ANSWER))
    await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "Merci !"))
    assert len(town.mails(MARIE)) == 2, "what follows is not acknowledged"


async def test_a_theme_may_have_its_own_sentence_on_silence(town: Town) -> None:
    await ask(town, service="scolaire")
    [mail] = town.mails(MARIE)
    assert "Le silence gardé pendant un mois vaut acceptation." in mail.text
    assert "1 place de la Mairie" in mail.text, "a service without an address is reached at the town's"


async def test_a_held_mail_is_asked_about_without_its_links(town: Town) -> None:
    await ask(town)
    forged = "Payez sur https://vilain.test/x ou www.vilain.test\n" + "Urgent ! " * 100
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, forged, results=""))
    question = town.mails(NORA)[-1]

    assert plain(question.subject) == "À confirmer : Re: Cantine de Léo – famille Durand (dossier 1234)"
    for part in (question.text, question.html):
        assert "vilain" not in part
        assert "Payez sur [lien retiré]" in part
        assert part.count("Urgent") < 30
        assert "http://hub.test/courriel/" in part
        assert "ne faites rien" in part


async def test_a_revoked_address_gives_the_text_back(town: Town) -> None:
    await ask(town)
    await town.hub.replies.revoke(1)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, ANSWER))
    told = town.mails(NORA)[-1]

    assert told.subject.startswith("Non transmis")
    assert f"> {ANSWER}" in told.text and ANSWER in to_text(told.html)
    assert told.header("auto-submitted") == "auto-replied"
    assert town.sink.mails[-1].mail_from == "", "nothing ever bounces back from an automatic answer"


async def test_an_empty_mail_and_a_stranger_are_told_what_to_do(town: Town) -> None:
    await ask(town)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, ""))
    await town.arrive(town.fresh("x@ailleurs.test", "periscolaire@hub.test", "Bonjour", "Qui êtes-vous ?"))
    for mail, door in ((town.mails(NORA)[-1], "bureau"), (town.mails("x@ailleurs.test")[-1], "messagerie")):
        assert "Que faire" in mail.text and f"http://hub.test/{door}" in mail.text


@pytest.mark.parametrize("mail_settings", [{"parent_mail": "news"}])
async def test_only_the_news_if_the_town_wants_it_so(town: Town) -> None:
    message = await ask(town)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, ANSWER))
    mail = town.mails(MARIE)[-1]

    assert f"\nhttp://hub.test/messagerie/{message.thread_id}\n" in mail.text
    assert words(parts(mail)[0]) == words(parts(mail)[1])
    for part in (mail.text, mail.html):
        assert "noté" not in part and "mangera" not in part and not mail.attachments


OF_ACCOUNTS = (
    "activation",
    "activation-reminder",
    "already-registered",
    "reset-password",
    "first-password",
    "password-changed",
    "joined-family",
    "address-changed",
    "agent-welcome",
)
ABOUT_ACCOUNTS = {
    "by": "Nora Lambert",
    "link": "http://hub.test/activation/x",
    "login": "mdurand",
    "by_email": False,
    "hours": 24,
    "expires_at": datetime(2026, 10, 23, 8, tzinfo=UTC),
}


@pytest.mark.long
async def test_text_and_html_of_every_letter_say_the_same(town: Town) -> None:
    await ask(town, files=("a.pdf",))
    beside = "Service scolaire <scolaire@hub.test>"
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Quel jour ?", Cc=beside))
    await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "Jeudi."))
    await town.arrive(town.answer(town.mails(KARIM)[0], KARIM, "Oui", results=""))
    await town.arrive(town.answer(town.mails(KARIM)[0], KARIM, ""))
    await town.arrive(town.fresh("x@ailleurs.test", "periscolaire@hub.test", "Bonjour", "Qui êtes-vous ?"))
    unknown = await InboundMail.get(from_address="x@ailleurs.test")
    await town.hub.quarantine.refuse(unknown.id, "Écrivez-nous depuis votre compte.")
    await town.arrive(town.fresh(NORA, "periscolaire@hub.test", "Bonjour", "Pour la famille Durand"))
    await town.arrive(town.fresh(MARIE, "personne@hub.test", "Bonjour", "Y a-t-il quelqu’un ?"))
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "/accepter"))
    typed = {"titulaire": "Marie Durand", "iban": "FR76 3000 6000 0112 3456 7890 189"}
    await town.hub.requests.submit(town.sender(), town.account().guardian_id, "banque", 0, typed, "k")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[-1], NORA, "/refuser Ce RIB n’est pas le vôtre."))
    await town.hub.replies.revoke(1)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, ANSWER))
    await town.hub.changes.ask(Visitor(session=0, name="", email=MARIE, account=town.account().id), LEA)
    for template in OF_ACCOUNTS:
        await town.hub.notices.post(template, MARIE, "Marie Durand", dict(ABOUT_ACCOUNTS))
    await town.hub.provisional.give(town.account(), "Nora Lambert")
    await town.write("Personne ne répond.")
    town.clock.advance(days=60)
    await town.hub.silence.step()
    await town.hub.settle()

    kinds = {mail.kind for mail in await OutboundMail.all()}
    assert kinds == {folder.name for folder in (templates() / "mail").iterdir() if folder.is_dir()}
    for mail in (parse.read(caught.raw) for caught in town.sink.mails):
        assert not mail.defects
        text, html = parts(mail)
        assert words(text) == words(html)
        assert not re.search(r"<(?:img|script|link|iframe|form)|\bsrc=|url\(|@import|javascript:|\bon\w+=", mail.html)
        assert "\n\n\n" not in text


async def test_what_a_family_types_is_text_everywhere(town: Town) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} & é"
    await ask(town, attack, files=('<b>"été"<b>.pdf',), subject=attack)
    for mail in (*town.mails(NORA), *town.mails(MARIE)):
        assert "<script" not in mail.html and "<img" not in mail.html and "<b>" not in mail.html
        for part in parts(mail):
            assert part.count(attack) >= 2 and '<b>"été"<b>.pdf' in part
    assert town.mails(NORA)[0].attachments[0].filename == '<b>"été"<b>.pdf'


def quote(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def body(html: str) -> str:
    """What a program that answers in HTML takes over of a mail."""
    found = re.search(r"<body[^>]*>(.*)</body>", html, re.DOTALL)
    assert found
    return found[1]


ATTRIBUTION = "Le jeu. 22 oct. 2026 à 10:00, Marie Durand via Saint-Exemple <portail@hub.test> a écrit :"
HEADERS = ("De : Marie Durand", "Envoyé : jeudi 22 octobre 2026 10:00", "À : Nora Lambert", "Objet : Cantine de Léo")
TEXT_PROGRAMS = {
    "answer above, quoted below": lambda mail: f"{ANSWER}\n\n{ATTRIBUTION}\n{quote(mail.text)}\n",
    "answer below, quoted above": lambda mail: f"{ATTRIBUTION}\n{quote(mail.text)}\n\n{ANSWER}\n",
    "Outlook, no marks": lambda mail: (
        f"{ANSWER}\n\n-----Message d'origine-----\n" + "\n".join([*HEADERS, "", mail.text])
    ),
    "no marks, no introduction at all": lambda mail: f"{ANSWER}\n\n{mail.text}",
}
HTML_PROGRAMS = {
    "Gmail": lambda mail: (
        f'<div dir="ltr">{ANSWER}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{ATTRIBUTION}<br>'
        f'</div><blockquote class="gmail_quote" style="border-left:1px solid">{body(mail.html)}</blockquote></div>'
    ),
    "Thunderbird": lambda mail: (
        f'<p>{ANSWER}</p><div class="moz-cite-prefix">{ATTRIBUTION}</div>'
        f'<blockquote type="cite" cite="mid:x">{body(mail.html)}</blockquote>'
    ),
    "Outlook": lambda mail: (
        f'<p class="MsoNormal">{ANSWER}</p><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
        f"<p>{'<br>'.join(HEADERS)}</p></div>{body(mail.html)}"
    ),
    "no marks, no introduction at all": lambda mail: f"<p>{ANSWER}</p>{body(mail.html)}",
}


async def test_answers_are_found_above_our_mails_however_they_are_quoted(town: Town) -> None:
    await ask(town)
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Quel jour ?"))
    await town.arrive(town.answer(town.mails(MARIE)[-1], MARIE, "Jeudi."))

    for mail in (*town.mails(NORA), *town.mails(MARIE)):
        made = [(name, "plain", make(mail)) for name, make in TEXT_PROGRAMS.items()]
        made += [(name, "html", make(mail)) for name, make in HTML_PROGRAMS.items()]
        for name, subtype, content in made:
            message = EmailMessage(policy=SMTP)
            message.set_content(content, subtype=subtype)
            found = reply.trim(parse.read(message.as_bytes()))
            assert (name, mail.subject, found.text) == (name, mail.subject, ANSWER)
            assert "au-dessus de cette ligne" in found.rest
