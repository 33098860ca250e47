"""Every address of the agents' door, which stands in the same application as the parents'."""

from __future__ import annotations

from aiohttp import web

from hub.desk.guard import ADDRESSES, DOCUMENTS, HOME, LOGIN, agent
from hub.desk.keys import FAILING, FILING, QUARANTINE
from hub.desk.pages import addresses, documents, login, quarantine
from hub.mailbox.failing import FailingAddresses
from hub.mailbox.filing import Filing
from hub.mailbox.quarantine import Quarantine

PAPER = DOCUMENTS + "/{document:[0-9]{1,18}}"
MAIL = HOME + "/{mail:[0-9]{1,18}}"


def add_to(app: web.Application, waiting: Quarantine, failing: FailingAddresses, filing: Filing) -> None:
    """The desk's pages, added to the application that `hub.web.server` made."""
    app[QUARANTINE] = waiting
    app[FAILING] = failing
    app[FILING] = filing
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
        web.get(DOCUMENTS, agent(documents.listing)),
        web.post(PAPER, agent(documents.decide)),
        web.get(f"{PAPER}/fichier", agent(documents.download)),
        web.get(HOME, agent(quarantine.listing)),
        web.get(MAIL, agent(quarantine.show)),
        web.get(f"{MAIL}/source", agent(quarantine.source)),
        web.post(f"{MAIL}/publier", agent(quarantine.accept)),
        web.post(f"{MAIL}/rejouer", agent(quarantine.replay)),
        web.post(f"{MAIL}/ecarter", agent(quarantine.discard)),
        web.post(f"{MAIL}/remettre", agent(quarantine.restore)),
    ]
