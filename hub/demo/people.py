"""The people of the sample town. All of them, and their addresses (RFC 2606 names), are invented."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

import msgspec

HUB_DOMAIN = "portail.ville.example"
TOWN_DOMAIN = "ville.example"
HOSTED = frozenset({HUB_DOMAIN, TOWN_DOMAIN, "famille.example", "courriel.example", "bureau.example"})

WORDS = (
    *("abricot", "ardoise", "balcon", "bougie", "bourgeon", "brioche", "cabane", "cerise", "chemin", "colline"),
    *("comptine", "coquelicot", "dentelle", "domino", "escargot", "fontaine", "galet", "girafe", "grenier", "hibou"),
    *("jardin", "lanterne", "lavande", "libellule", "marelle", "moulin", "myrtille", "nuage", "orange", "papier"),
    *("pinceau", "plume", "prairie", "rivage", "sapin", "sentier", "tambour", "tilleul", "tournesol", "tulipe"),
)


class Person(msgspec.Struct, frozen=True):
    """Somebody to be in the demo. `login`: of the web inbox for a parent, of the desk for an agent."""

    role: Literal["parent", "agent"]
    name: str
    login: str
    password: str
    email: str
    service: str = ""


class SharedMailbox(msgspec.Struct, frozen=True):
    """One address for all the agents of a service."""

    service: str
    email: str


class Sample(msgspec.Struct, frozen=True):
    """The town as it was laid out: the preset it started from and who is in it."""

    preset: str
    people: tuple[Person, ...]
    shared: tuple[SharedMailbox, ...]


@dataclass(frozen=True, slots=True)
class Parent:
    """A guardian to be, and the number of their dossier."""

    dossier: str
    civility: str
    first_name: str
    last_name: str
    login: str
    email: str


PARENTS = (
    Parent("2148", "Mme", "Marie", "Durand", "durand", "marie.durand@famille.example"),
    Parent("2148", "M.", "Paul", "Durand", "pdurand", "paul.durand@famille.example"),
    Parent("3307", "Mme", "Léa", "Martin", "martin", "lea.martin@courriel.example"),
    Parent("1175", "M.", "Thomas", "Nguyen", "nguyen", "thomas.nguyen@famille.example"),
)

AGENTS = (
    ("Nora Benali", "nora.benali@ville.example"),
    ("Julien Morel", "julien.morel@ville.example"),
    ("Claire Fontaine", "claire.fontaine@ville.example"),
    ("Hervé Petit", "herve.petit@ville.example"),
    ("Samir Colin", "samir.colin@ville.example"),
    ("Agnès Roux", "agnes.roux@ville.example"),
)


def password() -> str:
    """One that can be typed on a phone: "tilleul-galet-42"."""
    return f"{secrets.choice(WORDS)}-{secrets.choice(WORDS)}-{10 + secrets.randbelow(90)}"
