"""Mes préférences."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.preferences import Preferences
from hub.accounts.sessions import Visitor
from hub.web import forms
from hub.web.keys import core, rooms
from hub.web.show import page, see_other

PAGE = "/compte/preferences"


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The form."""
    context = {
        "chosen": await rooms(request).preferences.read(who.account),
        "town_sends_text": core(request).config.mail.parent_mail == "full",
        "done": "fait" in request.query,
    }
    return await page(request, "web/preferences.html", context)


async def choose(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Enregistrer. Where the town sends no text there was no choice, and none is made."""
    form = await forms.plain(request)
    has_choice = core(request).config.mail.parent_mail == "full"
    before = await rooms(request).preferences.read(who.account)
    chosen = Preferences(
        text_by_mail=form.text("reponses") != "annonce" if has_choice else before.text_by_mail,
        copies=bool(form.text("copies")),
    )
    await rooms(request).preferences.choose(who.account, chosen)
    return see_other(f"{PAGE}?fait=1")
