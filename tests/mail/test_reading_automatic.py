"""Who wrote: a person, a program that answers, a mail system, a list."""

import pytest

from hub.mail import parse
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
