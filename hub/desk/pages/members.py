"""Who answers for a service: added, placed and removed by its heads and by administrators."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Invalid
from hub.desk.guard import ORGANISATION
from hub.desk.journal import acting
from hub.desk.keys import CONCERNS, STAFF
from hub.desk.pages.services import one
from hub.desk.rights import is_administrator
from hub.mailbox.staff import Staff
from hub.web import forms
from hub.web.show import see_other
from hub.web.views import number


async def add(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Ajouter."""
    form = await forms.plain(request)
    agent, is_delegate = number(form.text("agent")), form.text("place") == "delegue"
    request[CONCERNS] = f"agent {agent}, {_role(is_delegate, False)}"
    try:
        async with acting(request):
            await _staff(request).add(_service(request), agent, is_delegate)
    except Invalid as refused:
        return await one(request, who, refused.errors)
    return _back(request)


async def change(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Agent or delegate; head or not, where an administrator says so."""
    form = await forms.plain(request)
    is_head = bool(form.text("responsable")) if is_administrator(request, who) else None
    is_delegate, before = form.text("place") == "delegue", form.text("vu")
    request[CONCERNS] = _role(is_delegate, bool(is_head))
    async with acting(request):
        await _staff(request).change(_service(request), _agent(request), before, is_delegate, is_head)
    return _back(request)


async def remove(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Retirer."""
    await forms.plain(request)
    async with acting(request):
        await _staff(request).remove(_service(request), _agent(request), is_administrator(request, who))
    return _back(request)


def _role(is_delegate: bool, is_head: bool) -> str:
    return ("délégué" if is_delegate else "agent") + (" et responsable" if is_head else "")


def _back(request: web.Request) -> web.Response:
    return see_other(f"{ORGANISATION}/{_service(request)}#equipe")


def _staff(request: web.Request) -> Staff:
    return request.app[STAFF]


def _service(request: web.Request) -> int:
    return int(request.match_info["service"])


def _agent(request: web.Request) -> int:
    return int(request.match_info["agent"])
