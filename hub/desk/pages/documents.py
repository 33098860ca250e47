"""Papers that wait for an agent: one after the other, validated or refused; walked through without deciding, too."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.actions.papers import day
from hub.core.errors import Invalid
from hub.desk.guard import DOCUMENTS, REQUESTS
from hub.desk.journal import acting
from hub.desk.keys import filing
from hub.desk.show import page
from hub.dossier.models import Document
from hub.mailbox.sniff import PDF, SHOWN
from hub.mailbox.threads import Author
from hub.web import forms
from hub.web.downloads import holding, send
from hub.web.keys import rooms
from hub.web.receiving import Form
from hub.web.show import see_other
from hub.web.views import number


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The oldest one with its file and its buttons, or the one of `?document=`; then the others."""
    return await _page(request, who, number(request.query.get("document", "")))


async def decide(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Valider or Refuser; the next one follows."""
    form = await forms.plain(request)
    accept = form.text("acte") == "valider"
    try:
        until = day(form.text("jusqu_au")) if accept else None
        by = Author(who.name, agent=who.agent)
        async with acting(request):
            await rooms(request).papers.decide(_id(request), by, accept, form.text("motif"), until)
    except Invalid as refused:
        return await _page(request, who, _id(request), refused.errors, form)
    return see_other(f"{DOCUMENTS}?document={_id(request)}&fait={_id(request)}")


async def download(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The file of a paper that waits for this agent; `?apercu=1` shows a picture or a PDF within a page."""
    found = await filing(request).waits(who.agent, _id(request))
    shown = request.query.get("apercu") == "1" and found.content_type in SHOWN
    return await send(request, found.blob, found.filename, found.content_type, found.size, shown)


async def _page(
    request: web.Request,
    who: Visitor,
    wanted: int = 0,
    errors: Mapping[str, str] | None = None,
    form: Form | None = None,
) -> web.StreamResponse:
    """With the one that is wanted or, where that is decided, the one behind it; at the end of the row, its first."""
    row = await filing(request).row(who.agent, wanted)
    until = filing(request).proposed(row.here) if row.here else None
    context = {
        "undo": "" if errors else await _undo(request, who),
        "paper": _shown(request, row.here) if row.here else None,
        "behind": [_shown(request, document) for document in row.behind],
        "more": row.count - row.place - len(row.behind),
        "place": row.place,
        "count": row.count,
        "before": _link(row.before) if row.before else "",
        "after": _link(row.behind[0].id) if row.behind else "",
        "until": form.text("jusqu_au") if form else until.isoformat() if until else "",
        "errors": errors or {},
        "reason": form.text("motif") if form else "",
    }
    return holding(request, await page(request, "desk/documents.html", context, 422 if errors else 200))


async def _undo(request: web.Request, who: Visitor) -> str:
    """Where the decision that was just taken can be taken back, or ""."""
    decided = number(request.query.get("fait", ""))
    mine = await rooms(request).papers.undoable(decided, Author(who.name, agent=who.agent)) if decided else 0
    return f"{REQUESTS}/{mine}/annuler" if mine else ""


def _shown(request: web.Request, document: Document) -> Mapping[str, object]:
    kind = filing(request).kind(document.kind)
    about = document.child or document.guardian
    url = f"{DOCUMENTS}/{document.id}"
    return {
        "name": kind.name if kind else document.kind,
        "family": f"{document.family.name} ({document.family.number})",
        "person": f"{about.first_name} {about.last_name}" if about else "",
        "at": document.sent_at,
        "file": document.filename,
        "size": document.size,
        "url": url,
        "link": _link(document.id),
        "preview": f"{url}/fichier?apercu=1" if document.content_type in SHOWN else "",
        "is_pdf": document.content_type == PDF,
    }


def _link(document: int) -> str:
    return f"{DOCUMENTS}?document={document}"


def _id(request: web.Request) -> int:
    return int(request.match_info["document"])
