"""Pure but for reading mailboxes: what the demo's pages show."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from hub.config import Config
from hub.demo.mailboxes import Count, Kept, Mailboxes
from hub.demo.people import Person, Sample
from hub.mail import parse
from hub.mail.letters import quoted
from hub.mail.parse import ParsedMail
from hub.mail.reading import markup
from hub.mailbox.sniff import HEAD, PREVIEWED, content_type
from hub.mailbox.writing import snippet

PREHEADER = 20_000  # characters of HTML that are looked at
_HEAD = re.compile(r"<head\b[^<>]*+>", re.IGNORECASE)
_CID = re.compile(r"cid:([^\"'\s>)]+)", re.IGNORECASE)

# Nothing runs, nothing is fetched, no form is sent; links open in a tab of their own, which is not sandboxed
SANDBOX = {
    "Content-Security-Policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}


@dataclass(frozen=True, slots=True)
class Door:
    """Where any mail client may hand mail in."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox and whose it is. `role`: parent | agent | shared | other. `writers`: who may write from it."""

    address: str
    name: str
    role: str
    service: str = ""
    login: str = ""
    password: str = ""
    count: Count | None = None  # where it was counted
    writers: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return url(self.address)


@dataclass(frozen=True, slots=True)
class Row:
    """A mail in a list."""

    number: int
    at: datetime
    who: str
    subject: str
    excerpt: str
    seen: bool
    answered: bool
    files: bool


@dataclass(frozen=True, slots=True)
class File:
    """An attachment, by its position in the mail."""

    position: int
    name: str
    size: int
    image: bool


class Town:
    """Who has which address."""

    def __init__(self, sample: Sample, config: Config) -> None:
        self._config = config
        self._boxes = {box.address: box for box in _boxes(sample, config)}
        self.door = Door(config.mail.smtp.host, config.mail.smtp.port)

    @property
    def boxes(self) -> list[Box]:
        """The people's, and those of services, in order."""
        return list(self._boxes.values())

    @property
    def known_addresses(self) -> list[str]:
        """Those one may want to write to: the services first."""
        services = [service.email or f"{service.slug}@{self._config.mail.domain}" for service in self._config.services]
        return [*services, *self._boxes]

    def box(self, address: str) -> Box:
        """Any address has a mailbox."""
        return self._boxes.get(address) or Box(address, "", "other")

    def writers(self, address: str) -> tuple[str, ...]:
        """From which addresses one may write in that mailbox."""
        return self.box(address).writers


def url(address: str) -> str:
    """The page of a mailbox."""
    return f"/demo/boites/{quote(address, safe='@')}"


def boxes(town: Town, mailboxes: Mailboxes) -> dict[str, list[Box]]:
    """Every mailbox with its count, by role."""
    known = town.boxes
    others = [Box(address, "", "other") for address in mailboxes.addresses() if town.box(address).role == "other"]
    found: dict[str, list[Box]] = {"parent": [], "agent": [], "shared": [], "other": []}
    for box in [*known, *others]:
        found[box.role].append(_counted(box, mailboxes))
    return found


def rows(mails: Sequence[Kept]) -> list[Row]:
    """The lines of a mailbox."""
    return [_row(kept, parse.read(kept.raw)) for kept in mails]


def files(mail: ParsedMail) -> list[File]:
    """What may be downloaded."""
    return [
        File(position, file.filename or "fichier", file.size, file.content_type.startswith("image/"))
        for position, file in enumerate(mail.attachments)
    ]


def quotation(mail: ParsedMail) -> str:
    """The mail as it will stand under the answer."""
    return quoted(mail.text.rstrip())


def preview(mail: ParsedMail) -> str:
    """The HTML part; its pictures, which a sandbox cannot fetch, written into it."""
    pictures = {file.content_id: file.content for file in mail.attachments if file.content_id}

    def data(found: re.Match[str]) -> str:
        content = pictures.get(found[1], b"")
        kind = content_type(content[:HEAD], "")
        return f"data:{kind};base64,{base64.b64encode(content).decode()}" if kind in PREVIEWED else found[0]

    html = _CID.sub(data, mail.html)
    head = _HEAD.search(html)  # before a doctype the tag would change how the whole mail is laid out
    at = head.end() if head else 0
    return f'{html[:at]}<base target="_blank">{html[at:]}'


def first_words(mail: ParsedMail) -> str:
    """What a client shows beside the subject: the beginning of the HTML, hidden preheader and all."""
    words = [value for kind, _, value in markup.tokens(mail.html[:PREHEADER]) if kind == "text"]
    return markup.unescape(" ".join(words)) or mail.text


def _boxes(sample: Sample, config: Config) -> Iterator[Box]:
    for person in sample.people:
        yield _of(person)
    for shared in sample.shared:
        agents = [
            agent.email for service in config.services if service.shared == shared.email for agent in service.agents
        ]
        yield Box(shared.email, shared.service, "shared", shared.service, writers=(shared.email, *agents))


def _of(person: Person) -> Box:
    return Box(person.email, person.name, person.role, person.service, person.login, person.password)


def _counted(box: Box, mailboxes: Mailboxes) -> Box:
    return replace(box, count=mailboxes.count(box.address))


def _row(kept: Kept, mail: ParsedMail) -> Row:
    sender = mail.sender
    return Row(
        number=kept.number,
        at=kept.at,
        who=(sender.name or sender.address) if sender else "",
        subject=mail.subject or "(sans objet)",
        excerpt=snippet(first_words(mail)),
        seen=kept.seen,
        answered=kept.answered,
        files=bool(mail.attachments),
    )
