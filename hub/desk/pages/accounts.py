"""Families' accounts: found, helped in, corrected. What an agent does here is told to the account's owner by mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from aiohttp import web

from hub.accounts.finding import MOST, Person
from hub.accounts.identifiers import Renew, Sheet
from hub.accounts.names import folded, known_as
from hub.accounts.sessions import Visitor
from hub.actions.requests import Decided
from hub.core.errors import Invalid, Refused
from hub.desk.journal import acting
from hub.desk.keys import CARE, FINDING, IDENTIFIERS
from hub.desk.rights import is_administrator, may_help
from hub.desk.show import page
from hub.dossier.file import HEALTH
from hub.mailbox.joining import KIND
from hub.mailbox.threads import Author
from hub.web import forms
from hub.web.downloads import disposition
from hub.web.keys import core, rooms
from hub.web.pages.login import LONGEST_EMAIL
from hub.web.show import see_other
from hub.web.views import number

ACCOUNTS = "/bureau/comptes"
LONGEST_QUESTION = 200
NOBODY_LEFT = "Chacun dans cette famille a déjà choisi son mot de passe."
UNSURE = "Cochez cette case : le mot de passe que la personne a choisi ne fonctionnera plus."


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Who fits `?q=`."""
    question = request.query.get("q", "")[:LONGEST_QUESTION]
    found = await request.app[FINDING].search(question)
    context = {
        "question": question,
        "people": [row_of(request, person) for person in found],
        "is_cut": len(found) == MOST,
        "is_administrator": is_administrator(request, who),
        "erased": "efface" in request.query,
    }
    return await page(request, "desk/accounts.html", context)


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """One guardian, their account, and what can be done with it."""
    return await _one(request, who)


async def give(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Donner un mot de passe provisoire: it stands on this one page and nowhere else."""
    form = await forms.plain(request)
    finding = request.app[FINDING]
    account = await finding.account(_id(request))
    if not account.must_change and account.password and not form.text("sur"):
        return await _one(request, who, {"sur": UNSURE})
    async with acting(request):
        given = await rooms(request).provisional.give(account, who.name)
    known = known_as(core(request).config.entrance.by, account.login, account.email)
    context = {"person": await finding.one(_id(request)), "known": known, "url": _url(_id(request)), "given": given}
    return await page(request, "desk/given.html", context)


async def reset(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Retirer la double authentification."""
    await forms.plain(request)
    async with acting(request):
        await rooms(request).factor.reset(await request.app[FINDING].account(_id(request)), who.name)
    return see_other(_url(_id(request)))


async def change(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Enregistrer l'adresse: the service vouches for it."""
    form = await forms.plain(request)
    typed = form.text("adresse")[: LONGEST_EMAIL + 1]
    try:
        async with acting(request):
            await rooms(request).changes.set(await request.app[FINDING].account(_id(request)), typed, who.name)
    except Invalid as refused:
        return await _one(request, who, {"adresse": refused.message}, typed)
    return see_other(_url(_id(request)))


async def attach(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Rattacher au dossier: what the person has asked for, if they did, is accepted with the agent's number."""
    form = await forms.plain(request)
    account, typed = await request.app[FINDING].account(_id(request)), form.text("numero").strip()[:LONGEST_QUESTION]
    asked, rank = await rooms(request).requests.waiting(_id(request), KIND), number(form.text("rang"))
    try:
        async with acting(request):
            if asked:
                by, instead = Author(who.name, agent=who.agent), {"numero": typed, "rang": rank}
                await rooms(request).requests.decide(asked.id, Decided(True), by, "desk", instead)
            else:
                await rooms(request).joining.link(account, typed, rank)
    except Refused as refused:
        return await _one(request, who, {"numero": refused.message or "Ce compte n’existe plus."}, dossier=typed)
    return see_other(f"{ACCOUNTS}?q={quote(typed)}")


async def letter(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The letter with identifiers, as a file to print; it opens the account of who has none."""
    form = await forms.plain(request)
    person = await request.app[FINDING].one(_id(request))
    if _is_in_use(person) and not form.text("sur"):
        return await _one(request, who, {"sur": UNSURE})
    sheets = await request.app[IDENTIFIERS].make([await request.app[FINDING].guardian(person.guardian)], Renew.all)
    return await _printed(request, who, sheets, f"{person.family} {person.name}")


async def letters(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Those of the whole family, but for who has chosen a password already."""
    await forms.plain(request)
    person = await request.app[FINDING].one(_id(request))
    identifiers = request.app[IDENTIFIERS]
    sheets = await identifiers.make(await identifiers.guardians([person.family]), Renew.unused)
    if not sheets:
        return await _one(request, who, {"famille": NOBODY_LEFT})
    return await _printed(request, who, sheets, f"{person.family} famille")


async def health(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Données sanitaires of a child: shown on this one page, and that they were is written down."""
    await forms.plain(request)
    person = await request.app[FINDING].one(_id(request))
    async with acting(request):
        notes = await request.app[CARE].read(who.agent, person.family, int(request.match_info["child"]))
    context = {
        "person": person,
        "url": _url(_id(request)),
        "child": notes.child,
        "health": [(label, notes.health[kind]) for kind, label in HEALTH.items() if kind in notes.health],
    }
    return await page(request, "desk/health.html", context)


async def _printed(request: web.Request, who: Visitor, sheets: Sequence[Sheet], name: str) -> web.Response:
    """The file; what it says holds from now on."""
    paper = await request.app[IDENTIFIERS].paper(sheets)
    async with acting(request):
        await request.app[IDENTIFIERS].store(sheets, who.name)
    plain = folded(name).replace(" ", "-")
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": disposition(f"identifiants-{plain}.pdf", "attachment"),
    }
    return web.Response(body=paper, headers=headers)


async def _one(
    request: web.Request, who: Visitor, errors: dict[str, str] | None = None, typed: str = "", dossier: str = ""
) -> web.Response:
    person = await request.app[FINDING].one(_id(request))
    context = {
        **row_of(request, person),
        "is_in_use": _is_in_use(person),
        "errors": errors or {},
        "form": {"adresse": typed or person.email or person.address, "numero": dossier},
        "waits": bool(person.account) and not person.is_known,
        "days": core(request).config.security.provisional_days,
        "may_help": await may_help(request, who),
        "is_administrator": is_administrator(request, who),
        "children": await request.app[CARE].children(who.agent, person.family),
    }
    return await page(request, "desk/person.html", context, 422 if errors else 200)


def row_of(request: web.Request, person: Person) -> dict[str, Any]:
    """A guardian as lists of people show them."""
    lapsed = person.provisional_until is not None and person.provisional_until <= core(request).clock.now()
    return {"person": person, "url": _url(person.guardian), "has_lapsed": person.is_provisional and lapsed}


def _is_in_use(person: Person) -> bool:
    """Whether a password of the person's own choice would be lost."""
    return bool(person.account) and person.has_password and not person.is_provisional


def _url(guardian: int) -> str:
    return f"{ACCOUNTS}/{guardian}"


def _id(request: web.Request) -> int:
    return int(request.match_info["guardian"])
