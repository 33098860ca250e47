"""The pages under /demo/: who is in the town, their mailboxes, their mail, and how they answer it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any
from urllib.parse import quote

from aiohttp import web

from hub.app import Hub
from hub.core.errors import Invalid, NotFound
from hub.demo import client, forms, show
from hub.demo.mailboxes import ANSWERED, SEEN, Kept, Mailboxes
from hub.demo.people import Sample
from hub.demo.seed import signature
from hub.mail import parse
from hub.mail.outcome import Deferred, Rejected, wire_address
from hub.mail.parse import ParsedMail
from hub.mail.smtp import SmtpTransport
from hub.web.middleware import security_headers
from hub.web.show import see_other, written

BOX = "/demo/boites/{address}"
MAIL = BOX + "/{number:[0-9]{1,9}}"
FILES = {"demo.css": "text/css", "demo.js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail that somebody looks at: in whose mailbox, as kept, and as read."""

    address: str
    kept: Kept
    mail: ParsedMail


class Pages:
    """The handlers, for one town."""

    def __init__(self, hub: Hub, mailboxes: Mailboxes, sample: Sample) -> None:
        self._config = hub.core.config
        self._clock = hub.core.clock
        self._mailboxes = mailboxes
        self._town = show.Town(sample, self._config)
        self._client = SmtpTransport(self._config.mail.smtp)
        self._policy = security_headers(self._config)["Content-Security-Policy"] + "; frame-src 'self'"

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Able to hand mail in, until the block ends."""
        try:
            yield
        finally:
            await self._client.close()

    def add_to(self, app: web.Application) -> None:
        """Put the pages beside those of the parents' door."""
        app.add_routes(
            [
                web.get("/demo", self._home),
                web.get("/demo/", self.people),
                web.get("/demo/fichiers/{name}", self.asset),
                web.get(BOX, self.mailbox),
                web.get(BOX + "/ecrire", self.write),
                web.post(BOX + "/ecrire", self.send),
                web.get(MAIL, self.read),
                web.post(MAIL + "/repondre", self.answer),
                web.get(MAIL + "/html", self.html),
                web.get(MAIL + "/source", self.source),
                web.get(MAIL + "/pieces/{position:[0-9]{1,4}}", self.attachment),
            ]
        )

    async def people(self, request: web.Request) -> web.Response:
        """Who may be played, and how full each mailbox is."""
        boxes = await asyncio.to_thread(show.boxes, self._town, self._mailboxes)
        return self._page(request, "people", {"boxes": boxes})

    async def mailbox(self, request: web.Request) -> web.Response:
        """A mailbox, newest first."""
        address = self._address(request)
        mails = await asyncio.to_thread(self._mailboxes.all, address)
        rows = await asyncio.to_thread(show.rows, mails)
        return self._page(request, "mailbox", {"box": self._box(address), "rows": rows, "notice": _notice(request)})

    async def read(self, request: web.Request) -> web.Response:
        """A mail, and the form that answers it. Opening it marks it, as in any client."""
        opened = await self._opened(request)
        await asyncio.to_thread(self._mailboxes.mark, opened.address, opened.kept.number, SEEN)
        return self._mail_page(request, opened, forms.Typed(subject=client.answer_subject(opened.mail)))

    async def answer(self, request: web.Request) -> web.Response:
        """Answer it from this person's client."""
        opened, typed = await self._opened(request), await forms.read(request, self._config.limits.mail_bytes)
        try:
            writer = self._writer(opened.address, typed)
            mail = client.answer(opened.mail, writer, forms.text(typed), str(uuid.uuid4()), self._now())
            await self._hand_in(writer, mail)
        except Invalid as invalid:
            return self._mail_page(request, opened, typed, invalid.errors, 422)
        await asyncio.to_thread(self._mailboxes.mark, opened.address, opened.kept.number, ANSWERED)
        return see_other(f"{show.url(opened.address)}?envoye=1")

    async def write(self, request: web.Request) -> web.Response:
        """A new mail, empty."""
        return self._write_page(request, forms.Typed(to=request.query.get("a", "")))

    async def send(self, request: web.Request) -> web.Response:
        """Send it."""
        address, typed = self._address(request), await forms.read(request, self._config.limits.mail_bytes)
        try:
            writer = self._writer(address, typed)
            mail = client.fresh(writer, typed.to, forms.text(typed), str(uuid.uuid4()), self._now())
            await self._hand_in(writer, mail)
        except Invalid as invalid:
            return self._write_page(request, typed, invalid.errors, 422)
        return see_other(f"{show.url(address)}?envoye=1")

    async def html(self, request: web.Request) -> web.Response:
        """The HTML part alone, in a sandbox: whatever it holds, nothing runs and nothing is fetched."""
        opened = await self._opened(request)
        page = await asyncio.to_thread(show.preview, opened.mail)
        return web.Response(text=page, content_type="text/html", headers=show.SANDBOX)

    async def source(self, request: web.Request) -> web.Response:
        """The mail as it came."""
        opened = await self._opened(request)
        return web.Response(body=opened.kept.raw, content_type="text/plain", charset="utf-8", headers=show.SANDBOX)

    async def attachment(self, request: web.Request) -> web.Response:
        """A file of the mail, to save: never shown by the browser."""
        opened, position = await self._opened(request), int(request.match_info["position"])
        if position >= len(opened.mail.attachments):
            raise NotFound
        file = opened.mail.attachments[position]
        name = quote(file.filename or "fichier")
        headers = {**show.SANDBOX, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return web.Response(body=file.content, content_type="application/octet-stream", headers=headers)

    async def asset(self, request: web.Request) -> web.Response:
        """The style and the script of these pages."""
        name = request.match_info["name"]
        if name not in FILES:
            raise NotFound
        content = (resources.files("hub.demo") / "static" / name).read_bytes()
        return web.Response(body=content, content_type=FILES[name], charset="utf-8")

    async def _home(self, request: web.Request) -> web.Response:
        return see_other("/demo/")

    def _mail_page(
        self,
        request: web.Request,
        opened: Opened,
        typed: forms.Typed,
        errors: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        context = {
            "box": self._box(opened.address),
            "kept": opened.kept,
            "mail": opened.mail,
            "url": f"{show.url(opened.address)}/{opened.kept.number}",
            "files": show.files(opened.mail),
            "answer_to": client.answer_to(opened.mail),
            "quotation": f"{client.attribution(opened.mail, self._config.town.tz)}\n{show.quotation(opened.mail)}",
            "form": typed,
            "errors": errors or {},
        }
        return self._page(request, "mail", context, status)

    def _write_page(
        self, request: web.Request, typed: forms.Typed, errors: Mapping[str, str] | None = None, status: int = 200
    ) -> web.Response:
        box = self._box(self._address(request))
        context = {"box": box, "form": typed, "errors": errors or {}, "known": self._town.known_addresses}
        return self._page(request, "write", context, status)

    def _page(self, request: web.Request, name: str, context: Mapping[str, Any], status: int = 200) -> web.Response:
        shell = {"user": None, "agent": None, "smtp": asdict(self._town.door)}
        response = written(request, f"demo/{name}.html", {**shell, **context}, status)
        response.headers["Content-Security-Policy"] = self._policy
        return response

    async def _hand_in(self, writer: client.Writer, mail: client.Written) -> None:
        """Over SMTP, to the mail host. Raises Invalid when it says no."""
        outcome = await self._client.send(writer.address, mail.recipient, mail.raw)
        if isinstance(outcome, Deferred | Rejected):
            raise Invalid({"message": f"Le serveur a refusé cet e-mail : {outcome.reason}"})

    def _writer(self, address: str, typed: forms.Typed) -> client.Writer:
        """Who writes: the mailbox's owner, or one of those who share it. Raises Invalid."""
        forms.check(typed)
        chosen = typed.sender if typed.sender in self._town.writers(address) else address
        box = self._box(chosen)
        try:
            wire_address(chosen)
        except ValueError as error:
            raise Invalid({"message": f"Cette adresse ne peut pas écrire : {error}"}) from error
        signed = signature(box.name, box.service, self._config) if box.role == "agent" else ""
        return client.Writer(box.name, chosen, signed)

    def _box(self, address: str) -> show.Box:
        return self._town.box(address)

    def _address(self, request: web.Request) -> str:
        address = request.match_info["address"].strip().lower()
        if not self._mailboxes.takes(address):
            raise NotFound
        return address

    async def _opened(self, request: web.Request) -> Opened:
        address, number = self._address(request), int(request.match_info["number"])
        kept = await asyncio.to_thread(self._mailboxes.get, address, number)
        if kept is None:
            raise NotFound
        return Opened(address, kept, await asyncio.to_thread(parse.read, kept.raw))

    def _now(self) -> Any:
        return self._clock.now().astimezone(self._config.town.tz)


def _notice(request: web.Request) -> str:
    return "Votre e-mail est parti." if "envoye" in request.query else ""
