"""Pure: what an agent is told about a mail in quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.mail.failures import Event
from hub.mailbox.refusals import Reason
from hub.mailbox.setaside import WAITING, Settled, Waiting


@dataclass(frozen=True, slots=True)
class Label:
    """A state: word, tone (a class of the stylesheet) and sign (an icon)."""

    label: str
    tone: str
    sign: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What just happened. `undo`: address of the form that takes it back, or ""."""

    text: str
    tone: str
    sign: str
    undo: str = ""


ASKED = Label("Attend l’expéditeur", "", "clock")
UNDECIDED = Label("À décider", "warn", "alert")
FAILED = Label("Erreur du portail", "bad", "alert")

EXPLAINED = {
    Reason.seems_automatic: "Son objet ou son texte sont ceux d’une réponse automatique, mais rien d’autre ne le dit.",
    Reason.bulk: "C’est un envoi à de nombreux destinataires : publicité, lettre d’information.",
    Reason.no_author: "L’adresse de l’expéditeur ne se lit pas : le portail ne sait pas qui écrit.",
    Reason.no_destination: "Aucun service n’a l’adresse à laquelle cet e-mail a été envoyé. "
    "Si elle vient d’être donnée à un service, faites relire l’e-mail.",
    Reason.forged: "Cet e-mail veut entrer dans une conversation, mais rien ne prouve qui l’a écrit : il ne peut pas "
    "être publié. S’il compte, demandez à la personne d’écrire depuis le portail.",
    Reason.unknown_sender: "Aucune famille n’a cette adresse. Si vous savez qui écrit, publiez l’e-mail en son nom. "
    "Si un compte a été ouvert depuis avec elle, faites relire l’e-mail.",
    Reason.unauthenticated: "L’adresse est celle d’une personne connue, mais rien ne prouve que l’e-mail en vient.",
    Reason.other_sender: "C’est une réponse envoyée d’une autre adresse que celle à laquelle le portail avait écrit.",
    Reason.no_token: "C’est une réponse, mais elle n’a pas été envoyée à l’adresse de réponse de la conversation.",
    Reason.unproven: "L’adresse est celle d’une personne connue, mais rien d’autre ne dit que l’e-mail en vient : "
    "n’importe qui peut écrire cette adresse. Appelez la personne avant de publier.",
    Reason.other_thread: "Il répond à un e-mail d’une conversation, mais a été envoyé à l’adresse d’une autre.",
    Reason.expired_token: "L’adresse de réponse de cette conversation n’était plus valable.",
    Reason.revoked_token: "L’adresse de réponse de cette conversation a été annulée.",
    Reason.loop: "La même personne envoie sans cesse, ou toujours la même chose : sans doute une machine.",
    Reason.other_version: "Le portail a déjà reçu cet e-mail avec un autre texte ou d’autres fichiers, et rien ne "
    "prouve quelle version est de son auteur. Comparez-les, et appelez la personne avant de publier.",
    Reason.order: "Il contient une commande (/accepter ou /refuser) qui n’a pas pu être suivie. "
    "Un e-mail a dit pourquoi à son auteur.",
    Reason.postmaster: "On y écrit à la mairie au sujet de son courriel lui-même : e-mails refusés, abus, panne. "
    "Seuls les administrateurs voient cet e-mail.",
    Reason.empty: "Il n’y a rien à publier : ni texte, ni fichier.",
    "error": "Le portail n’a pas su traiter cet e-mail. Quand la panne est réparée, faites-le relire.",
}

_ACTS = {
    "accepted": "{by} a choisi de le publier",
    "discarded": "{by} l’a écarté",
    "refused": "{by} l’a refusé, avec une réponse",
    "restored": "{by} l’a remis en quarantaine",
    "replayed": "{by} l’a fait relire",
    "confirmed": "La personne au nom de qui il est écrit a confirmé qu’il est d’elle",
}

HAPPENED = {
    Event.hard: "Un e-mail est revenu : l’adresse n’existe pas ou plus.",
    Event.soft: "Un e-mail n’a pas pu arriver pour l’instant (boîte pleine, serveur occupé).",
    Event.lasting: "Cela dure : le portail n’y écrit plus.",
    Event.refused: "Un e-mail a été refusé pour une raison qui ne tient pas à l’adresse.",
    Event.delayed: "Un e-mail a du retard.",
    Event.unsigned: "Un avis de non-remise que n’importe qui a pu écrire : il ne compte pas.",
    Event.unknown: "Un avis de non-remise d’un e-mail que le portail n’a pas envoyé.",
    Event.wrote: "Un e-mail est venu de cette adresse : elle fonctionne.",
    Event.confirmed: "Un lien envoyé à cette adresse a servi : elle fonctionne.",
    Event.vouched: "Un agent a demandé de réessayer.",
}


def state(row: Waiting) -> Label:
    """Whom a mail waits for. Once the link to confirm it has lapsed, that is nobody but an agent."""
    if row.state == "failed":
        return FAILED
    return ASKED if row.asked_until else UNDECIDED


def who_did(settled: Settled) -> str:
    """ "Nora Lambert l’a écarté", without a full stop."""
    return _ACTS[settled.act].format(by=settled.by or "La mairie")


def what_became(settled: Settled, days: int) -> str:
    """What has become of the mail since, a sentence. `days` that a discarded mail is kept."""
    if settled.is_waiting:
        return f"Il attend toujours : {_within(settled.row.why)}."
    match settled.row.state:
        case "stored":
            return "Il est dans la conversation."
        case "received":
            return "D’ici quelques secondes, il sera dans la conversation ou de retour en quarantaine."
        case "discarded":
            return f"Il reste gardé {days} jours, puis il sera effacé."
    return f"Il est classé sans suite : {_within(settled.row.why)}."


def notice(settled: Settled, days: int, undo: str) -> Notice:
    """What is said above the list after an agent pressed a button. `undo`: where a discarded mail is put back."""
    about, became = f"« {settled.row.subject} »", what_became(settled, days)
    if settled.act == "refused" and settled.row.state == "discarded":
        return Notice(f"{about} est refusé ; votre réponse part à {settled.row.sender}. {became}", "", "check", undo)
    if settled.row.state == "discarded":
        return Notice(f"{about} est écarté. {became}", "", "trash", undo)
    if settled.act == "restored" and settled.is_waiting:
        return Notice(f"{about} est de nouveau en quarantaine.", "", "restore")
    if settled.is_waiting:
        return Notice(f"{about} n’a pas pu être publié : {_within(settled.row.why)}.", "warn", "alert")
    if settled.row.state == "stored":
        return Notice(f"{about} est dans la conversation.", "good", "check")
    return Notice(f"{about} : c’est pris en compte. {became}", "", "clock")


def notice_of_many(states: Sequence[str], others: int, days: int, undo: str) -> Notice | None:
    """What is said above the list after several were ticked. `states`: what each that was decided on is in by now;
    `others`: those that somebody else was first with."""
    gone, back = states.count("discarded"), sum(state in WAITING for state in states)
    passed = {0: "", 1: "Un autre était déjà traité."}.get(others, f"{others} autres étaient déjà traités.")
    if gone:
        said = f"{gone} e-mails sont écartés. Ils restent gardés" if gone > 1 else "1 e-mail est écarté. Il reste gardé"
        return Notice(f"{said} {days} jours. {passed}".strip(), "", "trash", undo)
    if back:
        said = f"{back} e-mails sont" if back > 1 else "1 e-mail est"
        return Notice(f"{said} de nouveau en quarantaine. {passed}".strip(), "", "restore")
    return Notice(passed, "", "info") if passed else None


def _within(why: str) -> str:
    """A reason inside a sentence."""
    return why[:1].lower() + why[1:]
