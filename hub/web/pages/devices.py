"""Where one is logged in, and the buttons that end it there. The same behind both doors."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.web import forms
from hub.web.doors import Door
from hub.web.keys import rooms
from hub.web.show import see_other


class Devices:
    """The pages, behind one door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def listing(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """All of them, this one first."""
        devices = await rooms(request).sessions.devices(who)
        return await self._door.page(request, "own/devices.html", {"door": self._door, "devices": devices})

    async def end(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """Déconnecter. A session that has ended meanwhile is as good."""
        await forms.plain(request)
        async with self._door.acting(request):
            await rooms(request).sessions.end_one(who, int(request.match_info["session"]))
        return see_other(self._door.devices)

    async def end_others(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """Déconnecter tous les autres."""
        await forms.plain(request)
        async with self._door.acting(request):
            await rooms(request).sessions.end_others(who, who.session)
        return see_other(self._door.devices)
