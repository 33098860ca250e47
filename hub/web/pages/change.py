"""Changer mot de passe, by who is in. The same behind both doors."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Invalid, TooOften
from hub.web import forms
from hub.web.doors import Door
from hub.web.keys import core, rooms
from hub.web.pages.login import LONGEST
from hub.web.show import see_other


class AnotherPassword:
    """The pages, behind one door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def show(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """The form."""
        return await self._form(request, {}, done="fait" in request.query)

    async def change(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """The password is another one; every other browser is out."""
        form = await forms.plain(request)
        present, chosen, again = (form.text(name)[:LONGEST] for name in ("actuel", "mot_de_passe", "mot_de_passe2"))
        try:
            await rooms(request).renewals.confirm(who, present)
            async with self._door.acting(request):
                await rooms(request).renewals.change(who, chosen, again)
        except TooOften as refused:
            return await self._form(request, {"actuel": refused.message}, 429)
        except Invalid as refused:
            return await self._form(request, refused.errors, 422)
        return see_other(f"{self._door.renewal}?fait=1")

    async def _form(
        self, request: web.Request, errors: Mapping[str, str], status: int = 200, done: bool = False
    ) -> web.Response:
        context = {"door": self._door, "errors": errors, "security": core(request).config.security, "done": done}
        return await self._door.page(request, "own/change_password.html", context, status)
