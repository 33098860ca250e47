"""The hub's letters: one folder of templates each (subject.txt, body.txt, body.html), made into mail to queue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from hub.core import colour, french
from hub.core.base import Core
from hub.core.resources import templates
from hub.mail.addresses import Addresses
from hub.mail.compose import File, Letter, clean, serialise
from hub.mail.outbox import Posted

LOOP = "X-Loop"  # by which our own mail is known again, whatever a list made of From and Message-ID
_LINK = re.compile(r"://|^\W*www\.|[^\W_]\.[a-z]{2,}(?:[/:?#]|\W*$)", re.IGNORECASE)  # also what clients make one of
_PREFIXES = re.compile(r"^(?:\s*(?:re|rép|ré|tr|fwd?|aw)\s*:)+\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Envelope:
    """To whom a letter goes, for what, and how it threads in the reader's client.

    `key` says what it is for and is queued once. `returns`: whether a bounce should come back (VERP) or nothing ever
    (null return path, RFC 5321 §4.5.5: what answers a mail by itself).
    """

    key: str
    address: str
    name: str
    sender_name: str = ""
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    returns: bool = True
    thread: int | None = None
    message: int | None = None
    tell: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=())


class Letters:
    """Writes letters from templates/mail."""

    def __init__(self, core: Core, addresses: Addresses) -> None:
        self._core = core
        self._addresses = addresses
        self._html = self._environment(autoescape=True)
        self._text = self._environment(autoescape=False)

    def write(self, template: str, envelope: Envelope, context: Mapping[str, Any]) -> Posted:
        """The letter `template` for one person, serialised and ready to queue."""
        config = self._core.config
        message_id = self._addresses.message_id(envelope.key)
        given = {"town": config.town, "url": config.web.url.rstrip("/"), "to": envelope, **context}
        letter = Letter(
            message_id=message_id,
            date=self._core.clock.now().astimezone(config.town.tz),
            sender=config.mail.sender_address,
            sender_name=envelope.sender_name or config.town.name,
            recipient=envelope.address,
            recipient_name=envelope.name,
            subject=clean(self._part(template, "subject.txt").render(given)),
            text=self._part(template, "body.txt").render(given).strip() + "\n",
            html=self._part(template, "body.html").render(given),
            reply_to=envelope.reply_to,
            in_reply_to=envelope.in_reply_to,
            references=envelope.references,
            auto_submitted="auto-generated" if envelope.returns else "auto-replied",
            files=envelope.files,
            headers=((LOOP, config.mail.sender_address), *envelope.headers),
        )
        return Posted(
            key=envelope.key,
            kind=template,
            recipient=envelope.address,
            envelope_from=self._addresses.return_path(message_id) if envelope.returns else "",
            message_id=message_id,
            raw=serialise(letter),
            thread=envelope.thread,
            message=envelope.message,
            tell=envelope.tell,
        )

    def _part(self, template: str, name: str) -> Template:
        environment = self._html if name.endswith(".html") else self._text
        return environment.get_template(f"{template}/{name}")

    def _environment(self, autoescape: bool) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(templates() / "mail"),
            autoescape=autoescape,  # noqa: S701 (text parts are text)
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
        zone = self._core.config.town.tz
        environment.filters["moment"] = lambda at: french.dated(at, zone)
        environment.filters["filesize"] = french.size
        environment.filters["ink"] = colour.ink
        environment.filters["lines"] = lines
        environment.filters["quoted"] = quoted
        environment.filters["excerpt"] = excerpt
        environment.filters["answering"] = answering
        return environment


def lines(text: str) -> Markup:
    """What somebody wrote, escaped for HTML, its line breaks kept."""
    return Markup("<br>\n").join(_indented(line) for line in text.splitlines())


def quoted(text: str) -> str:
    """`text` marked as a quotation for a plain-text part."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def excerpt(text: str, length: int) -> str:
    """The first words of a mail that may be forged, in one line.

    Its links are taken out: a stranger must not reach a family through a letter of the town.
    """
    found = text[: length * 10].split()
    words = " ".join("[lien retiré]" if _LINK.search(word) else word for word in found)
    return words if len(words) <= length else f"{words[:length].rsplit(' ', 1)[0]}…"


def _indented(line: str) -> Markup:
    """A line as HTML; its indentation in no-break spaces, which no client swallows."""
    shown = line.expandtabs(4)
    words = shown.lstrip(" ")
    return escape("\xa0" * (len(shown) - len(words)) + words)


def answering(subject: str) -> str:
    """The subject of an answer: "Re: " once, whatever prefixes it already bears (RFC 5322 §3.6.5)."""
    return f"Re: {_PREFIXES.sub('', subject)}"
