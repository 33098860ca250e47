"""Mails that the hub did not dare to post: the list, and what an agent decides about several at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.db import Also
from hub.core.errors import Conflict, NotFound
from hub.desk.door import HOME
from hub.desk.journal import record
from hub.desk.keys import CONCERNS, waiting
from hub.desk.rights import sight
from hub.desk.show import page
from hub.desk.words import Notice, notice, notice_of_many, state
from hub.mailbox.quarantine import PAGE
from hub.mailbox.setaside import Waiting
from hub.web import forms
from hub.web.keys import core
from hub.web.receiving import Form
from hub.web.show import see_other
from hub.web.views import number

Context = dict[str, Any]
ROADS = {"lmtp": "remis par le serveur de messagerie", "file": "importé d’un fichier"}
TICK = "courriel-"  # names of the boxes in the list, before the id


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """What waits, newest first; `?courriel=ID` says what was just decided about that one, `?courriels=ID-ID` of
    several."""
    told = await (_notice_of_many if "courriels" in request.query else _notice)(request, who)
    return await _list(request, who, number(request.query.get("avant", "")), told)


async def discard_ticked(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Écarter les e-mails cochés."""
    form = await forms.plain(request)
    ticked = _ticked(form)
    if not ticked:
        return await _list(request, who, number(form.text("avant")), error="Cochez les e-mails à écarter.")
    return await _each(request, who, ticked, waiting(request).discard)


async def restore_ticked(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Remettre en quarantaine ceux qui viennent d’être écartés."""
    return await _each(request, who, _ticked(await forms.plain(request)), waiting(request).restore)


def described(row: Waiting) -> Context:
    """One mail as its row and its page show it."""
    return {
        "id": row.id,
        "url": url(row.id),
        "sender": row.sender,
        "subject": row.subject,
        "received_at": row.received_at,
        "mailbox": ROADS.get(row.mailbox, f"boîte « {row.mailbox} »"),
        "state": state(row),
        "reason": row.why if row.state != "failed" else "",
        "asked_until": row.asked_until,
    }


def days_kept(request: web.Request) -> int:
    """Days that a discarded mail is kept."""
    return core(request).config.mail.quarantine_days


def url(mail: int) -> str:
    """Its page."""
    return f"{HOME}/{mail}"


async def _list(
    request: web.Request, who: Visitor, before: int, told: Notice | None = None, error: str = ""
) -> web.Response:
    found = await waiting(request).waiting(before, PAGE + 1, sight(request, who))
    rows = found[:PAGE]
    context = {
        "mails": [described(row) for row in rows],
        "older_url": f"{HOME}?avant={rows[-1].id}" if len(found) > PAGE else "",
        "newer_url": HOME if before else "",
        "before": before,
        "notice": told,
        "chosen": _chosen(request),
        "errors": {"cocher": error} if error else {},
    }
    return await page(request, "desk/quarantine.html", context, 422 if error else 200)


async def _each(
    request: web.Request, who: Visitor, mails: Sequence[int], verb: Callable[[int, int, Also], Awaitable[None]]
) -> web.StreamResponse:
    """Do it to each, in a transaction of its own. What somebody else was first with is passed over; what this agent is
    not to see is not even counted."""
    seen, done = await waiting(request).states(mails, sight(request, who)), []
    for mail in seen:
        request[CONCERNS] = f"e-mail {mail}"
        with suppress(NotFound, Conflict):
            await verb(mail, who.agent, partial(record, request))
            done.append(mail)
    return see_other(f"{HOME}?courriels={'-'.join(map(str, done))}&autres={len(seen) - len(done)}#avis")


async def _notice(request: web.Request, who: Visitor) -> Notice | None:
    mail = number(request.query.get("courriel", ""))
    if not mail:
        return None
    try:
        await waiting(request).show_to(sight(request, who), mail)
        settled = await waiting(request).settled(mail)
    except NotFound:
        return None
    return notice(settled, days_kept(request), f"{url(mail)}/remettre")


async def _notice_of_many(request: web.Request, who: Visitor) -> Notice | None:
    found = await waiting(request).states(_chosen(request), sight(request, who))
    others = number(request.query.get("autres", ""))
    return notice_of_many(list(found.values()), others, days_kept(request), f"{HOME}/remettre")


def _ticked(form: Form) -> list[int]:
    """The mails chosen in a list."""
    return _ids(name.removeprefix(TICK) for name in form.fields if name.startswith(TICK))


def _chosen(request: web.Request) -> list[int]:
    """The mails that were just decided together."""
    return _ids(request.query.get("courriels", "").split("-"))


def _ids(words: Iterable[str]) -> list[int]:
    """No more of them than a list shows."""
    return [mail for mail in map(number, words) if mail][:PAGE]
