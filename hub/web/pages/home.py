"""The home page: what waits first, then where to go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.config import Home, Link, Tile
from hub.core.french import euros, whole_date
from hub.dossier.dues import Dues
from hub.dossier.required import Owed
from hub.mailbox.asking import Wanted
from hub.mailbox.lists import Folder, Row
from hub.mailbox.models import News
from hub.mailbox.unsent import Unsent
from hub.web.keys import PROFILES, UNSENT, core, rooms
from hub.web.pages import documents
from hub.web.pages.public import picture_url
from hub.web.show import page
from hub.web.views import MAILBOX, paper_url, thread_url

Context = dict[str, Any]
MOST = 3  # unread answers that are shown
NO_ADDRESS = {
    "title": "Donnez votre adresse e-mail",
    "text": "Vous serez averti quand un service vous répond, et vous pourrez retrouver un mot de passe oublié.",
    "at": None,
    "url": "/compte/adresse",
    "action": "Donner mon adresse",
}
PAGES = {  # of a town's own tiles: where they lead, and their sign
    "messages": (MAILBOX, "inbox"),
    "write": (f"{MAILBOX}/nouveau", "pen"),
    "file": ("/dossier", "user"),
    "contact-data": ("/dossier#coordonnees", "pen"),
    "children": ("/enfants", "home"),
    "documents": ("/documents", "file"),
    "send-document": ("/documents/envoyer", "upload"),
    "requests": ("/demandes", "clock"),
    "new-request": ("/demandes/nouvelle", "pen"),
    "account": ("/compte", "user"),
    "password": ("/compte/mot-de-passe", "lock"),
}
TILES = (
    {
        "title": "Mon dossier",
        "links": (
            {"url": "/dossier", "icon": "user", "label": "Consulter mon dossier"},
            {"url": "/enfants", "icon": "home", "label": "Mes enfants"},
            {"url": "/documents", "icon": "file", "label": "Mes documents"},
            {"url": "/demandes", "icon": "clock", "label": "Liste des demandes"},
            {"url": "/compte/mot-de-passe", "icon": "lock", "label": "Changer mot de passe"},
        ),
    },
    {
        "title": "Nous contacter",
        "links": (
            {"url": MAILBOX, "icon": "inbox", "label": "Consulter mes messages"},
            {"url": f"{MAILBOX}/nouveau", "icon": "pen", "label": "Communiquer avec un service de la mairie"},
        ),
    },
)


async def show(request: web.Request, who: Visitor) -> web.Response:
    """What waits for this guardian, the services, their own data."""
    received = await rooms(request).lists.folder(who.account, Folder.received)
    unread = [row for row in received.rows if row.unread]
    drafts = await request.app[UNSENT].latest(who.account)
    profile = await request.app[PROFILES].of(who.account)
    filing = rooms(request).filing
    owed = await filing.owed(profile.guardian, who.account)
    wanted = await rooms(request).asking.of_account(who.account)
    provider = rooms(request).dues
    dues = await provider.of(profile.guardian) if provider else None
    context = {
        "today": core(request).clock.now(),
        "guardian": profile,
        "waiting": [
            *(_answer(row) for row in unread[:MOST]),
            *(_wanted(one) for one in wanted[:MOST]),
            *([_invoices(dues)] if dues and dues.unpaid else []),
            *(_paper(one) for one in owed[:MOST]),
            *(_draft(request, draft) for draft in drafts[:1]),
            *([] if who.email else [NO_ADDRESS]),
        ],
        "dues": dues,
        "day": _today(request),
        "tiles": _tiles(core(request).config.home.tiles),
        "news": [_told(core(request).config.home, one) for one in await rooms(request).news.shown()],
        "services": await _services(request),
        "notice": None,
    }
    return await page(request, "web/home.html", context)


def _today(request: web.Request) -> date:
    return core(request).clock.now().astimezone(core(request).config.town.tz).date()


def _tiles(chosen: Sequence[Tile]) -> Sequence[Context]:
    """The town's own, or those that any town has."""
    own = [{"title": tile.title, "links": [_link(link) for link in tile.links]} for tile in chosen]
    return own or TILES


def _link(link: Link) -> Context:
    url, sign = PAGES[link.page]
    return {"url": url, "icon": sign, "label": link.label}


def _told(home: Home, one: News) -> Context:
    """With a picture, where there is one that may be shown."""
    picture = picture_url(home, one.picture)
    return {"title": one.title, "text": one.text, "link": one.link, "picture": picture, "alt": one.alt}


def _answer(row: Row) -> Context:
    return {
        "title": f"{row.service} vous a répondu",
        "text": f"« {row.subject} » — {row.snippet}",
        "at": row.at,
        "url": f"{thread_url(row.thread)}#nouveaux",
        "action": "Lire la réponse",
    }


def _wanted(paper: Wanted) -> Context:
    return {
        "title": f"Il manque : {paper.name}",
        "text": f"{paper.by} l’attend au plus tard le {whole_date(paper.until)}.",
        "at": None,
        "url": f"{thread_url(paper.thread)}#repondre",
        "action": "Envoyer la pièce",
    }


def _invoices(dues: Dues) -> Context:
    """All that is unpaid, as one thing to do."""
    count, when = len(dues.unpaid), ""
    if dues.first_due:
        day = whole_date(dues.first_due)
        when = f", la première échéance est le {day}" if count > 1 else f", au plus tard le {day}"
    return {
        "title": f"{count} factures à payer" if count > 1 else "Une facture à payer",
        "text": f"{euros(dues.total)}{when}.",
        "at": None,
        "url": "#factures",
        "action": "Voir mes factures" if count > 1 else "Voir la facture",
    }


def _paper(owed: Owed) -> Context:
    asked = documents.asked(owed)
    title = f"{asked['title']} : {asked['why'].lower()}"
    return {"title": title, "text": asked["text"], "at": None, "url": asked["url"], "action": "Envoyer le document"}


def _draft(request: web.Request, draft: Unsent) -> Context:
    if draft.typed.paper:
        return _begun(request, draft)
    return {
        "title": "Un message commencé n’est pas envoyé",
        "text": f"« {draft.typed.subject} »" if draft.typed.subject else "Il n’a pas encore d’objet.",
        "at": draft.saved_at,
        "url": f"{MAILBOX}/nouveau?brouillon={draft.key}",
        "action": "Reprendre",
    }


def _begun(request: web.Request, draft: Unsent) -> Context:
    """A document that was begun."""
    kind = rooms(request).filing.kind(draft.typed.paper.partition(":")[0])
    return {
        "title": "Un document commencé n’est pas envoyé",
        "text": f"« {kind.name} »" if kind else "Il reste à choisir lequel.",
        "at": draft.saved_at,
        "url": paper_url(draft.key),
        "action": "Reprendre",
    }


async def _services(request: web.Request) -> list[Context]:
    choices = await rooms(request).directory.choices()
    return [
        {"slug": str(s.id), "name": s.name, "description": s.description, "delay": s.delay, "phone": s.phone}
        for s in choices
    ]
