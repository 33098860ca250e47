"""Pure: what `hub demo` prints once it is ready."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from hub.config import Config
from hub.demo.people import Sample
from hub.demo.town import HOST

ROLES = {"parent": "Parent", "agent": "Agent"}
HEADS = ("Rôle", "Nom", "Identifiant", "Mot de passe", "E-mail", "Service")


def as_json(config: Config, sample: Sample) -> str:
    """One line: {"url", "smtp", "people": [{"role", "name", "login", "password", "email", "service"}]}."""
    names = ("role", "name", "login", "password", "email", "service")
    people = [{name: getattr(person, name) for name in names} for person in sample.people]
    return json.dumps({"url": config.web.url, "smtp": smtp(config), "people": people}, ensure_ascii=False)


def for_people(config: Config, sample: Sample, folder: Path) -> str:
    """The addresses, and who may be played with which password."""
    doors = [
        ("Messagerie des familles", config.web.url),
        ("Boîtes aux lettres", f"{config.web.url}/demo/"),
        ("Bureau des agents", f"{config.web.url}/bureau"),
        ("Serveur SMTP", smtp(config)),
    ]
    shared = [("Boîte partagée", "", "", "", box.email, box.service) for box in sample.shared]
    people = [(ROLES[p.role], p.name, p.login, p.password, p.email, p.service) for p in sample.people]
    return "\n".join(
        [
            f"\nDémonstration : {config.town.name}, des gens inventés, sur cette machine seulement ({HOST}).",
            f"Données : {folder}\n",
            *(f"  {line}" for line in columns(doors)),
            "",
            *(f"  {line}" for line in columns([HEADS, *people, *shared])),
            "",
        ]
    )


def ready(config: Config) -> str:
    """The last line, which scripts wait for."""
    return f"ready {config.web.url}"


def smtp(config: Config) -> str:
    """Where any mail client may hand mail in."""
    return f"{config.mail.smtp.host}:{config.mail.smtp.port}"


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of cells as lines of aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
