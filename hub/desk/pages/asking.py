"""Pièce manquante: asked for in a conversation, and no longer asked for."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Invalid
from hub.desk.conversing import Typing, conversation
from hub.desk.journal import acting
from hub.desk.keys import ASKING
from hub.desk.pages.conversations import author, back, key_of
from hub.mailbox.asking import Typed
from hub.web import forms

FIELDS = ("piece_demandee", "nom_piece", "avant_le", "precision")


async def ask(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Demander la pièce."""
    form = await forms.plain(request)
    typed = {name: form.text(name) for name in FIELDS}
    thread, key = int(request.match_info["thread"]), key_of(form)
    try:
        async with acting(request):
            await request.app[ASKING].ask(author(who), thread, Typed(*typed.values()), key)
    except Invalid as refused:
        return await conversation(request, who, refused.errors, Typing(asked=typed))
    return back(request, "piece")


async def drop(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Ne plus la demander."""
    await forms.plain(request)
    thread, paper = int(request.match_info["thread"]), int(request.match_info["paper"])
    async with acting(request):
        await request.app[ASKING].drop(author(who), thread, paper)
    return back(request, "abandonner")
