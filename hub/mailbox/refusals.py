"""Why a mail is not posted, and what happens then: the types, and one policy table.

One exception, three ends (`Policy.state`):
- settled       a delivery report did its work
- ignored       nobody is told: a double, an automatic answer, our own mail
- held          waits until the registered address confirms by a link that the mail was theirs
- quarantined         kept in quarantine for the desk; the sender may be answered, once per reason and day
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why; stored with the mail and shown at the desk."""

    bounce = "bounce"
    duplicate = "duplicate"
    own_mail = "own_mail"
    automatic = "automatic"
    seems_automatic = "seems_automatic"
    bulk = "bulk"
    unknown_bounce = "unknown_bounce"
    no_author = "no_author"
    no_destination = "no_destination"
    unknown_sender = "unknown_sender"
    unauthenticated = "unauthenticated"
    other_sender = "other_sender"
    no_token = "no_token"  # noqa: S105 (a reason)
    expired_token = "expired_token"  # noqa: S105
    revoked_token = "revoked_token"  # noqa: S105
    other_thread = "other_thread"
    unproven = "unproven"
    forged = "forged"
    empty = "empty"
    loop = "loop"
    order = "order"
    postmaster = "postmaster"
    other_version = "other_version"


class Refusal(Exception):
    """A mail that is not posted."""

    def __init__(self, reason: Reason, address: str = "", words: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.address = address  # whom to ask or to answer; "" for nobody
        self.words = words  # what else there is to say about it


@dataclass(frozen=True, slots=True)
class Policy:
    """`state` the mail ends in; `letter` the template that answers, or "" for silence."""

    state: str
    letter: str = ""


POLICIES = {
    Reason.bounce: Policy("settled"),
    Reason.duplicate: Policy("ignored"),
    Reason.own_mail: Policy("ignored"),
    Reason.automatic: Policy("ignored"),
    Reason.seems_automatic: Policy("quarantined"),
    Reason.bulk: Policy("quarantined"),
    Reason.unknown_bounce: Policy("ignored"),
    Reason.no_author: Policy("quarantined"),
    Reason.no_destination: Policy("quarantined", "no-destination"),
    Reason.forged: Policy("quarantined"),
    Reason.unproven: Policy("quarantined"),
    Reason.loop: Policy("quarantined"),
    Reason.other_version: Policy("quarantined"),
    Reason.postmaster: Policy("quarantined"),
    Reason.unknown_sender: Policy("quarantined", "unknown-sender"),
    Reason.revoked_token: Policy("quarantined", "revoked-address"),
    Reason.empty: Policy("quarantined", "empty-mail"),
    Reason.order: Policy("quarantined", "order-refused"),
    Reason.unauthenticated: Policy("held", "confirm-mail"),
    Reason.other_sender: Policy("held", "confirm-mail"),
    Reason.no_token: Policy("held", "confirm-mail"),
    Reason.expired_token: Policy("held", "confirm-mail"),
    Reason.other_thread: Policy("held", "confirm-mail"),
}

WORDS = {
    Reason.bounce: "Avis de non-remise, rattaché à son e-mail",
    Reason.duplicate: "Déjà reçu",
    Reason.own_mail: "Courriel du portail lui-même",
    Reason.automatic: "Réponse automatique",
    Reason.seems_automatic: "Sans doute une réponse automatique",
    Reason.bulk: "Envoi en nombre",
    Reason.unknown_bounce: "Avis de non-remise d’un e-mail inconnu",
    Reason.no_author: "Expéditeur illisible",
    Reason.no_destination: "Adresse de destination inconnue",
    Reason.forged: "Adresse de réponse utilisée par quelqu’un d’autre",
    Reason.unknown_sender: "Expéditeur inconnu",
    Reason.unproven: "Expéditeur non vérifié",
    Reason.postmaster: "Adressé à postmaster",
    Reason.other_thread: "Adresse de réponse d’une autre conversation, confirmation demandée",
    Reason.expired_token: "Adresse de réponse périmée, confirmation demandée",
    Reason.revoked_token: "Adresse de réponse annulée",
    Reason.empty: "Courriel sans texte ni fichier",
    Reason.loop: "Réponses en boucle",
    Reason.other_version: "Autre version d’un e-mail déjà reçu",
    Reason.order: "Commande qui n’a pas pu être suivie",
    Reason.unauthenticated: "Expéditeur non vérifié, confirmation demandée",
    Reason.other_sender: "Envoyé d’une autre adresse, confirmation demandée",
    Reason.no_token: "Sans adresse de réponse, confirmation demandée",
    "error": "Erreur du portail",
}
