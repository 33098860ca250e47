"""A conversation: reading it, answering, putting it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from tortoise.exceptions import OperationalError

from hub.accounts.sessions import Visitor
from hub.actions.listing import Listed
from hub.core.errors import Invalid, NotFound
from hub.core.told import Asked, ask
from hub.mailbox.asking import Wanted, missing
from hub.mailbox.conversation import Conversation, Head
from hub.mailbox.lists import Page
from hub.mailbox.unsent import Unsent, WaitingFile
from hub.web import forms
from hub.web.composing import UNAVAILABLE, Sheet, after_login, once, problems, receive
from hub.web.conversations import entries
from hub.web.csrf import writing_key
from hub.web.keys import RECEIPTS, REQUESTED, UNSENT, core, rooms
from hub.web.pages.requests import shown
from hub.web.pages.write import saved
from hub.web.show import see_other, written
from hub.web.views import BOXES, DELETED, MAILBOX, RECEIVED, Box, calendar, kept, listing, mailbox, number, thread_url

Context = dict[str, Any]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a conversation: the folder it was opened from, the requests that it carries, and the papers
    that it waits for."""

    box: Box
    rows: Page
    carried: Sequence[Listed]
    wanted: Sequence[Wanted]


@dataclass(frozen=True, slots=True)
class Answering:
    """What the answer box holds. `kept_as`: key of the draft it was kept as, or ""."""

    key: str
    kept_as: str = ""
    text: str = ""
    files: Sequence[WaitingFile] = ()


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The last messages; `?avant=ID` older ones; `?depuis=ID` only what came since, as a fragment. The address of one
    that was joined to another leads there."""
    try:
        return await _shown(request, who)
    except NotFound:
        if into := await rooms(request).threads.joined_to(_thread(request)):
            return see_other(thread_url(into))
        raise


async def _shown(request: web.Request, who: Visitor) -> web.StreamResponse:
    thread, before = _thread(request), number(request.query.get("avant", ""))
    if since := number(request.query.get("depuis", "")):
        return await _since(request, who, thread, since)
    box = _box(request)
    found, begun, rows, carried, wanted = await ask(
        core(request).db,
        rooms(request).conversations.asked(who.account, thread, before),
        request.app[UNSENT].answer(who.account, thread),
        *_asked_beside(request, who, thread, box),
    )
    beside = Beside(box, rows, carried, wanted)
    seen = not before and await _seen(request, who, found)
    if seen or found.head.deleted:  # it tells how much is unread, and was read before the folder was known
        beside = await _beside(request, who, thread, _usual(found))
    notice = await _notice(request, who) if request.query else None
    return await _page(request, who, found, _answering(request, who, begun), beside, notice=notice)


async def answer(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Répondre. The same form sent twice makes one message."""
    thread = _thread(request)
    if who.account:  # refused before anything is read; the sheet itself looks again
        await rooms(request).threads.visible(thread, who.account)
    sheet = await receive(request, who, thread)
    if message := await sheet.sent():
        return see_other(_answered_url(message.thread_id, message.id))
    if who.lapsed:
        return await after_login(request, sheet)
    sending = rooms(request).sending
    errors, status = problems(sheet)
    if errors:
        return await again(request, who, sheet, errors, status)
    try:
        message = await once(sheet, lambda draft: sending.answer(sheet.sender, thread, draft, sheet.typed, sheet.key))
    except Invalid as refused:
        return await again(request, who, sheet, refused.errors, 422)
    except OperationalError:
        log.exception("an answer could not be stored")
        return await again(request, who, sheet, {"message": UNAVAILABLE}, 503)
    return see_other(_answered_url(message.thread_id, message.id))


async def again(
    request: web.Request, who: Visitor, sheet: Sheet, errors: Mapping[str, str], status: int
) -> web.StreamResponse:
    """The conversation with the answer as typed, every good file, and what is wrong."""
    files = await saved(sheet)
    found = await rooms(request).conversations.read(who.account, sheet.thread)
    beside = await _beside(request, who, sheet.thread, _usual(found))
    answering = Answering(sheet.key, sheet.kept_as, sheet.typed.text, files)
    return await _page(request, who, found, answering, beside, errors, status)


async def delete(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Supprimer, for this person only."""
    await forms.plain(request)
    thread = _thread(request)
    await rooms(request).lists.delete(who.account, [thread])
    return see_other(f"{MAILBOX}?supprime={thread}")


async def restore(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Restaurer."""
    await forms.plain(request)
    thread = _thread(request)
    await rooms(request).lists.restore(who.account, [thread])
    return see_other(f"{thread_url(thread)}?restaure=1")


def _answering(request: web.Request, who: Visitor, draft: Unsent | None) -> Answering:
    """What this person has begun to answer, or an empty box."""
    if draft is None:
        return Answering(writing_key(core(request).signer, who.account))
    return Answering(draft.key, draft.key, draft.typed.text, draft.files)


def _box(request: web.Request, usual: Box = RECEIVED) -> Box:
    """The folder that the address names. `usual`: that of a thread whose address names none."""
    named = [box for box in BOXES if box.slug == request.query.get("dossier")]
    return named[0] if named else usual


async def _beside(request: web.Request, who: Visitor, thread: int, usual: Box) -> Beside:
    box = _box(request, usual)
    return Beside(box, *await ask(core(request).db, *_asked_beside(request, who, thread, box)))


def _asked_beside(
    request: web.Request, who: Visitor, thread: int, box: Box
) -> tuple[Asked[Page], Asked[list[Listed]], Asked[tuple[Wanted, ...]]]:
    return (
        rooms(request).lists.asked(who.account, box.folder),
        request.app[REQUESTED].asked_in(thread),
        rooms(request).asking.asked_in(thread),
    )


def _usual(found: Conversation) -> Box:
    return DELETED if found.head.deleted else RECEIVED


async def _since(request: web.Request, who: Visitor, thread: int, since: int) -> web.StreamResponse:
    """From the last message that the page has on, that one included: what became of it may be new."""
    found = await rooms(request).conversations.read(who.account, thread, after=since - 1)
    await _seen(request, who, found)
    return written(request, "web/entries.html", {"entries": entries(found, calendar(request))}, 200)


async def _seen(request: web.Request, who: Visitor, found: Conversation) -> bool:
    """Reading is what marks as read, so this GET does change something: only the reader's own count, and the same
    however often it is repeated (RFC 9110 §9.2.1 allows it). A browser that fetches ahead has not read anything.
    Whether it changed something."""
    ahead = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if request.method == "GET" and "prefetch" not in ahead and found.head.unread:
        return await rooms(request).lists.read(who.account, found.head.id)
    return False


async def _page(
    request: web.Request,
    who: Visitor,
    found: Conversation,
    answering: Answering,
    beside: Beside,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    notice: Context | None = None,
) -> web.StreamResponse:
    url, dates = thread_url(found.head.id), calendar(request)
    context = {
        "thread": _headed(found.head, url),
        "requests": [shown(one) for one in beside.carried],
        "wanted": missing(beside.wanted),
        "entries": entries(found, dates),
        "older_url": f"{url}?avant={found.older}" if found.older else "",
        "newer_url": url if request.query.get("avant") and not errors else "",
        "listing": listing(beside.box, beside.rows, dates),
        "form": {"message": answering.text},
        "kept": kept(answering.kept_as, answering.files),
        "draft_id": answering.kept_as,
        "envoi": answering.key,
        "errors": errors or {},
        "notice": notice,
        "unread": beside.rows.unread,
    }
    return await mailbox(request, who, "web/thread.html", beside.box.slug, context, status)


def _headed(head: Head, url: str) -> Context:
    return {
        "id": head.id,
        "url": url,
        "subject": head.subject,
        "service": head.service,
        "theme": head.theme,
        "reference": f"N° {head.reference}",
        "deleted": head.deleted,
        "delay": head.delay,
        "overheard": head.overheard,
    }


async def _notice(request: web.Request, who: Visitor) -> Context | None:
    """What just happened, after a redirect; a made-up address says nothing."""
    if message := number(request.query.get("envoye", "")):
        try:
            receipt = await request.app[RECEIPTS].of(who.account, _thread(request), message)
        except NotFound:
            return None
        text = f"Votre réponse est envoyée sous la référence {receipt.reference}."
        return {"text": text, "tone": "good", "sign": "check"}
    if request.query.get("demande"):
        return {"text": "Votre demande est envoyée.", "tone": "good", "sign": "check"}
    if request.query.get("restaure"):
        return {"text": "Conversation restaurée.", "tone": "good", "sign": "restore"}
    return None


def _thread(request: web.Request) -> int:
    return int(request.match_info["thread"])


def _answered_url(thread: int, message: int) -> str:
    return f"{thread_url(thread)}?envoye={message}#m-{message}"
