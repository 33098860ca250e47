"""Typed, frozen settings read from config.toml.

A town's file may extend a preset (`preset = "saint-michel"`, a file of hub/presets/) and override what it
likes. Every unknown key and every wrong type is refused at start with the key's path, what was expected and,
where the file says it, the line.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from hub.tomlcheck import Wrong, complaints
from hub.tomlfile import ConfigError as ConfigError
from hub.tomlfile import merged, preset, source, told
from hub.tomlfile import presets as presets
from hub.tomlvalues import (
    AUTHSERV_ID,
    DATABASE,
    DOMAIN,
    EMAIL,
    INSIDE,
    LOCAL_PART,
    NETWORK,
    PICTURE,
    SITE,
    STORE,
    WEB_ADDRESS,
    again,
    groups,
    is_database,
    is_domain,
    is_email,
    is_inside,
    is_local,
    is_local_part,
    is_network,
    is_picture,
    is_site,
    is_store,
    is_web,
)

MEGABYTE = 1024 * 1024

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=1)]
Amount = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=1)]


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
            raise Wrong("attendu une couleur comme #1f5fa8", "colour")
        if self.site and not is_web(self.site):
            raise Wrong(WEB_ADDRESS, "site")
        if self.logo and not (is_web(self.logo) or is_local(self.logo)):
            raise Wrong(f"{WEB_ADDRESS}, ou un chemin du portail qui commence par /", "logo")
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            raise Wrong("attendu un fuseau horaire comme Europe/Paris", "zone") from error

    @property
    def tz(self) -> ZoneInfo:
        """The zone in which days begin and dates are shown."""
        return ZoneInfo(self.zone)


class Web(Settings, frozen=True):
    """The HTTP door. `url` is what families type; it stands in every mail."""

    host: str = "127.0.0.1"
    port: Port = 8080
    url: str = "http://127.0.0.1:8080"
    trusted_proxies: tuple[str, ...] = ()
    secure_cookies: bool = True

    def __post_init__(self) -> None:
        if not is_site(self.url):
            raise Wrong(SITE, "url")
        if not all(map(is_network, self.trusted_proxies)):
            raise Wrong(NETWORK, "trusted_proxies")


class Database(Settings, frozen=True):
    """`sqlite://PATH` or `postgres://user:password@host:port/name`."""

    url: str = "sqlite://storage/hub.sqlite3"
    pool: Count = 10

    def __post_init__(self) -> None:
        if not is_database(self.url):
            raise Wrong(DATABASE, "url")


class Storage(Settings, frozen=True):
    """Where blobs are kept: a folder, or an `s3://bucket/prefix` with its endpoint and keys."""

    url: str = "storage/blobs"
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = ""

    def __post_init__(self) -> None:
        if not is_store(self.url):
            raise Wrong(STORE, "url")
        if self.endpoint and not is_web(self.endpoint):
            raise Wrong(WEB_ADDRESS, "endpoint")

    @property
    def is_folder(self) -> bool:
        """Of this machine; what it is not is an object store."""
        return not self.url.startswith("s3://")


class Security(Settings, frozen=True):
    """`secret_file` signs reply addresses and cookies; made at first start, readable by its owner only."""

    secret_file: str = "storage/secret.key"  # noqa: S105 (a path)
    login_window: Count = 900  # seconds over which failures are counted
    login_free_failures: Count = 5  # failures before an address has to wait
    session_hours: Count = 12
    remember_days: Count = 30
    password_length: Annotated[int, Meta(ge=6, le=128)] = 8
    password_mixed: bool = False  # also an upper and a lower case letter and a digit
    agents_totp: bool = True  # agents need a second factor to come in; parents are offered one
    provisional_days: Count = 60  # how long a provisional password works, by letter or from an agent
    administrators: tuple[str, ...] = ()  # addresses of the agents who keep the desk and families' files

    def __post_init__(self) -> None:
        if not all(map(is_email, self.administrators)):
            raise Wrong("attendu des adresses e-mail d’agents", "administrators")

    def names(self, email: str) -> bool:
        """Whether the agent of this address is an administrator by these settings."""
        return email.strip().lower() in {address.strip().lower() for address in self.administrators}


class Registration(Settings, frozen=True):
    """How families come in by themselves. `wizard` off: their identifiers come from the town."""

    wizard: bool = True
    terms: str = ""  # the conditions, paragraphs parted by an empty line; "" leaves the step out
    terms_version: str = ""
    without_dossier: bool = True  # "Je n'ai pas ces informations, continuer sans"
    service: str = ""  # slug of the service that links accounts to dossiers; "" the first one
    match_name: Literal["strict", "first-part"] = "strict"  # first-part: of a compound name
    invoice_pattern: str = ""  # reads the dossier number off an invoice number by a group named "dossier"
    activation_hours: Annotated[int, Meta(ge=2, le=720)] = 24
    warning_hours: Count = 6  # how long before it lapses its owner is told

    def __post_init__(self) -> None:
        if bool(self.terms.strip()) != bool(self.terms_version.strip()):
            raise Wrong("le texte des conditions et sa version vont ensemble", "terms", "terms_version")
        if self.warning_hours >= self.activation_hours:
            raise Wrong("attendu moins que activation_hours", "warning_hours", "activation_hours")
        if self.invoice_pattern and "dossier" not in groups(self.invoice_pattern):
            raise Wrong("attendu une expression avec un groupe « dossier » : (?P<dossier>[0-9]+)", "invoice_pattern")


class Entrance(Settings, frozen=True):
    """Logging in and out, and the account afterwards."""

    by: Literal["name", "email", "both"] = "both"
    remember: bool = True  # offers "Se rappeler de moi"
    after_logout: str = ""  # address where logging out leads; "" the login page
    first_password: bool = True  # "Mot de passe oublié" gives the first one to who is in the file with an address
    change_email: Literal["link", "service"] = "link"  # link: confirmed at both addresses; service: asked for
    reset_hours: Annotated[int, Meta(ge=1, le=168)] = 2  # how long a link to a new password works

    def __post_init__(self) -> None:
        if self.after_logout and not is_web(self.after_logout):
            raise Wrong(WEB_ADDRESS, "after_logout")


class News(Settings, frozen=True):
    """Something new in town, as a tile of the home page. Shown `since` and `until` these days, both included."""

    title: str
    text: str = ""
    link: str = ""
    picture: str = ""  # a file of home.folder, or a path of the portal's own site
    alt: str = ""  # what the picture says to who does not see it; "" when it only adorns
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.picture and not (is_local(self.picture) or is_picture(self.picture)):
            raise Wrong(PICTURE, "picture")
        if self.alt and not self.picture:
            raise Wrong("décrit une image, mais aucune n’est donnée", "alt", "picture")
        if self.link and not (is_web(self.link) or is_local(self.link)):
            raise Wrong(f"{WEB_ADDRESS}, ou un chemin du portail qui commence par /", "link")
        if self.since and self.until and self.until < self.since:
            raise Wrong("se termine avant de commencer", "until", "since")


class Download(Settings, frozen=True):
    """A file of the town that anybody may have, before logging in too."""

    title: str
    file: str  # of home.folder

    def __post_init__(self) -> None:
        if not is_inside(self.file):
            raise Wrong(INSIDE, "file")


class Link(Settings, frozen=True):
    """A link of a tile, in the town's words. A page that this hub does not have is left out."""

    label: str
    page: Literal[
        "messages",
        "write",
        "file",
        "contact-data",
        "children",
        "documents",
        "send-document",
        "requests",
        "new-request",
        "account",
        "password",
    ]


class Tile(Settings, frozen=True):
    """A heading of the home page and its links."""

    title: str
    links: tuple[Link, ...]


class Home(Settings, frozen=True):
    """The home page, and what the town shows to everybody."""

    folder: str = "documents"  # where the files of news and downloads are
    tiles: tuple[Tile, ...] = ()  # none: those that any town has
    news: tuple[News, ...] = ()
    downloads: tuple[Download, ...] = ()

    @property
    def pictures(self) -> frozenset[str]:
        """The files of `folder` that news show."""
        return frozenset(one.picture for one in self.news if one.picture and not is_local(one.picture))

    def __post_init__(self) -> None:
        if double := again(download.file for download in self.downloads):
            raise Wrong(f"le fichier « {double[1]} » est donné deux fois", f"downloads.{double[0]}.file")


RequestKind = Literal[  # the slugs of hub/actions/kinds; a test holds the two together
    "responsable",
    "conjoint",
    "fiscal",
    "caf",
    "banque",
    "attestation",
    "enfant",
    "autorisations",
    "sante",
    "document",
    "rattachement",
]


class RequestTheme(Settings, frozen=True):
    """Under which theme of its service requests of a kind come: by its rule silence decides on them."""

    kind: RequestKind
    theme: str


class Dossier(Settings, frozen=True):
    """The family's file. `direct`: what a family changes by itself; `requests`: what it asks an agent for; None: all
    that there is."""

    direct: tuple[Literal["phones", "bills", "bank", "collectors", "health"], ...] = ("phones", "bills")
    requests: tuple[RequestKind, ...] | None = None
    service: str = ""  # slug of the service that is asked for changes; "" the first one
    themes: tuple[RequestTheme, ...] = ()  # of kinds that do not come under the first one of the service

    def __post_init__(self) -> None:
        if double := again(one.kind for one in self.themes):
            raise Wrong(f"deux thèmes sont donnés pour « {double[1]} »", f"themes.{double[0]}.kind")

    def theme(self, kind: str) -> str:
        """The name of the theme under which a kind comes; "" the first one."""
        return next((one.theme for one in self.themes if one.kind == kind), "")

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
    valid_months: Amount = 0  # 0: for ever
    until: Literal["", "school-year", "year"] = ""
    service: str = ""  # slug of the service that looks at it; "" the one of [dossier]

    def __post_init__(self) -> None:
        if self.valid_months and self.until:
            raise Wrong("une durée ou une fin d’année, pas les deux", "valid_months", "until")


class Retention(Settings, frozen=True):
    """How long what the law makes the town keep outlives an erasure."""

    messages_years: Amount = 2


class Legal(Settings, frozen=True):
    """What the law makes a public site say of itself: LCEN art. 6, RGPD art. 13, law 2005-102 art. 47.

    `accessibility`: how far the site meets the RGAA, by an audit of `audited_on`; "" says that none was made.
    """

    director: str = ""  # of the publication
    host: str = ""  # name, address and telephone of who runs the machines
    dpo: str = ""  # how to reach the data protection officer
    keeping: str = ""  # how long data is kept, where the town says more than [retention]
    accessibility: Literal["", "totale", "partielle", "non"] = ""
    audited_on: date | None = None
    contact: str = ""  # whom to tell that a page is hard to use; "": the town's telephone

    def __post_init__(self) -> None:
        if bool(self.accessibility) != bool(self.audited_on):
            raise Wrong(
                "la conformité et le jour de l’audit qui l’établit vont ensemble", "accessibility", "audited_on"
            )


class Limits(Settings, frozen=True):
    """What one message may carry. Sizes in bytes."""

    files: Annotated[int, Meta(ge=0, le=50)] = 5
    file_bytes: Count = 2 * MEGABYTE
    subject_length: Count = 150
    body_length: Count = 20_000
    mail_bytes: Count = 30 * MEGABYTE
    upload_seconds: Count = 600
    draft_days: Count = 30

    def __post_init__(self) -> None:
        if self.file_bytes > self.mail_bytes:
            raise Wrong("une pièce jointe ne peut pas dépasser la taille d’un e-mail", "file_bytes", "mail_bytes")


class Smtp(Settings, frozen=True):
    """The server that takes the hub's mail. `per_domain`… bound what one destination gets (0: no bound)."""

    host: str = "127.0.0.1"
    port: Port = 25
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password: str = ""
    ca_file: str = ""
    verify: bool = True
    connections: Count = 4
    per_domain: Amount = 4
    per_domain_minute: Amount = 120
    timeout: Seconds = 60.0
    hello: str = ""

    def __post_init__(self) -> None:
        if self.password and not self.user:
            raise Wrong("un mot de passe est donné sans le nom du compte", "password", "user")


class Imap(Settings, frozen=True):
    """One mailbox that is read. `after`: what becomes of the server's copy once the hub holds it."""

    name: str
    host: str
    user: str
    password: str
    port: Port = 993
    security: Literal["none", "starttls", "tls"] = "tls"
    ca_file: str = ""
    verify: bool = True
    folder: str = "INBOX"
    after: Literal["keep", "flag", "move"] = "flag"
    done_folder: str = "Traites"
    poll: Seconds = 60.0
    timeout: Seconds = 60.0

    def __post_init__(self) -> None:
        if self.after == "move" and self.done_folder in ("", self.folder):
            raise Wrong('after = "move" demande un autre dossier que celui qui est lu', "done_folder", "folder")


class Lmtp(Settings, frozen=True):
    """A door for the local mail server. Port 0 keeps it shut."""

    host: str = "127.0.0.1"
    port: Port = 0


class Mail(Settings, frozen=True):
    """Addresses, and how answers find their thread."""

    domain: str = "hub.invalid"
    sender: str = ""  # address in From; default portail@domain
    reply: Literal["plus", "subdomain"] = "plus"
    reply_local: str = "reponse"
    reply_domain: str = ""  # for "subdomain": a catch-all domain of its own
    reply_days: Count = 180
    bounce_local: str = "rebond"
    authentication: Literal["host", "dkim", "hold"] = "host"
    authserv_ids: tuple[str, ...] = ()
    dkim_selector: str = ""  # under which `hub check` looks for the host's key
    parent_mail: Literal["full", "news"] = "full"
    tell_colleagues: bool = True
    attachments_total: Amount = 8 * MEGABYTE
    retry_minutes: tuple[Amount, ...] = (1, 5, 15, 60, 240, 720, 1440)
    quarantine_days: Count = 90
    soft_bounces: Amount = 5  # days with a soft failure, of the last soft_days, that make a hard one; 0: never
    soft_days: Count = 14
    answers_per_sender: Amount = 6  # letters an hour that answer refused or held mail by themselves
    answers_per_hour: Amount = 200
    thread_mails_per_hour: Amount = 60  # of one person in one conversation; more is a machine
    smtp: Smtp = Smtp()
    imap: tuple[Imap, ...] = ()
    lmtp: Lmtp = Lmtp()

    def __post_init__(self) -> None:
        if self.reply == "subdomain" and not self.reply_domain:
            raise Wrong('reply = "subdomain" demande un domaine à lui', "reply_domain", "reply")
        for key, domain in ("domain", self.domain), ("reply_domain", self.reply_domain):
            if not is_domain(domain) and (domain or key == "domain"):
                raise Wrong(DOMAIN, key)
        if self.sender and not is_email(self.sender):
            raise Wrong(EMAIL, "sender")
        if any(set("=; \t") & set(identifier.strip()) for identifier in self.authserv_ids):
            raise Wrong(AUTHSERV_ID, "authserv_ids")
        for key, local in ("reply_local", self.reply_local), ("bounce_local", self.bounce_local):
            if not is_local_part(local):
                raise Wrong(LOCAL_PART, key)
        if self.reply_local.lower() == self.bounce_local.lower():
            raise Wrong("les réponses et les rejets ne peuvent pas commencer de même", "bounce_local", "reply_local")
        if double := again(mailbox.name for mailbox in self.imap):
            raise Wrong(f"deux boîtes s’appellent « {double[1]} »", f"imap.{double[0]}.name")

    @property
    def sender_address(self) -> str:
        """The address that stands in From of all mail of the hub."""
        return self.sender or f"portail@{self.domain}"

    @property
    def is_verified(self) -> bool:
        """Whether anything proves a From; without, every mail is held until its registered address confirms it."""
        return self.authentication == "dkim" or (self.authentication == "host" and bool(self.authserv_ids))


class Theme(Settings, frozen=True):
    """What a message can be about. `silence` and `months` stand in for those of the acknowledgement.

    `accepts`: silence means yes, and so a paper that is missing stops the clock until it comes (CRPA, L114-5).
    """

    name: str
    silence: str = ""
    months: Amount = 0
    accepts: bool = False


class Person(Settings, frozen=True):
    """An agent of a service, or somebody who answers in an agent's place."""

    name: str
    email: str
    aliases: tuple[str, ...] = ()
    head: bool = False  # keeps the service's themes, answers and people at the desk

    def __post_init__(self) -> None:
        if not is_email(self.email):
            raise Wrong(EMAIL, "email")
        if not all(map(is_email, self.aliases)):
            raise Wrong(EMAIL, "aliases")


class CannedAnswer(Settings, frozen=True):
    """An answer to begin with: `{famille}`, `{dossier}`, `{objet}`, `{service}` and `{agent}` are filled in."""

    name: str
    text: str


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
    health: bool = False  # its agents look after children: they may read health notes, and each reading is noted
    agents: tuple[Person, ...] = ()
    delegates: tuple[Person, ...] = ()
    themes: tuple[Theme, ...] = ()
    answers: tuple[CannedAnswer, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", self.slug):
            raise Wrong("attendu un nom court, en minuscules sans accent : lettres, chiffres, tirets", "slug")
        for key, address in ("email", self.email), ("shared", self.shared):
            if address and not is_email(address):
                raise Wrong(EMAIL, key)
        if double := again(theme.name for theme in self.themes):
            raise Wrong(f"deux thèmes s’appellent « {double[1]} »", f"themes.{double[0]}.name")

    @property
    def readers(self) -> tuple[str, ...]:
        """The addresses, folded, that its mail may go to."""
        return tuple(address.lower() for address in (self.shared, *(agent.email for agent in self.agents)) if address)


class Acknowledgement(Settings, frozen=True):
    """Words of the acknowledgement of receipt (code des relations entre le public et l'administration, R112-11-1).

    `{date}` in the sentence becomes the day that lies `months` after the receipt.
    """

    months: Count = 2
    warn_days: Amount = 10  # before that day the service is warned; 0: it is not
    missing_days: Count = 15  # that a family is given to send a paper without which its request cannot be looked at
    silence: str = (
        "Sans réponse de notre part le {date}, votre demande sera réputée rejetée, "
        "sauf si un texte prévoit que le silence vaut accord."
    )


class Desk(Settings, frozen=True):
    """Who keeps services, themes, agents, canned answers and news. "settings": this file, at every start. "desk": the
    agents; this file only lays out what the desk has never known."""

    directory: Literal["settings", "desk"] = "settings"
    accounts: Literal["agents", "heads", "administrators"] = "agents"  # who helps families into their accounts


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
    legal: Legal = Legal()
    home: Home = Home()
    desk: Desk = Desk()
    limits: Limits = Limits()
    mail: Mail = Mail()
    acknowledgement: Acknowledgement = Acknowledgement()
    services: tuple[Service, ...] = ()
    documents: tuple[DocumentKind, ...] = ()

    def document(self, slug: str) -> DocumentKind | None:
        """The kind of that slug."""
        return next((kind for kind in self.documents if kind.slug == slug), None)

    def __post_init__(self) -> None:
        slugs = [service.slug for service in self.services]
        if double := again(slugs):
            raise Wrong(f"deux services ont le même nom court « {double[1]} »", f"services.{double[0]}.slug")
        addresses = [(one.email or f"{one.slug}@{self.mail.domain}").lower() for one in self.services]
        if double := again(addresses):
            raise Wrong(f"deux services ont la même adresse « {double[1]} »", f"services.{double[0]}.email")
        own = {self.mail.sender_address.lower(), *addresses}
        for place, service in enumerate(self.services):
            if circle := own.intersection(service.readers):
                raise Wrong(f"{min(circle)} est une adresse du portail : il s’écrirait à lui-même", f"services.{place}")
        if double := again(kind.slug for kind in self.documents):
            raise Wrong(f"deux documents ont le même nom court « {double[1]} »", f"documents.{double[0]}.slug")
        named = [("registration.service", self.registration.service), ("dossier.service", self.dossier.service)]
        papers = [(f"documents.{place}.service", kind.service) for place, kind in enumerate(self.documents)]
        for key, asked in (*named, *papers):
            if asked and asked not in slugs:
                raise Wrong(f"aucun service ne s’appelle « {asked} »", key, "services")
        if self.desk.directory == "settings":  # the desk renames its themes as it likes
            self._check_themes()

    def _check_themes(self) -> None:
        """Of requests: they are those of the services that these come to."""
        for index, one in enumerate(self.dossier.themes):
            asked = self._services_of(one.kind)
            if not any(theme.name == one.theme for service in asked for theme in service.themes):
                names = " ou ".join(f"« {service.name} »" for service in asked) or "aucun service"
                raise Wrong(f"attendu un thème de {names}", f"dossier.themes.{index}.theme", "services")

    def _services_of(self, kind: str) -> list[Service]:
        """Which get requests of that kind."""
        slugs = {self.registration.service if kind == "rattachement" else self.dossier.service}
        if kind == "document":
            slugs = {paper.service or self.dossier.service for paper in self.documents} or slugs
        return [one for place, one in enumerate(self.services) if one.slug in slugs or (place == 0 and "" in slugs)]


def load(path: Path) -> Config:
    """Read `path`; relative paths inside it are taken from its own folder. Raises ConfigError."""
    try:
        text = path.read_text("utf-8-sig")  # some editors leave its mark
    except OSError as error:
        raise ConfigError(f"{path} : {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}:{_line_at(path, error.start)} : ce fichier n’est pas écrit en UTF-8") from error
    return parse(text, str(path), path.resolve().parent)


def parse(text: str, name: str = "config.toml", folder: Path | None = None) -> Config:
    """Settings out of TOML text. `name` stands in errors; `folder` anchors relative paths. Raises ConfigError."""
    town = source(text, name)
    start = preset(town)
    given = merged(start.tables, {**town.tables, **_chosen(start.tables)})
    if found := complaints(given, Config):
        raise ConfigError(told(found, (town, start)))
    config = msgspec.convert(given, Config)
    return anchor(config, folder) if folder else config


def _chosen(start: dict[str, object]) -> dict[str, object]:
    """The preset by its own name, whatever alias was asked for."""
    return {"preset": start["preset"]} if start else {}


def _line_at(path: Path, position: int) -> int:
    return path.read_bytes().count(b"\n", 0, position) + 1


def anchor(config: Config, folder: Path) -> Config:
    """The same settings with relative paths taken from `folder`."""
    replace = msgspec.structs.replace
    database, storage, security = config.database, config.storage, config.security
    if database.url.startswith("sqlite://"):
        file = folder / database.url.removeprefix("sqlite://")
        database = replace(database, url=f"sqlite://{file}")
    if storage.is_folder:
        storage = replace(storage, url=str(folder / storage.url))
    security = replace(security, secret_file=str(folder / security.secret_file))
    home = replace(config.home, folder=str(folder / config.home.folder))
    mail = replace(
        config.mail,
        smtp=replace(config.mail.smtp, ca_file=_beside(folder, config.mail.smtp.ca_file)),
        imap=tuple(replace(each, ca_file=_beside(folder, each.ca_file)) for each in config.mail.imap),
    )
    return replace(config, database=database, storage=storage, security=security, home=home, mail=mail)


def _beside(folder: Path, file: str) -> str:
    """`file`, if there is one, taken from `folder`."""
    return str(folder / file) if file else ""
