"""What `hub check` asks of the mail servers and of the domain's DNS records: what works, what to do if not."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import aiosmtplib
import dns.exception
from dns.asyncresolver import Resolver
from dns.resolver import NXDOMAIN, NoAnswer, NoResolverConfiguration

from hub.config import Imap, Smtp
from hub.mail.imap_mailbox import ImapError, LoginRefused, Mailbox
from hub.mail.smtp import unavailable
from hub.mail.smtp_line import Line

DNS_SECONDS = 3.0

CLEAR = 'Le mot de passe circulerait en clair : choisissez security = "starttls" ou "tls".'
LOGIN = "Vérifiez « user » et « password » ; certains hébergeurs veulent un mot de passe propre à l’application."
REFUSED = "Rien n’écoute à cette adresse : vérifiez « host » et « port »."
NO_HOST = "Ce nom de serveur n’existe pas : vérifiez « host »."
NO_ANSWER = "Pas de réponse : vérifiez « host » et « port », et qu’aucun pare-feu ne bloque la sortie."
CERTIFICATE = "Le certificat n’est pas reconnu : indiquez l’autorité dans « ca_file », ou corrigez « host »."
TRY_SECURITY = "Essayez une autre valeur de « security » ou un autre port (587 va avec starttls, 465 avec tls)."
ASK_HOST = "Montrez ce message à votre hébergeur."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `detail` and `advice` are French, for whoever installs the hub."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


async def smtp_login(settings: Smtp) -> list[Finding]:
    """Whether the server takes our mail: connection, encryption, login, accented addresses. Sends nothing."""
    name = f"SMTP {settings.host}:{settings.port}"
    try:
        line = await Line.open(settings)
    except (aiosmtplib.SMTPException, OSError) as error:
        return [Finding(name, False, unavailable(settings, error), _advice(error))]
    accents = "smtputf8" in line.extensions
    await line.quit()
    return [
        Finding(name, True, _greeted(settings)),
        *_clear_password(name, settings),
        Finding(f"{name}, adresses accentuées", accents, *_smtputf8(accents)),
    ]


async def imap_login(settings: Imap) -> list[Finding]:
    """Whether the mailbox can be read: connection, encryption, login, folder, and how new mail is told."""
    name = f"IMAP {settings.name} ({settings.host}:{settings.port})"
    try:
        mailbox = await Mailbox.open(settings)
    except ImapError as error:
        return [Finding(name, False, *_imap_trouble(settings, error))]
    able = mailbox.capabilities
    await mailbox.close()
    opened = f"{_greeted(settings)}, dossier « {settings.folder} » ouvert"
    return [Finding(name, True, opened), *_clear_password(name, settings), *_abilities(name, settings, able)]


async def dns_records(
    domain: str, resolver: Resolver | None = None, selector: str = "", replies: str = ""
) -> list[Finding]:
    """Whether other hosts find `domain` and believe its mail: MX, SPF, DKIM, DMARC.

    `selector` names the DKIM key; without it only the presence of any key is looked for. `replies`: the domain of
    reply addresses where it is another one; return paths are there too, and SPF looks at them (RFC 7208 §2.4).
    """
    try:
        ask = Questions(resolver or Resolver())
        return [
            await _mx(ask, domain),
            await _spf(ask, domain),
            await _dkim(ask, domain, selector),
            await _dmarc(ask, domain),
            *([await _mx(ask, replies), await _spf(ask, replies)] if replies else []),
        ]
    except (dns.exception.DNSException, OSError) as error:
        said = "aucun serveur DNS configuré" if isinstance(error, NoResolverConfiguration) else _words(error)
        advice = "Vérifiez l’accès de cette machine au DNS (/etc/resolv.conf), puis relancez."
        return [Finding(f"DNS {domain}", False, f"impossible d’interroger le DNS : {said}", advice)]


class Questions:
    """Asks a resolver, briefly."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def texts(self, name: str, tag: str) -> list[str]:
        """TXT records of `name` that begin with `tag`."""
        records = await self._ask(name, "TXT") or []
        texts = (b"".join(record.strings).decode("utf-8", "replace") for record in records)
        return [text for text in texts if text.lower().startswith(tag.lower())]

    async def exchangers(self, name: str) -> list[str]:
        """Hosts of the MX records, best first."""
        records = await self._ask(name, "MX") or []
        return [str(record.exchange) for record in sorted(records, key=lambda record: record.preference)]

    async def exists(self, name: str) -> bool:
        """Whether there is any record at `name` or below it (RFC 8020)."""
        return await self._ask(name, "TXT") is not None

    async def _ask(self, name: str, kind: str) -> list[Any] | None:
        """Records; none when the name has none of this kind; None when there is no such name."""
        try:
            return list(await self._resolver.resolve(name, kind, lifetime=DNS_SECONDS))
        except NoAnswer:
            return []
        except NXDOMAIN:
            return None


async def _mx(ask: Questions, domain: str) -> Finding:
    hosts = [host for host in await ask.exchangers(domain) if host != "."]
    if hosts:
        return Finding(f"MX {domain}", True, ", ".join(hosts))
    advice = f"Publiez un enregistrement MX pour {domain} : sans lui, aucune réponse n’arrivera."
    return Finding(f"MX {domain}", False, "absent", advice)


async def _spf(ask: Questions, domain: str) -> Finding:
    name, found = f"SPF {domain}", await ask.texts(domain, "v=spf1")
    if not found:
        advice = f"Publiez un TXT sur {domain} : « v=spf1 mx include:VOTRE-HEBERGEUR -all »."
        return Finding(name, False, "absent", advice)
    if len(found) > 1:
        return Finding(
            name, False, " | ".join(found), "N’en gardez qu’un : à plusieurs, aucun ne vaut (RFC 7208 §4.5)."
        )
    if "+all" in found[0].lower().split():
        return Finding(name, False, found[0], "« +all » laisse tout le monde écrire en votre nom : mettez « -all ».")
    return Finding(name, True, found[0])


async def _dkim(ask: Questions, domain: str, selector: str) -> Finding:
    name = f"DKIM {domain}"
    advice = "Demandez à votre hébergeur de signer vos mails et publiez la clé qu’il indique."
    if not selector:
        some = await ask.exists(f"_domainkey.{domain}")
        said = "au moins une clé est publiée ; son sélecteur n’est pas indiqué" if some else "aucune clé publiée"
        return Finding(name, some, said, "" if some else advice)
    place = f"{selector}._domainkey.{domain}"
    keys = await ask.texts(place, "")
    usable = any(part.strip().startswith("p=") and part.strip() != "p=" for key in keys for part in key.split(";"))
    return Finding(name, usable, f"{place} : {'clé publiée' if usable else 'pas de clé'}", "" if usable else advice)


async def _dmarc(ask: Questions, domain: str) -> Finding:
    for parent in _and_parents(domain):
        found = await ask.texts(f"_dmarc.{parent}", "v=DMARC1")
        if len(found) > 1:
            return Finding(f"DMARC {parent}", False, " | ".join(found), "N’en gardez qu’un (RFC 7489 §6.6.3).")
        if found:
            return Finding(f"DMARC {parent}", True, found[0])
    advice = f"Publiez un TXT sur _dmarc.{domain} : « v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain} »."
    return Finding(f"DMARC {domain}", False, "absent", advice)


def _and_parents(domain: str) -> Iterator[str]:
    """`domain`, then the domains above it that are not a top level: where DMARC's policy may stand."""
    labels = domain.split(".")
    for first in range(max(1, len(labels) - 1)):
        yield ".".join(labels[first:])


def _greeted(settings: Smtp | Imap) -> str:
    secured = {"none": "sans chiffrement", "starttls": "chiffrée (STARTTLS)", "tls": "chiffrée (TLS)"}
    login = f", identification comme « {settings.user} »" if settings.user else ", sans identification"
    return f"connexion {secured[settings.security]}{login}"


def _clear_password(name: str, settings: Smtp | Imap) -> list[Finding]:
    if settings.security != "none" or not settings.user or _here(settings.host):
        return []
    return [Finding(f"{name}, chiffrement", False, "aucun", CLEAR)]


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _smtputf8(able: bool) -> tuple[str, str]:
    if able:
        return "acceptées (SMTPUTF8)", ""
    return "refusées", "Les rares adresses accentuées ne recevront rien ; les autres ne sont pas concernées."


def _abilities(name: str, settings: Imap, able: frozenset[str]) -> Iterator[Finding]:
    told = "IDLE" in able
    detail = "annoncés aussitôt (IDLE)" if told else f"cherchés toutes les {settings.poll:g} s (pas d’IDLE)"
    yield Finding(f"{name}, nouveaux messages", True, detail)
    if settings.after == "move" and not able & {"MOVE", "UIDPLUS"}:
        advice = 'Ce serveur ne sait pas déplacer : mettez after = "flag".'
        yield Finding(f"{name}, rangement", False, "les messages lus resteront où ils sont", advice)


def _imap_trouble(settings: Imap, error: ImapError) -> tuple[str, str]:
    """What is wrong, and what to do."""
    if isinstance(error, LoginRefused):
        return f"identification de « {settings.user} » refusée : {error}", LOGIN
    if str(error).startswith("SELECT"):
        advice = "Vérifiez « folder » : ce dossier ne s’ouvre pas."
        return f"dossier « {settings.folder} » refusé : {error}", advice
    return f"pas de connexion : {error}", _advice(error)


def _advice(error: BaseException) -> str:
    """The first cause that says what to do."""
    for cause in _causes(error):
        for kind, advice in ADVICE:
            if isinstance(cause, kind):
                return advice
    return ASK_HOST


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    chain: list[BaseException] = []
    while error is not None:
        chain.append(error)
        error = error.__cause__
    return reversed(chain)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


ADVICE: tuple[tuple[type[BaseException], str], ...] = (
    (aiosmtplib.SMTPAuthenticationError, LOGIN),
    (ssl.SSLCertVerificationError, CERTIFICATE),
    (ssl.SSLError, TRY_SECURITY),
    (socket.gaierror, NO_HOST),
    (ConnectionRefusedError, REFUSED),
    (TimeoutError, NO_ANSWER),
    (ConnectionError, TRY_SECURITY),
    (aiosmtplib.SMTPResponseException, ASK_HOST),
    (aiosmtplib.SMTPException, TRY_SECURITY),
)
