"""Typed, frozen settings read from config.toml.

A town's file may extend a preset (`preset = "saint-michel"`, a file of hub/presets/) and override what it
likes. Every unknown key and every wrong type is refused at start with the key's path, what was expected and,
where the file says it, the line.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from hub.tomlfile import ConfigError as ConfigError
from hub.tomlfile import line_of, merged, preset
from hub.tomlfile import presets as presets

MEGABYTE = 1024 * 1024


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every section: immutable, and closed to unknown keys."""


class Town(Settings, frozen=True):
    """Who speaks: shown on every page and in every mail."""

    name: str = "Ma ville"
    colour: str = "#1f5fa8"
    logo: str = ""
    site: str = ""
    address: str = ""
    phone: str = ""
    zone: str = "Europe/Paris"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.colour):
            raise ValueError("town.colour must look like #1f5fa8")
        ZoneInfo(self.zone)

    @property
    def tz(self) -> ZoneInfo:
        """The zone in which days begin and dates are shown."""
        return ZoneInfo(self.zone)


class Web(Settings, frozen=True):
    """The HTTP door. `url` is what families type; it stands in every mail."""

    host: str = "127.0.0.1"
    port: int = 8080
    url: str = "http://127.0.0.1:8080"
    trusted_proxies: tuple[str, ...] = ()
    secure_cookies: bool = True


class Database(Settings, frozen=True):
    """`sqlite://PATH` or `postgres://user:password@host:port/name`."""

    url: str = "sqlite://storage/hub.sqlite3"
    pool: int = 10


class Storage(Settings, frozen=True):
    """Where blobs are kept: a folder, or an `s3://bucket/prefix` with its endpoint and keys."""

    url: str = "storage/blobs"
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = ""


class Security(Settings, frozen=True):
    """`secret_file` signs reply addresses and cookies; made at first start, readable by its owner only."""

    secret_file: str = "storage/secret.key"  # noqa: S105 (a path)
    login_window: int = 900  # seconds over which failures are counted
    login_free_failures: int = 5  # failures before an address has to wait
    session_hours: int = 12
    remember_days: int = 30
    password_length: int = 8
    password_mixed: bool = False  # also an upper and a lower case letter and a digit
    agents_totp: bool = True  # agents need a second factor to come in; parents are offered one
    provisional_days: int = 60  # how long a provisional password works, by letter or from an agent


class Registration(Settings, frozen=True):
    """How families come in by themselves. `wizard` off: their identifiers come from the town."""

    wizard: bool = True
    terms: str = ""  # the conditions, paragraphs parted by an empty line; "" leaves the step out
    terms_version: str = ""
    without_dossier: bool = True  # "Je n'ai pas ces informations, continuer sans"
    service: str = ""  # slug of the service that links accounts to dossiers; "" the first one
    match_name: Literal["strict", "first-part"] = "strict"  # first-part: of a compound name
    invoice_pattern: str = ""  # reads the dossier number off an invoice number by a group named "dossier"
    activation_hours: int = 24
    warning_hours: int = 6  # how long before it lapses its owner is told

    def __post_init__(self) -> None:
        if bool(self.terms.strip()) != bool(self.terms_version.strip()):
            raise ValueError("registration.terms and registration.terms_version go together")
        if not 0 < self.warning_hours < self.activation_hours:
            raise ValueError("registration.warning_hours must lie between 0 and activation_hours")
        if self.invoice_pattern and "dossier" not in re.compile(self.invoice_pattern).groupindex:
            raise ValueError("registration.invoice_pattern needs a group named dossier: (?P<dossier>[0-9]{3,4})")


class Entrance(Settings, frozen=True):
    """Logging in and out, and the account afterwards."""

    by: Literal["name", "email", "both"] = "both"
    remember: bool = True  # offers "Se rappeler de moi"
    after_logout: str = ""  # address where logging out leads; "" the login page
    first_password: bool = True  # "Mot de passe oublié" gives the first one to who is in the file with an address
    change_email: Literal["link", "service"] = "link"  # link: confirmed at both addresses; service: asked for
    reset_hours: int = 2  # how long a link to a new password works


class Dossier(Settings, frozen=True):
    """The family's file. `direct`: what a family changes by itself; the rest is asked for by a message."""

    direct: tuple[Literal["phones", "bills", "bank", "collectors", "health"], ...] = ("phones", "bills")
    service: str = ""  # slug of the service that is asked for changes; "" the first one

    def lets(self, what: str) -> bool:
        """Whether families change it by themselves."""
        return what in self.direct


class DocumentKind(Settings, frozen=True):
    """A paper that a family sends. `until`: to which year’s end it is good, or `valid_months` once it was looked at."""

    slug: str
    name: str
    hint: str = ""
    about: Literal["family", "guardian", "child"] = "family"
    required: bool = False
    valid_months: int = 0  # 0: for ever
    until: Literal["", "school-year", "year"] = ""
    service: str = ""  # slug of the service that looks at it; "" the one of [dossier]


class Retention(Settings, frozen=True):
    """How long what the law makes the town keep outlives an erasure."""

    messages_years: int = 2


class Limits(Settings, frozen=True):
    """What one message may carry. Sizes in bytes."""

    files: int = 5
    file_bytes: int = 2 * MEGABYTE
    subject_length: int = 150
    body_length: int = 20_000
    mail_bytes: int = 30 * MEGABYTE
    upload_seconds: int = 600
    draft_days: int = 30


class Smtp(Settings, frozen=True):
    """The server that takes the hub's mail. `per_domain`… bound what one destination gets (0: no bound)."""

    host: str = "127.0.0.1"
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password: str = ""
    ca_file: str = ""
    verify: bool = True
    connections: int = 4
    per_domain: int = 4
    per_domain_minute: int = 120
    timeout: float = 60.0
    hello: str = ""


class Imap(Settings, frozen=True):
    """One mailbox that is read. `after`: what becomes of the server's copy once the hub holds it."""

    name: str
    host: str
    user: str
    password: str
    port: int = 993
    security: Literal["none", "starttls", "tls"] = "tls"
    ca_file: str = ""
    verify: bool = True
    folder: str = "INBOX"
    after: Literal["keep", "flag", "move"] = "flag"
    done_folder: str = "Traites"
    poll: float = 60.0
    timeout: float = 60.0


class Lmtp(Settings, frozen=True):
    """A door for the local mail server. Port 0 keeps it shut."""

    host: str = "127.0.0.1"
    port: int = 0


class Mail(Settings, frozen=True):
    """Addresses, and how answers find their thread."""

    domain: str = "hub.invalid"
    sender: str = ""  # address in From; default portail@domain
    reply: Literal["plus", "subdomain"] = "plus"
    reply_local: str = "reponse"
    reply_domain: str = ""  # for "subdomain": a catch-all domain of its own
    reply_days: int = 180
    bounce_local: str = "rebond"
    authentication: Literal["host", "dkim", "hold"] = "host"
    authserv_ids: tuple[str, ...] = ()
    dkim_selector: str = ""  # under which `hub check` looks for the host's key
    parent_mail: Literal["full", "news"] = "full"
    attachments_total: int = 8 * MEGABYTE
    retry_minutes: tuple[int, ...] = (1, 5, 15, 60, 240, 720, 1440)
    quarantine_days: int = 90
    soft_bounces: int = 5  # days with a soft failure, of the last soft_days, that make a hard one; 0: never
    soft_days: int = 14
    answers_per_sender: int = 6  # letters an hour that answer refused or held mail by themselves
    answers_per_hour: int = 200
    thread_mails_per_hour: int = 60  # of one person in one conversation; more is a machine
    smtp: Smtp = Smtp()
    imap: tuple[Imap, ...] = ()
    lmtp: Lmtp = Lmtp()

    @property
    def sender_address(self) -> str:
        """The address that stands in From of all mail of the hub."""
        return self.sender or f"portail@{self.domain}"

    @property
    def is_verified(self) -> bool:
        """Whether anything proves a From; without, every mail is held until its registered address confirms it."""
        return self.authentication == "dkim" or (self.authentication == "host" and bool(self.authserv_ids))


class Theme(Settings, frozen=True):
    """What a message can be about. `silence` and `months` stand in for those of the acknowledgement."""

    name: str
    silence: str = ""
    months: int = 0


class Person(Settings, frozen=True):
    """An agent of a service, or somebody who answers in an agent's place."""

    name: str
    email: str
    aliases: tuple[str, ...] = ()


class Service(Settings, frozen=True):
    """A service of the town. Its mail goes to `shared` if set, else to each of `agents`.

    `delegates` may answer what its agents received, under their own name.
    """

    slug: str
    name: str
    description: str = ""
    email: str = ""  # address families may write to; default slug@mail.domain
    phone: str = ""
    address: str = ""
    delay: str = "sous 2 jours ouvrés"
    shared: str = ""
    agents: tuple[Person, ...] = ()
    delegates: tuple[Person, ...] = ()
    themes: tuple[Theme, ...] = ()


class Acknowledgement(Settings, frozen=True):
    """Words of the acknowledgement of receipt (code des relations entre le public et l'administration, R112-11-1).

    `{date}` in the sentence becomes the day that lies `months` after the receipt.
    """

    months: int = 2
    silence: str = (
        "Sans réponse de notre part le {date}, votre demande sera réputée rejetée, "
        "sauf si un texte prévoit que le silence vaut accord."
    )


class Config(Settings, frozen=True):
    """All settings of one town."""

    preset: str = ""
    town: Town = Town()
    web: Web = Web()
    database: Database = Database()
    storage: Storage = Storage()
    security: Security = Security()
    registration: Registration = Registration()
    entrance: Entrance = Entrance()
    dossier: Dossier = Dossier()
    retention: Retention = Retention()
    limits: Limits = Limits()
    mail: Mail = Mail()
    acknowledgement: Acknowledgement = Acknowledgement()
    services: tuple[Service, ...] = ()
    documents: tuple[DocumentKind, ...] = ()

    def __post_init__(self) -> None:
        slugs = {"", *(service.slug for service in self.services)}
        for section in "registration", "dossier":
            if (asked := getattr(self, section).service) not in slugs:
                raise ValueError(f"{section}.service names no service: {asked}")


def load(path: Path) -> Config:
    """Read `path`; relative paths inside it are taken from its own folder. Raises ConfigError."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{path} : {error.strerror}") from error
    return parse(text, str(path), path.resolve().parent)


def parse(text: str, name: str = "config.toml", folder: Path | None = None) -> Config:
    """Settings out of TOML text. `name` stands in errors; `folder` anchors relative paths."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} : {error}") from error
    given = merged(preset(given.get("preset", ""), name), given)
    try:
        config = msgspec.convert(given, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}{line_of(text, str(error))} : {error}") from error
    return anchor(config, folder) if folder else config


def anchor(config: Config, folder: Path) -> Config:
    """The same settings with relative paths taken from `folder`."""
    replace = msgspec.structs.replace
    database, storage, security = config.database, config.storage, config.security
    if database.url.startswith("sqlite://"):
        file = folder / database.url.removeprefix("sqlite://")
        database = replace(database, url=f"sqlite://{file}")
    if "://" not in storage.url:
        storage = replace(storage, url=str(folder / storage.url))
    security = replace(security, secret_file=str(folder / security.secret_file))
    return replace(config, database=database, storage=storage, security=security)
