"""The parents' door: the aiohttp application, made from a hub's rooms. Nothing here outlives the application."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.profiles import Profiles
from hub.actions.listing import RequestLists
from hub.mailbox.receipts import Receipts
from hub.mailbox.unsent import UnsentMessages
from hub.web.clients import Proxies
from hub.web.keys import LINES, PROFILES, PROXIES, RECEIPTS, RENDERER, REQUESTED, ROOMS, STATICS, UNSENT, Rooms
from hub.web.lines import Lines
from hub.web.middleware import middlewares, securing
from hub.web.render import Renderer
from hub.web.routes import routes
from hub.web.statics import Statics

__all__ = ["Rooms", "application"]


def application(rooms: Rooms) -> web.Application:
    """The application for the hub that has these rooms. Raises ConfigError for settings it cannot work with."""
    config = rooms.core.config
    app = web.Application(middlewares=middlewares())
    app[ROOMS] = rooms
    app[PROXIES] = Proxies(config.web.trusted_proxies)
    app[STATICS] = Statics(config.town.colour)
    app[RENDERER] = Renderer(rooms.core, app[STATICS])
    app[PROFILES] = Profiles(rooms.core)
    app[RECEIPTS] = Receipts(rooms.core)
    app[UNSENT] = UnsentMessages(rooms.core)
    app[LINES] = Lines()
    app[REQUESTED] = RequestLists(rooms.core)
    app.on_response_prepare.append(securing(config))
    app.on_shutdown.append(_end_lines)
    app.add_routes(routes())
    return app


async def _end_lines(app: web.Application) -> None:
    """Open pages would hold the shutdown up for as long as they stay open."""
    app[LINES].end()
