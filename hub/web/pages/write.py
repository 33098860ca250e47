"""Envoyer un message: the form, what it becomes, and what the family is told then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from aiohttp import web
from tortoise.exceptions import OperationalError

from hub.accounts.sessions import Visitor
from hub.core.errors import Invalid, NotFound
from hub.mailbox.drafts import Typed
from hub.mailbox.models import Message
from hub.mailbox.unsent import Unsent, WaitingFile
from hub.web.composing import UNAVAILABLE, Sheet, after_login, once, problems, receive
from hub.web.csrf import writer_of, writing_key
from hub.web.keys import RECEIPTS, UNSENT, core, rooms
from hub.web.receiving import clean
from hub.web.show import see_other
from hub.web.views import kept, mailbox, number, paper_url, services, thread_url

SUBJECT = 150  # characters of a subject that a link may propose
KEY = 80  # characters of a message's key at most
log = structlog.get_logger(__name__)


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The empty form, or a draft taken up again. Nothing is written down: a GET changes nothing."""
    key = clean(request.query.get("brouillon", ""))[:KEY]
    if not key:
        key = writing_key(core(request).signer, who.account)
        return await _form(request, who, key, await _proposed(request, who))
    try:
        draft = await request.app[UNSENT].by_key(who.account, key)
    except NotFound:
        if message := await rooms(request).sending.sent_before(who.account, key):
            return see_other(receipt_url(message))
        if writer_of(core(request).signer, key) == who.account:  # left before anything was kept of it
            return await _form(request, who, key, await _proposed(request, who))
        raise
    if draft.thread:
        return see_other(f"{thread_url(draft.thread)}#repondre")
    if draft.typed.paper:
        return see_other(paper_url(draft.key))
    return await _resume(request, who, draft)


async def _proposed(request: web.Request, who: Visitor) -> Typed:
    """What stands in a form that nobody has written in."""
    copies = (await rooms(request).preferences.read(who.account)).copies and bool(who.email)
    subject = clean(request.query.get("objet", ""))[:SUBJECT]
    return Typed(service=request.query.get("service", ""), subject=subject, wants_copy=copies)


async def send(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Envoyer. The same form sent twice leads to the same confirmation."""
    sheet = await receive(request, who)
    if sheet.thread:
        raise NotFound
    if message := await sheet.sent():
        return see_other(receipt_url(message))
    if who.lapsed:
        return await after_login(request, sheet)
    sending = rooms(request).sending
    errors, status = problems(sheet)
    if errors:
        wrong = await sending.faults(sheet.typed) if sheet.has_words else {}
        return await again(request, who, sheet, wrong | errors, status)
    try:
        message = await once(sheet, lambda draft: sending.new(sheet.sender, draft, sheet.typed))
    except Invalid as refused:
        return await again(request, who, sheet, refused.errors, 422)
    except OperationalError:
        log.exception("a message could not be stored")
        return await again(request, who, sheet, {"message": UNAVAILABLE}, 503)
    return see_other(receipt_url(message))


async def again(
    request: web.Request, who: Visitor, sheet: Sheet, errors: Mapping[str, str], status: int
) -> web.StreamResponse:
    """The form with what was typed, every good file, and what is wrong."""
    files = await saved(sheet)
    return await _form(request, who, sheet.key, sheet.typed, errors, files, status=status, kept_as=sheet.kept_as)


async def saved(sheet: Sheet) -> Sequence[WaitingFile]:
    """Keep what was typed; the files that wait with it. A full disk must not cost the page that says so."""
    try:
        await sheet.save()
        return await sheet.waiting()
    except OperationalError:
        log.exception("a draft could not be stored")
        return ()


def receipt_url(message: Message) -> str:
    """The confirmation of a message."""
    return f"{thread_url(message.thread_id)}/envoye?message={message.id}"


async def sent(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The confirmation: reference, what was received, what happens next."""
    thread, message = int(request.match_info["thread"]), number(request.query.get("message", ""))
    receipt = await request.app[RECEIPTS].of(who.account, thread, message)
    told = {
        "reference": receipt.reference,
        "at": receipt.at,
        "service": {"name": receipt.service, "phone": receipt.phone, "delay": receipt.delay},
        "subject": receipt.subject,
        "url": thread_url(thread),
        "files": [{"name": name, "size": size} for name, size in receipt.files],
        "copy_to": who.email if receipt.wants_copy else "",
        "notify_to": who.email,
        "silence": receipt.silence,
    }
    return await mailbox(request, who, "web/sent.html", "", {"sent": told})


async def _resume(request: web.Request, who: Visitor, draft: Unsent) -> web.StreamResponse:
    return await _form(
        request, who, draft.key, draft.typed, files=draft.files, resumed=draft.saved_at, kept_as=draft.key
    )


async def _form(
    request: web.Request,
    who: Visitor,
    key: str,
    typed: Typed,
    errors: Mapping[str, str] | None = None,
    files: Sequence[WaitingFile] = (),
    resumed: datetime | None = None,
    status: int = 200,
    kept_as: str = "",
) -> web.StreamResponse:
    context = {
        "services": services(await rooms(request).directory.choices()),
        "form": {
            "service": typed.service,
            "theme": typed.theme,
            "objet": typed.subject,
            "message": typed.text,
            "confirmation": typed.wants_copy,
        },
        "errors": errors or {},
        "kept": kept(kept_as, files),
        "draft_id": kept_as,
        "envoi": key,
        "resumed": resumed,
    }
    return await mailbox(request, who, "web/compose.html", "", context, status)
