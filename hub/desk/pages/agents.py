"""Agents' accounts, for administrators: who works here, who is administrator, who comes and who leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from hub.accounts.models import Agent
from hub.accounts.sessions import Visitor
from hub.core.editing import at_desk
from hub.desk.guard import ORGANISATION
from hub.desk.journal import acting
from hub.desk.keys import AGENT_ACCOUNTS, CONCERNS, SERVICES, STAFF
from hub.desk.pages.services import shell
from hub.desk.sheet import Field, Now, Sheet, Typed, kept, shown
from hub.desk.show import page
from hub.mailbox.models import ServiceAgent
from hub.mailbox.staff import NAME
from hub.web import forms
from hub.web.keys import core
from hub.web.show import see_other
from hub.web.views import number

AGENTS_PAGE = f"{ORGANISATION}/agents"
FIELDS = (
    Field("nom", "Prénom et nom", most=NAME, required=True, hint="Comme les familles le lisent."),
    Field("email", "Adresse e-mail", "email", required=True, hint="Les messages y arrivent ; l’agent répond de là."),
    Field("autres", "Autres adresses", "text", 2_000, "D’où l’agent peut aussi répondre. Une par ligne."),
)
DONE = {"lien": "Le lien est envoyé."}


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Who works here, with their services; then who has left."""
    agents, places = await request.app[AGENT_ACCOUNTS].here(), await request.app[STAFF].places()
    context = {
        "rows": [_row(request, one, places.get(one.id, ())) for one in agents],
        "gone": await request.app[AGENT_ACCOUNTS].gone(),
        **shell(request, who),
    }
    return await page(request, "desk/agents.html", context)


async def compose(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Ajouter un agent."""
    return await shown(request, await _new(request), Now({"service": request.query.get("service", "")}))


async def add(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The new agent, who is sent a link."""

    async def save(typed: Typed, version: int) -> None:
        agent = await request.app[STAFF].engage(typed, who.name, number(typed.get("service", "")))
        request[CONCERNS] = f"agent {agent.id}"

    return await kept(request, await _new(request), save)


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """One of them."""
    agent = await request.app[AGENT_ACCOUNTS].one(_id(request))
    places = (await request.app[STAFF].places()).get(agent.id, [])
    context = {
        "one": _row(request, agent, places),
        "aliases": agent.aliases,
        "left_at": agent.left_at,
        "is_oneself": agent.id == who.agent,
        "done": DONE.get(request.query.get("fait", ""), ""),
        **shell(request, who),
    }
    return await page(request, "desk/agent.html", context)


async def edit(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Modifier."""
    return await shown(request, await _sheet(request), await _now(request))


async def change(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Enregistrer."""

    async def save(typed: Typed, version: int) -> None:
        await request.app[STAFF].correct(_id(request), version, typed, who.name)

    return await kept(request, await _sheet(request), save, lambda: _now(request))


async def invite(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Envoyer un lien: by which to choose a password."""
    await forms.plain(request)
    async with acting(request):
        await request.app[AGENT_ACCOUNTS].invite(_id(request), who.name)
    return see_other(f"{AGENTS_PAGE}/{_id(request)}?fait=lien")


async def appoint(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Nommer administrateur."""
    await forms.plain(request)
    async with acting(request):
        await request.app[AGENT_ACCOUNTS].appoint(_id(request))
    return see_other(f"{AGENTS_PAGE}/{_id(request)}")


async def dismiss(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Retirer ce droit."""
    await forms.plain(request)
    async with acting(request):
        await request.app[AGENT_ACCOUNTS].dismiss(_id(request), who.agent)
    return see_other(f"{AGENTS_PAGE}/{_id(request)}")


async def leave(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Départ."""
    await forms.plain(request)
    async with acting(request):
        await request.app[STAFF].leave(_id(request), who.agent)
    return see_other(AGENTS_PAGE)


async def _new(request: web.Request) -> Sheet:
    services = await request.app[SERVICES].overview()
    choices = [("", "Aucun pour l’instant"), *((str(one.id), one.name) for one in services if one.is_open)]
    hint = "Un e-mail lui propose de choisir son mot de passe."
    fields = (*FIELDS, Field("service", "Service", "choice", choices=choices))
    return Sheet("Ajouter un agent", (AGENTS_PAGE, "Agents"), fields, "Ajouter et envoyer l’e-mail", hint=hint)


async def _sheet(request: web.Request) -> Sheet:
    agent = await request.app[AGENT_ACCOUNTS].one(_id(request))
    return Sheet(f"Modifier « {agent.name} »", (f"{AGENTS_PAGE}/{agent.id}", agent.name), FIELDS)


async def _now(request: web.Request) -> Now:
    agent = await request.app[AGENT_ACCOUNTS].one(_id(request))
    return Now({"nom": agent.name, "email": agent.email, "autres": "\n".join(agent.aliases)}, agent.version)


def _row(request: web.Request, agent: Agent, places: Sequence[ServiceAgent]) -> dict[str, Any]:
    config = core(request).config
    by_settings = config.security.names(agent.email)
    return {
        "id": agent.id,
        "url": f"{AGENTS_PAGE}/{agent.id}",
        "name": agent.name,
        "email": agent.email,
        "places": [
            {
                "name": one.service.name,
                "url": f"{ORGANISATION}/{one.service_id}",
                "is_head": one.is_head,
                "is_delegate": one.is_delegate,
            }
            for one in places
        ],
        "is_administrator": by_settings or (agent.is_administrator and at_desk(core(request))),
        "by_settings": by_settings,
        "has_password": bool(agent.password),
    }


def _id(request: web.Request) -> int:
    return int(request.match_info["agent"])
