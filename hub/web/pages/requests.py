"""Démarches: what a guardian asks for, the list of it, and the link by which a service decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.actions.kinds import BY_SLUG, KINDS
from hub.actions.listing import ABOUT, Listed, Narrowed
from hub.actions.models import PAPER, Request
from hub.actions.papers import day, instead
from hub.actions.requests import LONGEST_COMMENT, LONGEST_REASON, STATES, Decided, Form
from hub.core.errors import Conflict, Invalid, NotFound
from hub.mailbox.sending import Sender
from hub.web import csrf, forms
from hub.web.csrf import writing_key
from hub.web.guard import given_back
from hub.web.keys import PROFILES, REQUESTED, core, rooms
from hub.web.receiving import Form as Posted
from hub.web.show import page, see_other
from hub.web.trouble import Trouble, told
from hub.web.views import number, thread_url

PAGE = "/demandes"
NEW = f"{PAGE}/nouvelle"
USED = "Ce lien n’est plus valable. Répondez à l’e-mail le plus récent de cette conversation, ou ouvrez le bureau."
GROUPS = [  # of kinds, each with the choice of all of them
    (words, about, everything, [(kind.slug, kind.title) for kind in KINDS if kind.about == about])
    for words, about, everything in (
        ("Mon compte", "account", "Tout mon compte"),
        ("Mes enfants", "child", "Tous mes enfants"),
    )
]
_KEY = 80  # characters of a key at most


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Liste des demandes: of the last month, or all; by kind and state. `?avant=` goes on from that one."""
    wanted = _wanted(request)
    found = await request.app[REQUESTED].of_account(who.account, wanted)
    here = {"nature": wanted.kind, "etat": wanted.state, "tout": "1" if wanted.everything else ""}
    chosen = {name: value for name, value in here.items() if value}
    context = {
        "requests": [shown(one) for one in found.requests],
        "groups": GROUPS,
        "states": list(STATES.items()),
        "kind": wanted.kind,
        "state": wanted.state,
        "everything": wanted.everything,
        "older": f"{PAGE}?{urlencode({**chosen, 'avant': found.more})}" if found.more else "",
        "first": f"{PAGE}?{urlencode(chosen)}" if wanted.before else "",
        "may_ask": bool(rooms(request).requests.offered(await rooms(request).files.of(await _me(request, who)))),
    }
    return await page(request, "web/requests.html", context)


def _wanted(request: web.Request) -> Narrowed:
    """What the address asks for; what it makes up is left out."""
    kind, state = request.query.get("nature", ""), request.query.get("etat", "")
    return Narrowed(
        kind if kind in ABOUT or kind in BY_SLUG else "",
        state if state in STATES else "",
        "tout" in request.query,
        number(request.query.get("avant", "")),
    )


async def choose(request: web.Request, who: Visitor) -> web.StreamResponse:
    """What may be asked for: for oneself, and for each child. `?enfant=`: for that one only."""
    me = await _me(request, who)
    view = await rooms(request).files.of(me)
    offered = rooms(request).requests.offered(view)
    only = number(request.query.get("enfant", ""))
    own = [(k.title, f"{NEW}/{k.slug}") for k in offered if k.about == "account" and not only]
    groups = [("Mon dossier", own)] if own else []
    for child in view.children:
        links = [(k.title, f"{NEW}/{k.slug}?enfant={child.id}") for k in offered if k.about == "child"]
        if links and only in (0, child.id):
            groups.append((f"{child.first_name} {child.last_name}", links))
    return await page(request, "web/new_request.html", {"groups": groups})


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The form of a kind, as the dossier stands."""
    form = await rooms(request).requests.form(await _me(request, who), _kind(request), _child(request))
    back, key = await given_back(request, who), writing_key(core(request).signer, who.account)
    return await _form(request, who, form, back.fields if back else form.present, key, back=back is not None)


async def send(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Envoyer la demande: the conversation that carries it."""
    posted, me = await forms.plain(request), await _me(request, who)
    key = posted.text("envoi")[:_KEY] or writing_key(core(request).signer, who.account)
    sender = Sender(who.account, who.family, who.name)
    try:
        thread = await rooms(request).requests.submit(sender, me, _kind(request), _child(request), posted.fields, key)
    except Invalid as refused:
        form = await rooms(request).requests.form(me, _kind(request), _child(request))
        return await _form(request, who, form, posted.fields, key, refused.errors)
    return see_other(f"{thread_url(thread)}?demande=1")


async def withdraw(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Retirer ma demande."""
    await forms.plain(request)
    asked = int(request.match_info["request"])
    await rooms(request).requests.withdraw(asked, who.account, who.name)
    return see_other(thread_url((await request.app[REQUESTED].one(asked)).thread))


async def ask(request: web.Request) -> web.Response:
    """Behind the link of a service's mail: what is asked, and two buttons. Changes nothing: scanners follow links."""
    csrf.bind(request)
    return await _decision(request)


async def decide(request: web.Request) -> web.Response:
    """Accepter or Refuser."""
    form = await forms.plain(request)
    if form.text("acte") == "annuler":
        return await _take_back(request)
    try:
        opened = await rooms(request).decisions.look(request.match_info["token"])
        decided, instead = decision_of(form, opened.request)
        await rooms(request).decisions.use(request.match_info["token"], decided, instead)
    except Invalid as refused:
        return await _decision(request, refused.errors, form, 422)
    except Conflict as first:
        return await _decision(request, {"": first.message}, form, 409)
    except NotFound:
        return told(request, Trouble(404, USED))
    return see_other(f"{request.path}?fait=1")


async def _take_back(request: web.Request) -> web.Response:
    try:
        await rooms(request).decisions.undo(request.match_info["token"])
    except Conflict as late:
        return await _decision(request, {"": late.message}, status=409)
    return see_other(request.path)


def decision_of(form: Posted, found: Request) -> tuple[Decided, Mapping[str, str] | None]:
    """What the two buttons say; of a paper also until when it is good. Raises Invalid."""
    decided = Decided(form.text("acte") == "accepter", form.text("motif"))
    dated = decided.accept and found.kind == PAPER and "jusqu_au" in form.fields
    return decided, instead(day(form.text("jusqu_au"))) if dated else None


async def deciding(request: web.Request, found: Request, form: Posted | None) -> Mapping[str, Any]:
    """What the two buttons' form shows, as it was typed. `until`: of a paper, else None."""
    until = await rooms(request).papers.proposed(found) if found.kind == PAPER else None
    typed = form.fields if form else {}
    return {
        "reason": typed.get("motif", ""),
        "until": until if until is None else typed.get("jusqu_au", until),
        "longest": LONGEST_REASON,
    }


def shown(one: Listed) -> Mapping[str, Any]:
    """A request for request.html."""
    tone, sign = {
        "pending": ("warn", "clock"),
        "accepted": ("good", "check"),
        "refused": ("bad", "close"),
        "withdrawn": ("", "back"),
        "expired": ("bad", "clock"),
    }[one.state]
    return {
        "title": one.title,
        "words": one.words,
        "tone": tone,
        "sign": sign,
        "changes": one.changes,
        "reason": one.reason,
        "asked_at": one.asked_at,
        "decided_at": one.decided_at,
        "url": thread_url(one.thread),
        "open": one.is_open,
        "withdraw": f"{PAGE}/{one.id}/retirer" if one.is_pending else "",
    }


async def _form(
    request: web.Request,
    who: Visitor,
    form: Form,
    typed: Mapping[str, str],
    key: str,
    errors: Mapping[str, str] | None = None,
    back: bool = False,
) -> web.Response:
    context = {
        "back": back,
        "title": form.kind.title,
        "about": form.about,
        "secret": form.kind.is_secret,
        "inputs": form.inputs,
        "typed": typed,
        "longest": LONGEST_COMMENT,
        "errors": errors or {},
        "envoi": key,
        "url": request.path_qs,
    }
    return await page(request, "web/request_form.html", context, 422 if errors else 200)


async def _decision(
    request: web.Request,
    errors: Mapping[str, str] | None = None,
    form: Posted | None = None,
    status: int = 200,
) -> web.Response:
    try:
        opened = await rooms(request).decisions.look(request.match_info["token"])
    except NotFound:
        return told(request, Trouble(404, USED))
    found = await request.app[REQUESTED].one(opened.request.id)
    if found.is_open and not opened.is_usable:
        return told(request, Trouble(404, USED))
    family, can_undo = opened.request.thread.family, await rooms(request).decisions.can_undo(opened)
    context = {
        "request": shown(found),
        "family": f"{family.name} ({family.number})",
        "by": opened.author.name,
        "open": opened.is_usable,
        "done": can_undo and "fait" in request.query,  # what a made-up address says is true all the same
        "can_undo": can_undo,
        "errors": errors or {},
        **await deciding(request, opened.request, form),
        "url": request.path,
    }
    return await page(request, "web/decision.html", context, status)


def _kind(request: web.Request) -> str:
    return request.match_info["kind"]


def _child(request: web.Request) -> int:
    return number(request.query.get("enfant", ""))


async def _me(request: web.Request, who: Visitor) -> int:
    return (await request.app[PROFILES].of(who.account)).guardian
