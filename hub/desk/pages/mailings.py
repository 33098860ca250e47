"""Messages to many families: written, looked at with their count, sent; administrators only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Conflict, Refused
from hub.desk.guard import MAILINGS
from hub.desk.journal import acting
from hub.desk.keys import CONCERNS, MAILED
from hub.desk.pages.conversations import forgotten
from hub.desk.show import page
from hub.mailbox.mailings import Mailings
from hub.mailbox.models import Mailing
from hub.mailbox.threads import Author, StoredFile
from hub.web import forms
from hub.web.keys import rooms
from hub.web.show import see_other
from hub.web.views import number

STATES = {
    "draft": ("À vérifier", "warn", "alert"),
    "sending": ("En cours d’envoi", "warn", "clock"),
    "sent": ("Envoyé", "good", "check"),
    "dropped": ("Abandonné", "", "close"),
}


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The last ones."""
    rows = await _rows(request, await _mailings(request).latest())
    return await page(request, "desk/mailings.html", {"rows": rows})


async def compose(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The form."""
    return await _form(request, {})


async def prepare(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Vérifier avant d'envoyer: nothing goes yet."""
    files: list[StoredFile] = []
    form = await forms.read(request, files.append)
    try:
        form.check()
        by, whom = Author(who.name, agent=who.agent), {c.slug: form.text(c.slug) for c in _mailings(request).criteria}
        service, subject, text = number(form.text("service")), form.text("objet"), form.text("message")
        async with acting(request):
            mailing = await _mailings(request).draft(by, service, subject, text, whom, files)
            request[CONCERNS] = f"envoi {mailing.id}"
    except Refused as refused:
        return await _form(request, form.fields, await forgotten(request, refused, files))
    return see_other(f"{MAILINGS}/{mailing.id}")


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """One: whom it would reach, or how far it has come."""
    found = await _mailings(request).find(_id(request))
    reach, gone = None, ""
    try:
        reach = await _mailings(request).reach(found.whom) if found.state == "draft" else None
    except Conflict as refused:  # a criterion that is no longer there: it can only be given up
        gone = refused.message
    [one] = await _rows(request, [found])
    context = {
        "one": one,
        "text": found.text,
        "files": [(name, int(size)) for _, name, _, size, _ in found.files],
        "reach": reach,
        "gone": gone,
    }
    return await page(request, "desk/mailing.html", context)


async def send(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Envoyer: to as many as were shown, or to nobody."""
    form = await forms.plain(request)
    async with acting(request):
        await _mailings(request).send(_id(request), number(form.text("nombre")))
    return see_other(f"{MAILINGS}/{_id(request)}")


async def drop(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Abandonner."""
    await forms.plain(request)
    async with acting(request):
        await _mailings(request).drop(_id(request))
    return see_other(MAILINGS)


async def _form(
    request: web.Request, typed: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> web.Response:
    context = {
        "services": [(str(one.id), one.name) for one in await rooms(request).directory.choices()],
        "criteria": [
            {"slug": c.slug, "label": c.label, "anybody": c.anybody, "choices": await c.choices()}
            for c in _mailings(request).criteria
        ],
        "typed": typed,
        "errors": errors or {},
    }
    return await page(request, "desk/mailing_form.html", context, 422 if errors else 200)


async def _rows(request: web.Request, mailings: Sequence[Mailing]) -> list[dict[str, Any]]:
    said = await _mailings(request).criteria.said([one.whom for one in mailings])
    return [_row(one, whom or "Toutes les familles") for one, whom in zip(mailings, said, strict=True)]


def _row(one: Mailing, whom: str) -> dict[str, Any]:
    words, tone, sign = STATES[one.state]
    return {
        "url": f"{MAILINGS}/{one.id}",
        "subject": one.subject,
        "service": one.service.name,
        "whom": whom,
        "author": one.author,
        "at": one.created_at,
        "state": one.state,
        "words": words,
        "tone": tone,
        "sign": sign,
        "count": one.count,
    }


def _mailings(request: web.Request) -> Mailings:
    return request.app[MAILED]


def _id(request: web.Request) -> int:
    return int(request.match_info["mailing"])
