"""The conditions of use, before anything else: for who has not accepted them as they are now."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Invalid
from hub.web import forms
from hub.web.doors import PARENTS
from hub.web.keys import core, rooms
from hub.web.pages.register import UNREAD, paragraphs
from hub.web.receiving import Form
from hub.web.show import see_other

CHANGED = "Les conditions viennent de changer : lisez-les à nouveau."


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The conditions."""
    return await _form(request, who)


async def accept(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Accepter; then on to the page one wanted."""
    form = await forms.plain(request)
    if not form.text("accepte"):
        return await _form(request, who, form, Invalid({"accepte": UNREAD}))
    if not await rooms(request).terms.accept(who, form.text("version")):
        return await _form(request, who, form, Invalid({"accepte": CHANGED}))
    await rooms(request).sessions.go_on(who)
    return see_other(PARENTS.onward(request, "", form.text("suite")))


async def _form(
    request: web.Request, who: Visitor, form: Form | None = None, refused: Invalid | None = None
) -> web.Response:
    registration = core(request).config.registration
    context = {
        "name": who.name,
        "version": registration.terms_version,
        "paragraphs": paragraphs(registration.terms),
        "next": PARENTS.inside(form.text("suite") if form else request.query.get("suite", "")),
    }
    return await PARENTS.form(request, "web/terms.html", context, refused)
