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
    ORGANISATION,
    OUTBOX_PAGE,
    REQUESTS,
    SEEKING,
    THREADS,
    administrator,
    agent,
    head,
    helper,
)
from hub.desk.keys import DeskRooms, bind
from hub.desk.pages import (
    accounts,
    addresses,
    agents,
    asking,
    canned,
    conversations,
    documents,
    families,
    figures,
    held,
    journal,
    login,
    mailings,
    members,
    news,
    outbox,
    own,
    quarantine,
    renewal,
    requests,
    seeking,
    services,
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
SERVICE = ORGANISATION + "/{service:[0-9]{1,18}}"


def add_to(app: web.Application, rooms: DeskRooms) -> None:
    """The desk's pages, added to the application that `hub.web.server` made."""
    bind(app, rooms)
    app.add_routes(routes())


def routes() -> list[web.RouteDef]:
    """All of them. No GET changes anything."""
    return [
        *coming_in(),
        *talks(),
        *wishes(),
        *papers(),
        *held_mail(),
        *failed_mail(),
        *to_many(),
        *done_so_far(),
        *organisation(),
        *own_account(),
        *families_accounts(),
        *families_files(),
    ]


def coming_in() -> list[web.RouteDef]:
    """Before anybody is in."""
    link = "/bureau/nouveau-mot-de-passe/{token:[A-Za-z0-9_-]{1,100}}"
    return [
        web.get("/bureau", login.home),
        web.get(LOGIN, login.show),
        web.post(LOGIN, login.enter),
        web.post("/bureau/deconnexion", login.leave),
        web.get(renewal.FORGOTTEN, renewal.ask),
        web.post(renewal.FORGOTTEN, renewal.send),
        web.get(link, renewal.show),
        web.post(link, renewal.renew),
    ]


def papers() -> list[web.RouteDef]:
    """Those that families send, one after the other."""
    return [
        web.get(DOCUMENTS, agent(documents.listing)),
        web.post(PAPER, agent(documents.decide)),
        web.get(f"{PAPER}/fichier", agent(documents.download)),
    ]


def held_mail() -> list[web.RouteDef]:
    """The quarantine."""
    return [
        web.get(HOME, agent(quarantine.listing)),
        web.post(f"{HOME}/ecarter", agent(quarantine.discard_ticked)),
        web.post(f"{HOME}/remettre", agent(quarantine.restore_ticked)),
        web.get(MAIL, agent(held.show)),
        web.get(f"{MAIL}/source", agent(held.source)),
        web.post(f"{MAIL}/publier", agent(held.accept)),
        web.post(f"{MAIL}/rejouer", agent(held.replay)),
        web.post(f"{MAIL}/ecarter", agent(held.discard)),
        web.post(f"{MAIL}/refuser", agent(held.refuse)),
        web.post(f"{MAIL}/remettre", agent(held.restore)),
    ]


def failed_mail() -> list[web.RouteDef]:
    """Mail that could not be delivered, and whom nothing reaches."""
    return [
        web.get(ADDRESSES, agent(addresses.listing)),
        web.post(f"{ADDRESSES}/reessayer", agent(addresses.vouch)),
        web.get(addresses.FAMILIES, agent(addresses.families)),
        web.get(OUTBOX_PAGE, administrator(outbox.listing)),
        web.post(OUTBOX_PAGE + "/{mail:[0-9]{1,18}}", administrator(outbox.retry)),
    ]


def done_so_far() -> list[web.RouteDef]:
    """What the desk has done: its figures and its journal, each as a file too."""
    return [
        web.get(FIGURES_PAGE, agent(figures.show)),
        web.get(f"{FIGURES_PAGE}/fichier", agent(figures.file)),
        web.get(JOURNAL_PAGE, administrator(journal.listing)),
        web.get(f"{JOURNAL_PAGE}/fichier", administrator(journal.file)),
    ]


def wishes() -> list[web.RouteDef]:
    """The requests that wait for an agent's services."""
    return [
        web.get(REQUESTS, agent(requests.listing)),
        web.get(ASKED, agent(requests.show)),
        web.post(ASKED, agent(requests.decide)),
        web.post(f"{ASKED}/annuler", agent(requests.undo)),
        web.post(f"{ASKED}/lire", agent(requests.reveal)),
    ]


def talks() -> list[web.RouteDef]:
    """The conversations of an agent's services."""
    return [
        web.get(SEEKING, agent(seeking.show)),
        web.get(THREADS, agent(conversations.listing)),
        web.get(TALK, agent(conversations.show)),
        web.get(f"{TALK}/suivante", agent(conversations.following)),
        web.get(f"{TALK}/precedente", agent(conversations.preceding)),
        web.get(TALK + "/pieces/{file:[0-9]{1,18}}", agent(conversations.download)),
        web.get(f"{GUARDIAN}/ecrire", agent(conversations.compose)),
        web.post(f"{GUARDIAN}/ecrire", agent(conversations.write)),
        web.post(f"{TALK}/repondre", agent(conversations.answer)),
        web.post(f"{TALK}/note", agent(conversations.note)),
        web.post(f"{TALK}/suivre", agent(together.take)),
        web.post(f"{TALK}/confier", agent(together.assign)),
        web.post(f"{TALK}/rendre", agent(together.release)),
        web.post(f"{TALK}/transferer", agent(conversations.transfer)),
        web.post(f"{TALK}/presence", agent(together.present)),
        web.post(f"{TALK}/classer", agent(together.close)),
        web.post(f"{TALK}/rouvrir", agent(together.reopen)),
        web.post(f"{TALK}/reunir", agent(together.join)),
        web.post(TALK + "/plus-tard/{later:[0-9]{1,18}}/annuler", agent(together.recall)),
        web.post(TALK + "/plus-tard/{later:[0-9]{1,18}}/envoyer", agent(together.let_go)),
        web.get(TALK + "/plus-tard/{later:[0-9]{1,18}}/{position:[0-9]{1,18}}", agent(together.kept)),
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


def organisation() -> list[web.RouteDef]:
    """Services, kept by their heads and by administrators; agents and news, by administrators only."""
    return [
        web.get(ORGANISATION, head(services.listing)),
        web.get(f"{ORGANISATION}/nouveau", administrator(services.compose)),
        web.post(f"{ORGANISATION}/nouveau", administrator(services.open_one)),
        web.get(SERVICE, head(services.show)),
        web.get(f"{SERVICE}/modifier", head(services.edit)),
        web.post(f"{SERVICE}/modifier", head(services.change)),
        web.post(f"{SERVICE}/fermer", administrator(services.close)),
        web.post(f"{SERVICE}/rouvrir", administrator(services.reopen)),
        web.post(f"{SERVICE}/ordre", administrator(services.order)),
        *within_a_service(),
        *people(),
        *town_news(),
    ]


def within_a_service() -> list[web.RouteDef]:
    """Its themes, who works for it, and the answers they begin with."""
    theme, answer = SERVICE + "/themes/{theme:[0-9]{1,18}}", SERVICE + "/reponses/{answer:[0-9]{1,18}}"
    member = SERVICE + "/equipe/{agent:[0-9]{1,18}}"
    return [
        web.get(f"{SERVICE}/themes/nouveau", head(services.compose_theme)),
        web.post(f"{SERVICE}/themes/nouveau", head(services.add_theme)),
        web.get(theme, head(services.edit_theme)),
        web.post(theme, head(services.change_theme)),
        web.post(f"{theme}/fermer", head(services.close_theme)),
        web.post(f"{theme}/rouvrir", head(services.reopen_theme)),
        web.post(f"{theme}/ordre", head(services.order_theme)),
        web.post(f"{SERVICE}/equipe", head(members.add)),
        web.post(member, head(members.change)),
        web.post(f"{member}/retirer", head(members.remove)),
        web.get(f"{SERVICE}/reponses/nouvelle", head(canned.compose)),
        web.post(f"{SERVICE}/reponses/nouvelle", head(canned.add)),
        web.get(answer, head(canned.edit)),
        web.post(answer, head(canned.change)),
        web.post(f"{answer}/supprimer", head(canned.delete)),
        web.post(f"{answer}/ordre", head(canned.order)),
    ]


def people() -> list[web.RouteDef]:
    """Agents' accounts: only administrators."""
    one = agents.AGENTS_PAGE + "/{agent:[0-9]{1,18}}"
    return [
        web.get(agents.AGENTS_PAGE, administrator(agents.listing)),
        web.get(f"{agents.AGENTS_PAGE}/nouveau", administrator(agents.compose)),
        web.post(f"{agents.AGENTS_PAGE}/nouveau", administrator(agents.add)),
        web.get(one, administrator(agents.show)),
        web.get(f"{one}/modifier", administrator(agents.edit)),
        web.post(f"{one}/modifier", administrator(agents.change)),
        web.post(f"{one}/lien", administrator(agents.invite)),
        web.post(f"{one}/nommer", administrator(agents.appoint)),
        web.post(f"{one}/demettre", administrator(agents.dismiss)),
        web.post(f"{one}/depart", administrator(agents.leave)),
    ]


def town_news() -> list[web.RouteDef]:
    """What families read on their home page: only administrators."""
    one = news.NEWS + "/{news:[0-9]{1,18}}"
    return [
        web.get(news.NEWS, administrator(news.listing)),
        web.get(f"{news.NEWS}/nouvelle", administrator(news.compose)),
        web.post(f"{news.NEWS}/nouvelle", administrator(news.add)),
        web.get(one, administrator(news.edit)),
        web.post(one, administrator(news.change)),
        web.post(f"{one}/supprimer", administrator(news.delete)),
        web.post(f"{one}/ordre", administrator(news.order)),
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
        web.post(f"{GUARDIAN}/provisoire", helper(accounts.give)),
        web.post(f"{GUARDIAN}/double-authentification", helper(accounts.reset)),
        web.post(f"{GUARDIAN}/adresse", helper(accounts.change)),
        web.post(f"{GUARDIAN}/rattacher", helper(accounts.attach)),
        web.post(f"{GUARDIAN}/lettre", helper(accounts.letter)),
        web.post(f"{GUARDIAN}/lettres", helper(accounts.letters)),
        web.post(GUARDIAN + "/sante/{child:[0-9]{1,18}}", agent(accounts.health)),
    ]
