"""Every address of the parents' door."""

from __future__ import annotations

from aiohttp import web

from hub.web.pages import login, static

THREAD = "/messagerie/{thread:[0-9]{1,18}}"


def routes() -> list[web.RouteDef]:
    """In the order in which they are tried."""
    return [
        web.get("/static/{version}/{name}", static.show),
        web.get("/connexion", login.show),
        web.post("/connexion", login.enter),
        web.post("/deconnexion", login.leave),
    ]
