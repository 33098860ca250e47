"""The settings of the sample town: a preset, staffed with invented agents, on this machine only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from hub.config import (
    Config,
    ConfigError,
    Database,
    Desk,
    Download,
    Home,
    Lmtp,
    Mail,
    News,
    Person,
    Service,
    Smtp,
    Storage,
    Web,
    parse,
)
from hub.demo.errors import DemoError
from hub.demo.files import photo, public
from hub.demo.people import AGENTS, HUB_DOMAIN, TOWN_DOMAIN
from hub.tomlfile import ALIASES

HOST = "127.0.0.1"
AUTHSERV = f"mx.{TOWN_DOMAIN}"
SENDER = f"portail-famille@{HUB_DOMAIN}"
PER_SERVICE = 2  # agents
SHARED_EVERY = 3  # each third service has one mailbox for its agents
PUBLIC = ("saint-michel", "sainte-consorce")  # whose guides tell of papers for everybody
PICTURED = ("porte-monnaie",)  # whose guide tells of news
FESTIVE = (
    News(
        title="Les inscriptions aux vacances sont ouvertes",
        text="Choisissez les journées de vos enfants avant la fin du mois.",
        picture=photo().name,
        alt="La mer, une plage et le soleil",
    ),
    News(title="Un nouveau portail", text="Vos messages, vos documents et vos démarches sont réunis ici."),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demo runs: its folder and its two ports."""

    folder: Path
    port: int
    smtp_port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


def settings(preset: str, place: Place) -> Config:
    """The town of that preset at that place. Raises DemoError for a preset that does not exist."""
    try:
        config = parse(f"preset = {json.dumps(preset)}", "hub demo --preset")
    except ConfigError as error:
        raise DemoError(str(error)) from error
    return replace(
        config,
        web=Web(host=HOST, port=place.port, url=place.url, secure_cookies=False),
        database=Database(url=f"sqlite://{place.folder / 'hub.sqlite3'}"),
        storage=Storage(url=str(place.folder / "blobs")),
        # no second factor for agents: whoever tries the demo plays six of them, on this machine only
        security=replace(
            config.security,
            secret_file=str(place.folder / "secret.key"),
            agents_totp=False,
            administrators=(AGENTS[0][1],),
        ),
        desk=Desk(directory="desk"),
        home=shown(config.home, preset, place.folder),
        mail=mail(config.mail, place.smtp_port),
        services=tuple(staffed(service, position) for position, service in enumerate(config.services)),
    )


def shown(home: Home, preset: str, folder: Path) -> Home:
    """What the town of that guide shows to everybody; its files are laid down by `publish`."""
    name = ALIASES.get(preset, preset)
    downloads = tuple(Download(title=title, file=file.name) for title, file in public()) if name in PUBLIC else ()
    news = (*home.news, *(FESTIVE if name in PICTURED else ()))
    return replace(home, folder=str(folder / "public"), downloads=downloads, news=news)


def publish(home: Home) -> None:
    """Lay down the files that the town shows."""
    folder = Path(home.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for file in (*(file for _, file in public()), photo()):
        (folder / file.name).write_bytes(file.content)


def mail(preset: Mail, smtp_port: int) -> Mail:
    """All mail out goes to the demo's own mail host, which is also the only one believed about senders."""
    return replace(
        preset,
        domain=HUB_DOMAIN,
        sender=SENDER,
        authserv_ids=(AUTHSERV,),
        smtp=Smtp(host=HOST, port=smtp_port, per_domain_minute=0),
        imap=(),
        lmtp=Lmtp(),
    )


def staffed(service: Service, position: int) -> Service:
    """`service` with its two agents, the second of whom is its head, and for some one mailbox that they share."""
    first = position * PER_SERVICE % len(AGENTS)
    chosen = AGENTS[first : first + PER_SERVICE]
    agents = tuple(Person(name=name, email=email, head=email == chosen[-1][1]) for name, email in chosen)
    shared = f"accueil.{service.slug}@{TOWN_DOMAIN}" if position % SHARED_EVERY == SHARED_EVERY - 1 else ""
    return replace(service, agents=agents, shared=shared)
