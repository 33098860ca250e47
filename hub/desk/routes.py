"""Every address of the agents' door, which stands in the same application as the parents'."""

from __future__ import annotations

from aiohttp import web

from hub.desk.door import AGENTS, HOME, LOGIN
from hub.desk.guard import (
    ADDRESSES,
    DOCUMENTS,
    FIGURES_PAGE,
    JOURNAL_PAGE,
    MAILINGS,
    OUTBOX_PAGE,
    REQUESTS,
    THREADS,
    administrator,
    agent,
    unwritten,
)
from hub.desk.keys import (
    ASKING,
    CARE,
    ERASURE,
    EXPORT,
    FAILING,
    FIGURES,
    FILING,
    FINDING,
    HANDLING,
    IDENTIFIERS,
    JOINING,
    JOURNAL,
    LATER,
    MAILED,
    OUTBOX,
    PRESENCE,
    QUARANTINE,
    UNSENT_MAIL,
    DeskRooms,
)
from hub.desk.pages import (
    accounts,
    addresses,
    asking,
    conversations,
    documents,
    families,
    figures,
    journal,
    login,
    mailings,
    outbox,
    own,
    quarantine,
    renewal,
    requests,
    together,
)
from hub.web.pages.change import AnotherPassword
from hub.web.pages.devices import Devices
from hub.web.pages.factor import Factor
from hub.web.pages.provisional import OwnPassword

GUARDIAN = accounts.ACCOUNTS + "/{guardian:[0-9]{1,18}}"
PAPER = DOCUMENTS + "/{document:[0-9]{1,18}}"
ASKED = REQUESTS + "/{request:[0-9]{1,18}}"
TALK = THREADS + "/{thread:[0-9]{1,18}}"
MAIL = HOME + "/{mail:[0-9]{1,18}}"


def add_to(app: web.Application, rooms: DeskRooms) -> None:
    """The desk's pages, added to the application that `hub.web.server` made."""
    app[QUARANTINE] = rooms.quarantine
    app[FAILING] = rooms.failing
    app[FILING] = rooms.filing
    app[HANDLING] = rooms.handling
    app[ASKING] = rooms.asking
    app[LATER] = rooms.later
    app[PRESENCE] = rooms.presence
    app[JOINING] = rooms.thread_joining
    app[MAILED] = rooms.mailings
    app[JOURNAL] = rooms.journal
    app[OUTBOX] = rooms.outbox
    app[UNSENT_MAIL] = rooms.unsent
    app[FIGURES] = rooms.figures
    app[FINDING] = rooms.finding
    app[IDENTIFIERS] = rooms.identifiers
    app[CARE] = rooms.care
    app[EXPORT] = rooms.export
    app[ERASURE] = rooms.erasure
    app.add_routes(routes())


def routes() -> list[web.RouteDef]:
    """All of them. No GET changes anything."""
    return [
        web.get("/bureau", login.home),
        web.get(LOGIN, login.show),
        web.post(LOGIN, login.enter),
        web.post("/bureau/deconnexion", login.leave),
        web.get(renewal.FORGOTTEN, renewal.ask),
        web.post(renewal.FORGOTTEN, renewal.send),
        web.get("/bureau/nouveau-mot-de-passe/{token:[A-Za-z0-9_-]{1,100}}", renewal.show),
        web.post("/bureau/nouveau-mot-de-passe/{token:[A-Za-z0-9_-]{1,100}}", renewal.renew),
        web.get(ADDRESSES, agent(addresses.listing)),
        web.post(f"{ADDRESSES}/reessayer", agent(addresses.vouch)),
        web.get(DOCUMENTS, agent(documents.listing)),
        web.post(PAPER, agent(documents.decide)),
        web.get(f"{PAPER}/fichier", agent(documents.download)),
        *talks(),
        *to_many(),
        web.get(OUTBOX_PAGE, administrator(outbox.listing)),
        web.post(OUTBOX_PAGE + "/{mail:[0-9]{1,18}}", administrator(outbox.retry)),
        web.get(FIGURES_PAGE, agent(figures.show)),
        web.get(f"{FIGURES_PAGE}/fichier", agent(figures.file)),
        web.get(JOURNAL_PAGE, administrator(journal.listing)),
        web.get(f"{JOURNAL_PAGE}/fichier", administrator(journal.file)),
        web.get(REQUESTS, agent(requests.listing)),
        web.get(ASKED, agent(requests.show)),
        web.post(ASKED, agent(requests.decide)),
        web.post(f"{ASKED}/annuler", agent(requests.undo)),
        web.post(f"{ASKED}/lire", agent(requests.reveal)),
        *own_account(),
        *families_accounts(),
        *families_files(),
        web.get(HOME, agent(quarantine.listing)),
        web.get(MAIL, agent(quarantine.show)),
        web.get(f"{MAIL}/source", agent(quarantine.source)),
        web.post(f"{MAIL}/publier", agent(quarantine.accept)),
        web.post(f"{MAIL}/rejouer", agent(quarantine.replay)),
        web.post(f"{MAIL}/ecarter", agent(quarantine.discard)),
        web.post(f"{MAIL}/remettre", agent(quarantine.restore)),
    ]


def talks() -> list[web.RouteDef]:
    """The conversations of an agent's services."""
    return [
        web.get(THREADS, agent(conversations.listing)),
        web.get(TALK, agent(conversations.show)),
        web.get(TALK + "/pieces/{file:[0-9]{1,18}}", agent(conversations.download)),
        web.get(f"{GUARDIAN}/ecrire", agent(conversations.compose)),
        web.post(f"{GUARDIAN}/ecrire", agent(conversations.write)),
        web.post(f"{TALK}/repondre", agent(conversations.answer)),
        web.post(f"{TALK}/note", agent(conversations.note)),
        web.post(f"{TALK}/suivre", agent(conversations.take)),
        web.post(f"{TALK}/rendre", agent(conversations.release)),
        web.post(f"{TALK}/transferer", agent(conversations.transfer)),
        web.post(f"{TALK}/presence", unwritten(together.present)),
        web.post(f"{TALK}/classer", agent(together.close)),
        web.post(f"{TALK}/rouvrir", agent(together.reopen)),
        web.post(f"{TALK}/reunir", agent(together.join)),
        web.post(TALK + "/plus-tard/{later:[0-9]{1,18}}/annuler", agent(together.recall)),
        web.post(f"{TALK}/piece", agent(asking.ask)),
        web.post(TALK + "/piece/{paper:[0-9]{1,18}}/abandonner", agent(asking.drop)),
    ]


def to_many() -> list[web.RouteDef]:
    """Messages to many families: only administrators."""
    one = MAILINGS + "/{mailing:[0-9]{1,18}}"
    return [
        web.get(MAILINGS, administrator(mailings.listing)),
        web.get(f"{MAILINGS}/nouveau", administrator(mailings.compose)),
        web.post(f"{MAILINGS}/nouveau", administrator(mailings.prepare)),
        web.get(one, administrator(mailings.show)),
        web.post(f"{one}/envoyer", administrator(mailings.send)),
        web.post(f"{one}/abandonner", administrator(mailings.drop)),
    ]


def own_account() -> list[web.RouteDef]:
    """An agent's own, and what may be owed before anything else is seen."""
    devices, factor, password = Devices(AGENTS), Factor(AGENTS), OwnPassword(AGENTS)
    another = AnotherPassword(AGENTS)
    return [
        web.get(AGENTS.code, AGENTS.owing("totp", factor.ask)),
        web.post(AGENTS.code, AGENTS.owing("totp", factor.answer)),
        web.get(AGENTS.provisional, AGENTS.owing("password", password.show)),
        web.post(AGENTS.provisional, AGENTS.owing("password", password.choose)),
        web.get(AGENTS.account, agent(own.show)),
        web.get(AGENTS.renewal, agent(another.show)),
        web.post(AGENTS.renewal, agent(another.change)),
        web.get(AGENTS.devices, agent(devices.listing)),
        web.post(f"{AGENTS.devices}/autres", agent(devices.end_others)),
        web.post(AGENTS.devices + "/{session:[0-9]{1,18}}", agent(devices.end)),
        web.get(AGENTS.factor, agent(factor.show)),
        web.post(AGENTS.factor, agent(factor.enrol)),
        web.post(f"{AGENTS.factor}/codes", agent(factor.renew)),
        web.post(f"{AGENTS.factor}/desactiver", agent(factor.turn_off)),
    ]


def families_files() -> list[web.RouteDef]:
    """What only administrators do with what is held on families."""
    return [
        web.get(families.IMPORT, administrator(families.ask)),
        web.post(families.IMPORT, administrator(families.bring_in)),
        web.post(f"{GUARDIAN}/export", administrator(families.hand_out)),
        web.get(f"{GUARDIAN}/effacer", administrator(families.warn)),
        web.post(f"{GUARDIAN}/effacer", administrator(families.erase)),
    ]


def families_accounts() -> list[web.RouteDef]:
    """Whom agents help to come in."""
    return [
        web.get(accounts.ACCOUNTS, agent(accounts.listing)),
        web.get(GUARDIAN, agent(accounts.show)),
        web.post(f"{GUARDIAN}/provisoire", agent(accounts.give)),
        web.post(f"{GUARDIAN}/double-authentification", agent(accounts.reset)),
        web.post(f"{GUARDIAN}/adresse", agent(accounts.change)),
        web.post(f"{GUARDIAN}/rattacher", agent(accounts.attach)),
        web.post(f"{GUARDIAN}/lettre", agent(accounts.letter)),
        web.post(f"{GUARDIAN}/lettres", agent(accounts.letters)),
        web.post(GUARDIAN + "/sante/{child:[0-9]{1,18}}", agent(accounts.health)),
    ]
