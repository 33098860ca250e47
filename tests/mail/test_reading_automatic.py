"""Who wrote: a person, a program that answers, a mail system, a list."""

import pytest

from hub.mail import bounce, parse
from hub.mail.automatic import Kind, kind

AUTOMATIC = [
    "Subject: Réponse automatique : Cantine",
    "Subject: Réponse automatique",
    "Subject: Absence du bureau : Re: Cantine",
    "Subject: Absent(e) du bureau : Cantine",
    "Subject: Out of Office: Cantine",
    "Subject: Out of the office AutoReply: Cantine",
    "Subject: Automatic reply: Cantine",
    "Subject: [Réponse automatique] Cantine",
    "Subject: Message d'absence : Cantine",
    "Subject: Répondeur automatique : Cantine",
    "Subject: AUTO: Nora Petit is out of the office (returning 18/03/2024)",
    "Subject: Absent(e) jusqu'au 18 mars",
    "Subject: Nora Petit est en congé",
    "Subject: Absence temporaire",
    "Subject: Cantine\nAuto-Submitted: auto-replied",
    "Subject: Cantine\nAuto-Submitted: auto-generated; owner=x",
    "Subject: Cantine\nX-Autoreply: yes",
    "Subject: Cantine\nX-Autorespond: Absence",
    "Subject: Cantine\nPrecedence: auto_reply",
    "Subject: Cantine\nReturn-Path: <>",
]
HUMAN = [
    "Subject: Absence",
    "Subject: Absence de Léo au bureau des élèves",
    "Subject: Absence du 12 mars : Léo",
    "Subject: Message de la directrice",
    "Subject: Automatisation des réponses",
    "Subject: Lu et approuvé",
    "Subject: Réponse à votre demande",
    "Subject: Réponse automatique : Cantine\nAuto-Submitted: no",
    "Subject: Cantine\nX-Autoreply: no",
    "Subject: Cantine\nX-Auto-Response-Suppress: OOF",
    "Subject: Cantine\nReturn-Path: <zoe@famille.example>",
    "Subject: Mail non remis\nFrom: zoe@famille.example",
    "Subject: Erreur de livraison des repas\nFrom: zoe@famille.example",
]
BULK = [
    "Subject: Kermesse\nList-Id: <parents.apel.example>",
    "Subject: Promotions\nList-Unsubscribe: <https://x.example/u>",
    "Subject: Promotions\nPrecedence: bulk",
    "Subject: Promotions\nAuto-Submitted: auto-generated\nList-Unsubscribe: <https://x.example/u>",
    "Subject: Re: Kermesse\nIn-Reply-To: <a@b>\nList-Post: <mailto:x@y>",
]


def kind_of(fields: str) -> Kind:
    return kind(parse.read(f"{fields}\n\nJe suis absent jusqu'au 18 mars.\n".encode()))


@pytest.mark.parametrize("fields", AUTOMATIC)
def test_programs_that_answer(fields: str) -> None:
    assert kind_of(fields) is Kind.auto_reply


@pytest.mark.parametrize("fields", HUMAN)
def test_people_also_those_who_write_about_an_absence(fields: str) -> None:
    assert kind_of(fields) is Kind.message


@pytest.mark.parametrize("fields", BULK)
def test_lists_and_bulk(fields: str) -> None:
    assert kind_of(fields) is Kind.bulk


@pytest.mark.parametrize(
    "fields",
    [
        "Subject: x\nIn-Reply-To: <a@b>",
        "Subject: x\nReferences: <a@b>",
        "Subject: Re: Absence du bureau",
        "Subject: RE : Réponse automatique : Cantine",
        "Subject: Re[2]: x",
    ],
)
def test_answers_of_people(fields: str) -> None:
    assert kind_of(fields) is Kind.reply


LETTER = "From: nora@ville.example\nSubject: {}\nMessage-ID: <a@b>\n{}"


@pytest.mark.parametrize(
    ("subject", "fields", "text", "expected"),
    [
        ("Question", "", "Bonjour,\n\nCeci est une réponse automatique : je suis absente.", Kind.auto_reply),
        ("Question", "", "J’ai reçu ceci, que faire ?\n\nCeci est une réponse automatique.", Kind.message),
        ("Question", "", "Votre adresse répond « Ceci est une réponse automatique ». Pourquoi", Kind.message),
        (
            "Re: x",
            "In-Reply-To: <q@b>\n",
            "Merci !\n\nDe : Nora\nObjet : x\n\nCeci est une réponse automatique",
            Kind.reply,
        ),
        ("Anne REY est absent(e).", "", "Je suis absente.", Kind.auto_reply),
        ("Re: Anne REY est absent(e).", "In-Reply-To: <q@b>\n", "Quand revient-elle ?", Kind.reply),
        ("TR: Anne REY est absent(e).", "", "À qui écrire ?", Kind.message),
        ("Léo BERNARD est absent(e) ce jour", "", "Il a de la fièvre.", Kind.message),
        ("Absence du bureau : 5 conseils", "List-Unsubscribe: <https://x.example/u>\n", "Bonjour", Kind.bulk),
        ("Out of office: le guide", "Precedence: list\n", "Bonjour", Kind.bulk),
        ("Re\u0301ponse automatique : Cantine", "", "Je suis absente.", Kind.auto_reply),
        ("Otomatik yanıt: Kantin", "In-Reply-To: <q@b>\n", "Ofis dışındayım.", Kind.auto_reply),
        ("Votre message", "", "Votre email a été mis en attente : https://app.mailinblack.com/x", Kind.auto_reply),
        ("Gelesen: Kantine", "", "Ihre Nachricht\n\n   An: Nora\n\nwurde gelesen am Montag", Kind.auto_reply),
    ],
)
def test_who_speaks_of_an_automatic_answer_is_none(subject: str, fields: str, text: str, expected: Kind) -> None:
    raw = f"{LETTER.format(subject, fields)}Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    assert kind(parse.read(raw.encode())) is expected


REPORT = """Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Bonjour, que faire ?
--b
Content-Type: message/{}

Final-Recipient: rfc822; cantine@ville.example
Action: failed
Status: 5.1.1
{}
--b--
"""


@pytest.mark.parametrize("subject", ["TR: Undeliverable: Cantine", "Erreur quand j’écris à la cantine"])
@pytest.mark.parametrize(
    "enclosed", [("delivery-status", ""), ("disposition-notification", "Disposition: x; displayed")]
)
def test_a_report_that_somebody_encloses_marks_no_address(subject: str, enclosed: tuple[str, str]) -> None:
    mail = parse.read((LETTER.format(subject, "") + REPORT.format(*enclosed)).encode())
    assert (kind(mail), bounce.read(mail)) == (Kind.message, None)


DAEMON = "From: MAILER-DAEMON@{}\nSubject: {}\nReturn-Path: <>\nContent-Type: text/plain; charset=utf-8\n\n{}\n"


@pytest.mark.parametrize(
    ("subject", "text", "status"),
    [
        ("Message rejeté", "Votre message à <leo@famille.example> a été rejeté par notre antispam. 550 5.7.1", "5.7.1"),
        ("Echec de distribution", "Nous n’avons pas pu distribuer votre message :\nleo@famille.example\ninconnu", None),
        ("Retour de courrier : destinataire inconnu", "L’envoi à <leo@famille.example> vous est retourné.", None),
        ("Onbestelbaar: x", "leo@famille.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound", "5.1.1"),
        (
            "Mail delivery failed",
            "  leo@famille.example\n    550 No such user here\n\n------ This is a copy of the message ------\n\n"
            "Received: from x by srv.example with esmtpsa (Exim 4.96.2)\nTo: leo@famille.example",
            "5.1.1",
        ),
        ("Undelivered Mail", "<leo@famille.example>: Host or domain name not found. Name service error", "5.4.4"),
        ("Non remis", "Contactez dsi@ville.example. Le message n’a pas pu être remis à : leo@famille.example", None),
        ("Undelivered Mail", "<leo@famille.example>: 554 Message rejected as spam", "5.7.1"),
    ],
)
def test_reports_without_a_form(subject: str, text: str, status: str | None) -> None:
    found = bounce.read(parse.read(DAEMON.format("famille.example", subject, text).encode()))
    assert found is not None
    assert (found.recipient, found.status, found.action) == ("leo@famille.example", status, "failed")
