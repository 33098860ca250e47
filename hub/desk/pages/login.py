"""Agents coming in and going out."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from hub.accounts.login import Lapsed
from hub.accounts.models import Agent
from hub.accounts.names import fold
from hub.core.errors import Invalid, Refused
from hub.desk.door import LOGIN, START, inside
from hub.desk.guard import is_in
from hub.desk.show import page
from hub.web import csrf, forms
from hub.web.keys import rooms, visitor
from hub.web.pages.login import LONGEST, LONGEST_EMAIL, admit, client, dismiss
from hub.web.receiving import Form
from hub.web.show import see_other
from hub.web.trouble import of_refusal, retry_after

WRONG = "Adresse e-mail ou mot de passe incorrect. Vérifiez les majuscules, puis réessayez."
LAPSED = (
    "Votre mot de passe provisoire n’est plus valable. Demandez-en un nouveau à la personne qui administre le portail."
)
_EMPTY = {"identifiant": "Indiquez votre adresse e-mail.", "mot_de_passe": "Indiquez votre mot de passe."}


async def home(request: web.Request) -> web.Response:
    """The desk opens on its queue."""
    return see_other(START)


async def show(request: web.Request) -> web.Response:
    """The form; an agent who is in already goes on."""
    who, onward = visitor(request), inside(request.query.get("suite", ""))
    if who is not None and is_in(who):
        return see_other(onward)
    return await _form(request, onward)


async def enter(request: web.Request) -> web.Response:
    """An address and a password. Whatever is wrong with them, the answer is the same."""
    form = await forms.plain(request)
    onward = inside(form.text("suite"))
    try:
        found = await _agent(request, form)
    except Refused as refused:
        return await _form(request, onward, form.text("identifiant"), refused)
    return await admit(request, found, onward)


async def leave(request: web.Request) -> web.Response:
    """Déconnexion."""
    return await dismiss(request, LOGIN)


async def _agent(request: web.Request, form: Form) -> Agent:
    """Raises Invalid for fields left empty, Refused without naming a field when the two do not fit, TooOften."""
    empty = {name: sentence for name, sentence in _EMPTY.items() if not form.text(name).strip()}
    if empty:
        raise Invalid(empty)
    email, password = fold(form.text("identifiant"))[:LONGEST_EMAIL], form.text("mot_de_passe")[:LONGEST]
    try:
        return await rooms(request).login.agent(email, password, client(request))
    except Lapsed as lapsed:
        raise Refused(LAPSED) from lapsed
    except Invalid as wrong:
        raise Refused(WRONG) from wrong


async def _form(request: web.Request, onward: str, typed: str = "", refused: Refused | None = None) -> web.Response:
    csrf.bind(request)
    who = visitor(request)
    context: dict[str, Any] = {
        "form": {"identifiant": typed[:LONGEST_EMAIL]},
        "errors": _errors(refused),
        "next": onward,
        "expired": who is not None and bool(who.agent) and who.lapsed,
    }
    trouble = of_refusal(refused) if refused else None
    response = await page(request, "desk/login.html", context, trouble.status if trouble else 200)
    return retry_after(response, trouble.retry_after if trouble else 0)


def _errors(refused: Refused | None) -> dict[str, str]:
    """By field; a refusal that names none is about both."""
    if refused is None:
        return {}
    return refused.errors if isinstance(refused, Invalid) else {"": refused.message}
