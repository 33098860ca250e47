"""A password of one's own in place of the provisional one, before anything else. The same behind both doors."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Conflict, Invalid, Refused
from hub.web import forms
from hub.web.doors import Door
from hub.web.keys import core, rooms
from hub.web.pages.login import LONGEST
from hub.web.receiving import Form
from hub.web.show import see_other

DIFFER = "Les deux mots de passe ne sont pas les mêmes. Tapez-les à nouveau."


class OwnPassword:
    """The pages, behind one door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def show(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """The form."""
        return await self._form(request, who)

    async def choose(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """Enregistrer; then on to the page one wanted, or to giving an address for who has none."""
        form = await forms.plain(request)
        try:
            await rooms(request).provisional.replace(who, _chosen(form))
        except Conflict:
            pass  # done in another tab
        except Refused as refused:
            return await self._form(request, who, form, refused)
        await rooms(request).sessions.go_on(who)
        if not self._door.for_agents and not (await rooms(request).changes.state(who)).is_verified:
            return see_other("/compte/adresse?premiere=1")
        return see_other(self._door.onward(request, "", form.text("suite")))

    async def _form(
        self, request: web.Request, who: Visitor, form: Form | None = None, refused: Refused | None = None
    ) -> web.Response:
        security = core(request).config.security
        suite = form.text("suite") if form else request.query.get("suite", "")
        context = {
            "name": who.name,
            "length": security.password_length,
            "mixed": security.password_mixed,
            "next": self._door.inside(suite),
        }
        return await self._door.form(request, "own/provisional.html", context, refused)


def _chosen(form: Form) -> str:
    """Raises Invalid when it was not typed twice alike."""
    password, again = form.text("mot_de_passe")[:LONGEST], form.text("confirmation")[:LONGEST]
    if password and password != again:
        raise Invalid({"confirmation": DIFFER})
    return password
