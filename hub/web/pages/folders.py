"""Reçus, Envoyés, Supprimés, and the search."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import NotFound
from hub.core.told import ask
from hub.mailbox.unsent import Unsent
from hub.web.keys import UNSENT, core, rooms
from hub.web.marking import Marker
from hub.web.views import DELETED, MAILBOX, RECEIVED, SENT, Box, calendar, listing, mailbox, number, thread_url

Context = dict[str, Any]
_CURSOR = re.compile(r"[0-9]{1,12}\.[0-9]{6}-[0-9]{1,18}")  # as hub.mailbox.lists writes them
LONGEST = 200  # characters of a search
_FOUND = Box("", RECEIVED.folder, "", "", "search", "Correspondant", "Date", ("", ""))
_NONE = (
    "Aucun message trouvé",
    "Essayez avec un seul mot, ou sans « s » ni accent : la recherche comprend les formes d’un même mot.",
)
_BLANK = (
    "Que cherchez-vous ?",
    "Tapez des mots de l’objet, du message ou du nom d’un fichier, ou un numéro de référence.",
)


def folder(box: Box) -> Callable[[web.Request, Visitor], Awaitable[web.StreamResponse]]:
    """The page of one folder."""

    async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
        before = _before(request)
        found, drafts = await ask(
            core(request).db,
            rooms(request).lists.asked(who.account, box.folder, before),
            request.app[UNSENT].asked_latest(who.account),
        )
        context = {
            "listing": listing(box, found, calendar(request), before),
            "drafts": _begun(drafts) if box is RECEIVED and not before else (),
            "notice": await _notice(request, who),
            "unread": found.unread,
        }
        return await mailbox(request, who, "web/inbox.html", box.slug, context)

    return show


received, sent, deleted = folder(RECEIVED), folder(SENT), folder(DELETED)


async def search(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Threads in which every word occurs."""
    asked = " ".join(request.query.get("q", "").split())[:LONGEST]
    before = _before(request)
    found = await rooms(request).lists.search(who.account, who.family, asked, before)
    title, text = _NONE if asked else _BLANK
    top = f"{MAILBOX}/recherche?q={quote(asked)}"
    shown = listing(_FOUND, found, calendar(request), marker=Marker(asked)) | {
        "title": f"Recherche : {asked}" if asked else "Recherche",
        "url": f"{top}&avant={before}" if before else top,
        "query": asked,
        "older_url": f"{top}&avant={found.older}" if found.older else "",
        "newer_url": top if before else "",
        "empty": {"icon": "search", "title": title, "text": text},
    }
    return await mailbox(request, who, "web/inbox.html", "", {"listing": shown, "drafts": (), "notice": None})


def _before(request: web.Request) -> str:
    before = request.query.get("avant", "")
    return before if _CURSOR.fullmatch(before) else ""


def _begun(drafts: Sequence[Unsent]) -> list[Context]:
    """Messages that were not sent; a paper waits on the home page."""
    return [
        {
            "url": f"{MAILBOX}/nouveau?brouillon={draft.key}",
            "subject": draft.typed.subject,
            "saved_at": draft.saved_at,
        }
        for draft in drafts
        if not draft.typed.paper
    ]


async def _notice(request: web.Request, who: Visitor) -> Context | None:
    """What just happened, after a redirect; an id of somebody else's thread says nothing."""
    if request.query.get("fait") == "brouillon":
        return {"text": "Brouillon supprimé.", "tone": "", "sign": "trash", "undo": None}
    thread = number(request.query.get("supprime", ""))
    if not thread:
        return None
    try:
        subject = (await rooms(request).threads.visible(thread, who.account)).subject
    except NotFound:
        return None
    undo = {"url": f"{thread_url(thread)}/restaurer", "label": "Annuler"}
    return {"text": f"Conversation supprimée : « {subject} ».", "tone": "", "sign": "trash", "undo": undo}
