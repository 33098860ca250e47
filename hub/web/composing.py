"""A form in which somebody writes, and the draft behind it.

The draft appears with the first thing worth keeping and bears the key of the form, which becomes the message's: the
same form sent twice finds the same draft, or the message it has become.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import structlog
from aiohttp import web
from tortoise.exceptions import OperationalError

from hub.accounts.sessions import Visitor
from hub.core.errors import NotFound, TooLarge
from hub.mailbox.drafts import Typed
from hub.mailbox.models import Draft, Message
from hub.mailbox.sending import Sender
from hub.mailbox.threads import StoredFile
from hub.mailbox.unsent import UnsentMessages, WaitingFile
from hub.web import csrf, forms
from hub.web.guard import to_login
from hub.web.keys import UNSENT, Rooms, rooms
from hub.web.receiving import FILES, Form, NotStored
from hub.web.views import MAILBOX, number, thread_url

UNAVAILABLE = "Le portail ne peut pas enregistrer votre message pour le moment. Réessayez dans quelques minutes."
log = structlog.get_logger(__name__)


class Sheet:
    """What one request brings: the form, and the draft of its writer that takes it."""

    def __init__(self, rooms: Rooms, unsent: UnsentMessages, who: Visitor, thread: int) -> None:
        """`thread`: the one that is answered, 0 for a new message."""
        self._rooms = rooms
        self._unsent = unsent
        self._who = who
        self.thread = thread
        self.form = Form()
        self.key = ""
        self.kept_as = ""  # the key under which the draft is found
        self.draft: Draft | None = None

    @property
    def sender(self) -> Sender:
        """Who writes."""
        return Sender(self._who.account, self._who.family, self._who.name)

    @property
    def url(self) -> str:
        """Where the writer goes on with it."""
        return f"{thread_url(self.thread)}#repondre" if self.thread else f"{MAILBOX}/nouveau?brouillon={self.key}"

    @property
    def typed(self) -> Typed:
        """The fields as typed."""
        text = self.form.text
        paper = f"{text('nature')[:60]}:{text('personne')[:60]}" if "nature" in self.form.fields else ""
        return Typed(text("service"), text("theme"), text("objet"), text("message"), bool(text("confirmation")), paper)

    @property
    def has_words(self) -> bool:
        """Whether the fields have arrived, down to the last that is written in: pages send them in their order."""
        return not self.form.fields.keys().isdisjoint(("message", "nature"))

    async def read(self, request: web.Request) -> None:
        """Take the form in, its good files into the draft. Raises what `forms.read` raises; nothing is kept then."""
        arrived: list[StoredFile] = []
        try:
            self.form = await forms.read(request, arrived.append)
            self._recognise()
            await self.settle(self.form.fields)
        except BaseException:
            await self._throw_away(arrived)
            raise
        if arrived:
            await self._throw_away(await self._put_away(arrived))

    def _recognise(self) -> None:
        """Somebody whose session is gone: the form, which is genuine, says who they are."""
        if not self._who.account:
            writer = csrf.writer_of(self._rooms.core.signer, self.form.text(csrf.SENDING))
            self._who = replace(self._who, account=writer)

    async def settle(self, fields: Mapping[str, str]) -> None:
        """Learn from the fields which key and which thread it is. Raises NotFound for a thread of others."""
        if self.key:
            return
        given, signer, account = fields.get(csrf.SENDING, ""), self._rooms.core.signer, self._who.account
        self.key = given if csrf.writer_of(signer, given) == account else csrf.writing_key(signer, account)
        if answered := number(fields.get("fil", "")) or self.thread:
            self.thread = (await self._rooms.threads.visible(answered, account)).id

    async def sent(self) -> Message | None:
        """The message that this form has become already."""
        return await self._rooms.sending.sent_before(self._who.account, self.key)

    async def opened(self) -> Draft:
        """The draft, made when there is none yet. Raises NotFound when the form has been sent already."""
        if self.draft is None:
            if await self.sent():
                raise NotFound
            self.draft = await self._begun()
            self.kept_as = self.draft.key  # of an answer: maybe begun in another tab, under that form's key
        return self.draft

    async def save(self) -> None:
        """Keep what was typed. What never arrived, of a body that was cut short, blanks nothing that was kept."""
        draft = await self.opened()
        if self.has_words:
            await self._rooms.drafts.save(draft, self.typed)

    async def waiting(self) -> tuple[WaitingFile, ...]:
        """The files that wait with the draft."""
        return (await self._unsent.by_key(self._who.account, self.kept_as)).files if self.draft else ()

    async def _begun(self) -> Draft:
        drafts, account = self._rooms.drafts, self._who.account
        if self.thread:
            return await drafts.begin(account, self.thread, self.key)
        try:
            draft = await drafts.find(account, self.key)
        except NotFound:
            return await drafts.begin(account, key=self.key)
        if draft.thread_id:
            raise NotFound
        return draft

    async def _put_away(self, arrived: Sequence[StoredFile]) -> list[StoredFile]:
        """Put files with the draft, in one commit; those that are not needed, or find no place."""
        try:
            draft = await self.opened()
            async with self._rooms.core.db.transaction():
                return [file for file in arrived if not await self._put(draft, file)]
        except NotFound:  # the message was sent by another click: it has its files
            return list(arrived)
        except OperationalError:
            log.exception("files could not be kept with their draft")
            self.form.refusals.append(NotStored(UNAVAILABLE, FILES))
            return list(arrived)

    async def _put(self, draft: Draft, file: StoredFile) -> bool:
        """Whether the file is the draft's now. The same one sent again (a second click, a second try) is kept once."""
        there = (await self._unsent.by_key(self._who.account, self.kept_as)).files
        if any((file.filename, file.sha256) == (other.filename, other.sha256) for other in there):
            return False
        try:
            await self._rooms.drafts.attach(draft, file)
        except TooLarge as refused:
            self.form.refusals.append(refused)
            return False
        return True

    async def _throw_away(self, files: Sequence[StoredFile]) -> None:
        for file in files:
            await self._rooms.core.blobs.delete(file.blob)


async def receive(request: web.Request, who: Visitor, thread: int = 0) -> Sheet:
    """The sheet in the body of the request. Raises what `forms.read` raises, and NotFound."""
    sheet = Sheet(rooms(request), request.app[UNSENT], who, thread)
    await sheet.read(request)
    return sheet


async def once(sheet: Sheet, send: Callable[[Draft], Awaitable[Message]]) -> Message:
    """What `send` makes of the draft, or the message that another click made in the same instant. Raises Invalid."""
    try:
        return await send(await sheet.opened())
    except NotFound:
        message = await sheet.sent()
        if message is None:
            raise
        return message


def problems(sheet: Sheet) -> tuple[dict[str, str], int]:
    """What was wrong with the files or the sending: sentences by field, and the status that says it best."""
    refusals = sheet.form.refusals
    if not refusals:
        return {}, 200
    status = 422
    if any(isinstance(refusal, NotStored) for refusal in refusals):
        status = 503
    elif any(isinstance(refusal, TooLarge) for refusal in refusals):
        status = 413
    return {FILES: " ".join(refusal.message for refusal in refusals)}, status


async def after_login(request: web.Request, sheet: Sheet, onward: str = "") -> web.Response:
    """Keep everything for a writer whose session has lapsed, and let them in again where they were, or at `onward`."""
    await sheet.save()
    if "application/json" in request.headers.get("Accept", ""):
        return web.json_response({"brouillon": sheet.key}, status=401)
    return to_login(request, onward or sheet.url)
