"""`hub check`: what works of one town's installation, what does not, and what to do about it. Changes nothing."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hub.app import Hub, build
from hub.config import Config, ConfigError, Home, Imap, Mail
from hub.core.blobs import BlobError, open_blobs
from hub.core.db import UNREACHABLE, Database
from hub.core.editing import at_desk
from hub.core.french import size
from hub.core.seal import SealBroken
from hub.dossier.file import HEALTH_PURPOSE, IBAN_PURPOSE
from hub.mail import parse
from hub.mail.authentication import stamped_by
from hub.mail.probe import Finding, dns_records, imap_login, smtp_login
from hub.mailbox.services import Overview
from hub.web.pages.public import LARGEST, is_fit

LATEST = 20  # mails received, looked at for who vouches for their senders
STAMPS = (
    "Si l’un de ces noms est celui de votre hébergeur, mettez-le dans mail.authserv_ids ; s’il ne signe pas, "
    'choisissez mail.authentication = "dkim". En attendant, chaque e-mail demande une confirmation.'
)
MICROSOFT = (
    "Microsoft 365 ne laisse lire aucune boîte par mot de passe : donnez au portail un sous-domaine dont le MX est "
    "cette machine, et ouvrez la porte LMTP (README, « Microsoft 365 »)."
)
EVERYBODY = 0o007  # what a file lets any account of the machine do
SEALED = (("bank_account", "iban", IBAN_PURPOSE), ("health_note", "text", HEALTH_PURPOSE))


async def findings(config: Config) -> list[Finding]:
    """Everything looked at, in the order in which one would mend it."""
    try:
        hub = build(config) if _is_there(config.security.secret_file) else None  # building it makes the secret
    except ConfigError as wrong:
        return [Finding("Réglages", False, str(wrong))]
    local = [*_settings(config), *_secret(config), *await _database(config, hub), *await _storage(config)]
    remote = await asyncio.gather(
        smtp_login(config.mail.smtp),
        *(imap_login(mailbox) for mailbox in config.mail.imap),
        dns_records(config.mail.domain, selector=config.mail.dkim_selector, replies=_replies(config.mail)),
    )
    return [*local, *(finding for found in remote for finding in found)]


def _replies(mail: Mail) -> str:
    """The domain of reply addresses and return paths, where it is one of its own."""
    return mail.reply_domain if mail.reply == "subdomain" and mail.reply_domain != mail.domain else ""


def _settings(config: Config) -> list[Finding]:
    """What the settings themselves say that will not work for families or agents."""
    found = [Finding("Réglages", True, f"{config.town.name}, {len(config.services)} service(s)")]
    found += _kept_at_desk(config) if config.desk.directory == "desk" else _kept_here(config)
    unsaid = [name for name in ("director", "host", "dpo") if not getattr(config.legal, name)]
    if unsaid:
        advice = f"La loi demande de les dire : indiquez [legal] {', '.join(unsaid)}."
        found.append(Finding("Mentions légales", False, "il en manque", advice))
    mail = config.mail
    if not mail.imap and not mail.lmtp.port:
        advice = "Ajoutez [[mail.imap]], ou ouvrez la porte LMTP avec [mail.lmtp] port."
        found.append(Finding("E-mail entrant", False, "aucune boîte n’est lue", advice))
    found += [Finding(f"IMAP {box.name}", False, box.host, MICROSOFT) for box in mail.imap if _is_microsoft(box)]
    if not mail.is_verified:
        advice = (
            "Indiquez dans mail.authserv_ids le nom que votre hébergeur écrit dans Authentication-Results ; "
            's’il n’en écrit pas, choisissez mail.authentication = "dkim". '
            "Sans cela, chaque e-mail demande une confirmation."
        )
        wanted = mail.authentication == "hold"  # then it is no mistake
        found.append(Finding("Expéditeurs vérifiés", wanted, "rien ne prouve qui écrit", advice))
    if not config.web.url.startswith("https://"):
        advice = "Servez le site en https et indiquez cette adresse."
        found.append(Finding("Adresse du site", False, config.web.url, advice))
    return [*found, *_pictures(config.home), *_downloads(config.home)]


def _is_microsoft(mailbox: Imap) -> bool:
    return mailbox.host.lower().endswith((".office365.com", ".outlook.com"))


def _pictures(home: Home) -> list[Finding]:
    """Pictures of news that will not be shown."""
    advice = f"Déposez-la dans {home.folder} : {size(LARGEST)} au plus."
    unfit = [file for file in sorted(home.pictures) if not is_fit(home, file)]
    return [Finding("Image d’une actualité", False, f"{file} : absente ou trop lourde", advice) for file in unfit]


def _downloads(home: Home) -> list[Finding]:
    """Files for everybody that are not there, and so are not offered."""
    absent = [one.file for one in home.downloads if not _is_there(f"{home.folder}/{one.file}")]
    return [Finding("Téléchargement", False, f"{file} : absent", f"Déposez-le dans {home.folder}.") for file in absent]


def _secret(config: Config) -> list[Finding]:
    """The key with which links are signed and what is sealed is sealed."""
    path = config.security.secret_file
    if not _is_there(path):
        advice = "Lancez : hub migrate, qui en fait un. S’il y en avait un, remettez celui de vos sauvegardes."
        return [Finding("Secret", False, f"{path} : absent", advice)]
    if Path(path).stat().st_mode & EVERYBODY:
        return [Finding("Secret", False, f"{path} : toute la machine peut le lire", f"Lancez : chmod 600 {path}")]
    return []


def _is_there(path: str) -> bool:
    """Whether a file is; one that cannot even be asked for is there, and whoever opens it says what is wrong."""
    try:
        return Path(path).exists()
    except OSError:
        return True


def _kept_at_desk(config: Config) -> list[Finding]:
    """Services are in the database; somebody has to be able to change them."""
    found = [Finding("Services et agents", True, "tenus au bureau (Organisation) ; ce fichier n’ajoute que du nouveau")]
    if not config.security.administrators:
        advice = "Nommez au moins une personne dans security.administrators : elle nommera les autres au bureau."
        found.append(Finding("Administrateurs", False, "aucun dans les réglages", advice))
    return found


def _kept_here(config: Config) -> list[Finding]:
    """Services are what these settings say."""
    found = [Finding("Services et agents", True, "tenus dans ce fichier, appliqués à chaque démarrage")]
    if not config.services:
        found.append(Finding("Services", False, "aucun service", "Ajoutez au moins un [[services]] avec ses agents."))
    for service in config.services:
        if not (service.shared or service.agents):
            found.append(_unheard(service.name, "Indiquez « shared » (boîte commune) ou « agents »."))
    return found


def _unheard(name: str, advice: str) -> Finding:
    return Finding(f"Service {name}", False, "personne ne reçoit ses messages", advice)


async def _database(config: Config, hub: Hub | None) -> list[Finding]:
    """Without a hub only whether it can be reached: there is no secret yet."""
    database = hub.core.db if hub else Database(config.database)
    name = f"Base de données ({database.dialect})"
    if database.dialect == "sqlite" and not _is_there(config.database.url.removeprefix("sqlite://")):
        return [Finding(name, False, "aucune encore", "Lancez : hub migrate")]  # opening it would make it
    try:
        async with hub.opened() if hub else database.opened():
            pending = await database.pending()
            services = await hub.services.overview() if hub and not pending else []
            sealed = [*await _sealed(hub), *await _stamps(hub)] if hub and not pending else []
    except (ConfigError, *UNREACHABLE) as error:
        advice = "Vérifiez « database.url », que le serveur tourne et que le compte a le droit d’écrire."
        return [Finding(name, False, str(error) or type(error).__name__, advice)]
    if pending:
        return [Finding(name, False, f"{len(pending)} mise(s) à jour en attente", "Lancez : hub migrate")]
    return [Finding(name, True, "à jour"), *sealed, *(_services(services) if hub and at_desk(hub.core) else [])]


async def _sealed(hub: Hub) -> list[Finding]:
    """Whether the secret is the one with which what is sealed was sealed: a restore may have left it behind."""
    for table, column, purpose in SEALED:
        for row in await hub.core.db.rows(
            f"SELECT {column} AS sealed FROM {table} WHERE {column} <> '' ORDER BY id DESC LIMIT 1"
        ):
            try:
                hub.core.sealer.open(purpose, row["sealed"])
            except SealBroken:
                advice = (
                    "Remettez celui de vos sauvegardes : sans lui, ni les IBAN ni les données sanitaires ne se lisent."
                )
                path = hub.core.config.security.secret_file
                return [Finding("Secret", False, f"{path} n’est pas celui de cette base de données", advice)]
    return []


async def _stamps(hub: Hub) -> list[Finding]:
    """Whether the mailbox's host signs its verdicts as the settings say: else nobody is believed."""
    mail = hub.core.config.mail
    rows = await hub.core.db.rows(f"SELECT content FROM inbound_content ORDER BY mail_id DESC LIMIT {LATEST}")
    stamps = [stamped_by(parse.read(bytes(row["content"]))) for row in rows]
    ours = {identifier.strip().lower() for identifier in mail.authserv_ids}
    if mail.authentication != "host" or not ours or not rows or any(ours & set(by) for by in stamps):
        return []
    others = dict.fromkeys(by[0] for by in stamps if by)
    said = ", ".join(other or "un nom absent" for other in others) or "personne"
    detail = f"les {len(rows)} derniers e-mails reçus portent la signature de : {said}"
    return [Finding("Expéditeurs vérifiés", False, detail, STAMPS)]


def _services(kept: Sequence[Overview]) -> list[Finding]:
    """What the desk keeps, and what is missing there."""
    opened = [service for service in kept if service.is_open]
    if not opened:
        return [Finding("Services", False, "aucun service ouvert", "Ouvrez-en un au bureau : Organisation.")]
    advice = "Ajoutez un agent ou une boîte partagée au bureau : Organisation."
    return [_unheard(one.name, advice) for one in opened if not one.shared and not one.receivers]


async def _storage(config: Config) -> list[Finding]:
    """Whether files can be kept: one is, and is gone again."""
    url = config.storage.url
    try:
        if config.storage.is_folder:
            await asyncio.to_thread(_try_folder, Path(url))
        else:
            blobs = open_blobs(config.storage)
            await blobs.delete((await blobs.put(b"hub check")).key)
    except (BlobError, OSError) as error:
        advice = "Vérifiez « storage.url », la place libre et les droits."
        return [Finding("Fichiers", False, str(error), advice)]
    return [Finding("Fichiers", True, url)]


def _try_folder(folder: Path) -> None:
    """Write a file there, or in the one in which the folder will be made. Raises OSError."""
    while not folder.exists():
        folder = folder.parent
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"hub check")
