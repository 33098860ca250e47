"""Every address of the agents' door, which stands in the same application as the parents'."""

from __future__ import annotations

from aiohttp import web

from hub.desk.door import HOME, LOGIN
from hub.desk.guard import ADDRESSES, agent
from hub.desk.keys import FAILING, FINDING, IDENTIFIERS, QUARANTINE, DeskRooms
from hub.desk.pages import addresses, login, quarantine

MAIL = HOME + "/{mail:[0-9]{1,18}}"


def add_to(app: web.Application, rooms: DeskRooms) -> None:
    """The desk's pages, added to the application that `hub.web.server` made."""
    app[QUARANTINE] = rooms.quarantine
    app[FAILING] = rooms.failing
    app[FINDING] = rooms.finding
    app[IDENTIFIERS] = rooms.identifiers
    app.add_routes(routes())


def routes() -> list[web.RouteDef]:
    """All of them. No GET changes anything."""
    return [
        web.get("/bureau", login.home),
        web.get(LOGIN, login.show),
        web.post(LOGIN, login.enter),
        web.post("/bureau/deconnexion", login.leave),
        web.get(ADDRESSES, agent(addresses.listing)),
        web.post(f"{ADDRESSES}/reessayer", agent(addresses.vouch)),
        web.get(HOME, agent(quarantine.listing)),
        web.get(MAIL, agent(quarantine.show)),
        web.get(f"{MAIL}/source", agent(quarantine.source)),
        web.post(f"{MAIL}/publier", agent(quarantine.accept)),
        web.post(f"{MAIL}/rejouer", agent(quarantine.replay)),
        web.post(f"{MAIL}/ecarter", agent(quarantine.discard)),
        web.post(f"{MAIL}/remettre", agent(quarantine.restore)),
    ]
