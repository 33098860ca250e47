"""Style sheets, scripts and icons."""

from __future__ import annotations

from aiohttp import web

from hub.web.keys import STATICS


async def show(request: web.Request) -> web.Response:
    """A file of hub/web/static. Raises HTTPNotFound."""
    match = request.match_info
    return request.app[STATICS].respond(match["name"], match["version"], request.headers)
