"""Answers that a service's agents begin with: written, looked at with a sample's words, ordered."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.desk.canned import filled
from hub.desk.guard import ORGANISATION
from hub.desk.journal import acting
from hub.desk.keys import CANNED, CONCERNS
from hub.desk.pages.services import back_to
from hub.desk.sheet import Field, Now, Sheet, Typed, kept, shown
from hub.mailbox.canned import NAME, PLACES, CannedAnswers
from hub.web import forms
from hub.web.keys import core
from hub.web.show import see_other

SAMPLE = {"famille": "Durand", "dossier": "2148", "objet": "Cantine du mercredi"}
HINT = f"Le portail remplit {', '.join(f'{{{place}}}' for place in PLACES[:-1])} et {{{PLACES[-1]}}}."


async def compose(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Écrire une réponse type."""
    return await shown(request, await _sheet(request, who, "Écrire une réponse type"), Now())


async def add(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The new answer."""

    async def save(typed: Typed, version: int) -> None:
        request[CONCERNS] = f"réponse type {await _canned(request).add(_service(request), typed)}"

    return await kept(request, await _sheet(request, who, "Écrire une réponse type"), save)


async def edit(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Modifier une réponse type."""
    return await shown(request, await _sheet(request, who, "Modifier une réponse type"), await _now(request))


async def change(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Enregistrer."""

    async def save(typed: Typed, version: int) -> None:
        await _canned(request).change(_service(request), _answer(request), version, typed)

    sheet = await _sheet(request, who, "Modifier une réponse type")
    return await kept(request, sheet, save, lambda: _now(request))


async def delete(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Supprimer."""
    await forms.plain(request)
    async with acting(request):
        await _canned(request).delete(_service(request), _answer(request))
    return _back(request)


async def order(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Monter, descendre."""
    form = await forms.plain(request)
    async with acting(request):
        await _canned(request).move(_service(request), _answer(request), form.text("sens") == "haut")
    return _back(request)


async def _sheet(request: web.Request, who: Visitor, title: str) -> Sheet:
    back = await back_to(request, _service(request), "#reponses")
    words = SAMPLE | {"service": back[1], "agent": who.name}
    fields = (
        Field("nom", "Nom", most=NAME, required=True, hint="Ce que les agents choisissent."),
        Field("texte", "Texte", "text", core(request).config.limits.body_length, HINT, required=True),
    )
    return Sheet(title, back, fields, preview=lambda typed: {"text": filled(typed.get("texte", ""), words)})


async def _now(request: web.Request) -> Now:
    found = await _canned(request).one(_service(request), _answer(request))
    return Now({"nom": found.name, "texte": found.text}, found.version)


def _back(request: web.Request) -> web.Response:
    return see_other(f"{ORGANISATION}/{_service(request)}#reponses")


def _canned(request: web.Request) -> CannedAnswers:
    return request.app[CANNED]


def _service(request: web.Request) -> int:
    return int(request.match_info["service"])


def _answer(request: web.Request) -> int:
    return int(request.match_info["answer"])
