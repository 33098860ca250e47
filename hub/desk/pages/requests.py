"""Requests that wait for an agent's services: read, accepted or refused, and taken back within a minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.actions.kinds import BY_SLUG
from hub.actions.models import Request
from hub.core.errors import Invalid, NotFound
from hub.desk.guard import DOCUMENTS, REQUESTS, THREADS
from hub.desk.journal import acting
from hub.desk.keys import CARE
from hub.desk.show import page
from hub.mailbox.models import Message
from hub.mailbox.threads import Author
from hub.web import forms
from hub.web.keys import REQUESTED, rooms
from hub.web.pages.requests import deciding, decision_of, shown
from hub.web.receiving import Form
from hub.web.show import see_other
from hub.web.views import number

LAST = 20  # messages of the conversation that are shown


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """All that wait, oldest first. `?suite=` goes on from that one."""
    after = number(request.query.get("suite", ""))
    waiting = await request.app[REQUESTED].waiting(who.agent, after)
    rows = [
        {
            "title": one.title,
            "family": f"{one.family} ({one.number})",
            "at": one.asked_at,
            "url": f"{REQUESTS}/{one.id}",
            "granted": not one.is_pending,
        }
        for one in waiting.requests
    ]
    more = f"{REQUESTS}?suite={waiting.more}" if waiting.more else ""
    context = {"requests": rows, "more": more, "first": REQUESTS if after else ""}
    return await page(request, "desk/requests.html", context)


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """One of them, with the conversation that carries it; a paper that waits, among those of its row, where it is
    seen."""
    found = await _find(request, who)
    if document := await rooms(request).papers.waiting(found):
        return see_other(f"{DOCUMENTS}?document={document}")
    return await _page(request, who, found)


async def decide(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Accepter or Refuser."""
    form = await forms.plain(request)
    found = await _find(request, who)
    try:
        decided, instead = decision_of(form, found)
        async with acting(request):
            await rooms(request).requests.decide(found.id, decided, _author(who), "desk", instead)
    except Invalid as refused:
        return await _page(request, who, found, refused.errors, form)
    return see_other(f"{REQUESTS}/{found.id}?fait=1")


async def undo(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Annuler cette décision."""
    await forms.plain(request)
    found = await _find(request, who)
    async with acting(request):
        await rooms(request).requests.undo(found.id, _author(who))
    return see_other(f"{REQUESTS}/{found.id}")


async def reveal(request: web.Request, who: Visitor) -> web.StreamResponse:
    """What a confidential request asks for, to an agent who may read such things: each reading is written down."""
    await forms.plain(request)
    found = await _find(request, who)
    kind = BY_SLUG.get(found.kind)
    if kind is None or not kind.is_secret or not found.child:
        raise NotFound
    async with acting(request):
        await request.app[CARE].read(who.agent, found.thread.family.number, found.child)
        revealed = await rooms(request).requests.reveal(found)
    return await _page(request, who, found, revealed=revealed)


async def _page(
    request: web.Request,
    who: Visitor,
    found: Request,
    errors: Mapping[str, str] | None = None,
    form: Form | None = None,
    revealed: Sequence[tuple[str, str]] = (),
) -> web.StreamResponse:
    listed = await request.app[REQUESTED].one(found.id)
    kind, family = BY_SLUG.get(found.kind), found.thread.family
    messages = await Message.filter(thread_id=found.thread_id).order_by("-id").limit(LAST)
    secret = kind is not None and kind.is_secret
    context = {
        "request": shown(listed),
        "family": f"{family.name} ({family.number})",
        "service": found.thread.service.name,
        "messages": messages[::-1],
        "url": f"{REQUESTS}/{found.id}",
        "talk": f"{THREADS}/{found.thread_id}",
        "can_undo": await rooms(request).requests.can_undo(found, _author(who)),
        "may_read": secret and not revealed and await request.app[CARE].may_read(who.agent),
        "revealed": revealed,
        "done": "fait" in request.query,
        "errors": errors or {},
        **await deciding(request, found, form),
    }
    return await page(request, "desk/request.html", context, 422 if errors else 200)


async def _find(request: web.Request, who: Visitor) -> Request:
    return await rooms(request).requests.of_agent(int(request.match_info["request"]), who.agent)


def _author(who: Visitor) -> Author:
    return Author(who.name, agent=who.agent)
