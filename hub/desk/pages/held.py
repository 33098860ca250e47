"""A mail that the hub did not dare to post, and what an agent decides about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.db import Also
from hub.core.errors import Conflict, Invalid, NotFound, Refused
from hub.desk.door import HOME
from hub.desk.guard import THREADS
from hub.desk.journal import record
from hub.desk.keys import waiting
from hub.desk.pages.quarantine import Context, days_kept, described, url
from hub.desk.rights import sight
from hub.desk.show import page
from hub.desk.words import EXPLAINED, what_became, who_did
from hub.mailbox.orders import order
from hub.mailbox.replies import Holder
from hub.mailbox.setaside import WAITING, Namesake, Opened, Settled
from hub.web import forms
from hub.web.downloads import SEALED, disposition
from hub.web.keys import core
from hub.web.show import see_other
from hub.web.views import number

SHOWN = 20_000  # characters of a mail's text, header fields or trace on its page; all of it is in the source
UNVERIFIED = "Cochez cette case après avoir vérifié qui a écrit cet e-mail."


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """One mail and what can be done with it; when that is done already, by whom."""
    mail = await _id(request, who)
    try:
        opened = await waiting(request).open(mail, sight(request, who))
    except NotFound:
        return await _settled(request, await waiting(request).settled(mail), 200)
    return await _opened(request, opened)


async def source(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The mail as it came, for a mail program: never shown, always downloaded."""
    mail = await _id(request, who)
    headers = {
        "Content-Type": "message/rfc822",
        "Content-Disposition": disposition(f"courriel-{mail}.eml", "attachment"),
        "Content-Security-Policy": SEALED,
    }
    return web.Response(body=await waiting(request).source(mail), headers=headers)


async def accept(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Publier dans la conversation. Where From alone does not show who wrote, the agent says that they made sure."""
    form = await forms.plain(request)
    opened = await _still(request, await _id(request, who), sight(request, who))
    typed = {name: form.text(name) for name in ("service", "parent", "fil", "verifie")}
    is_certain = opened is None or (opened.prospect.is_certain if opened.prospect else not opened.is_nameless)
    if opened and not is_certain and not typed["verifie"]:
        return await _opened(request, opened, {"verifie": UNVERIFIED}, 422, typed)
    verb = partial(
        waiting(request).accept,
        service=number(typed["service"]),
        parent=typed["parent"],
        thread=typed["fil"],
        seen_by=sight(request, who),
    )
    return await _carry_out(request, who, verb, typed)


async def refuse(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Refuser avec une réponse."""
    typed = {"reponse": (await forms.plain(request)).text("reponse")}

    async def verb(mail: int, agent: int, also: Also) -> None:
        await waiting(request).refuse(mail, typed["reponse"], agent, also)

    return await _carry_out(request, who, verb, typed)


async def replay(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Faire relire."""
    await forms.plain(request)
    return await _carry_out(request, who, waiting(request).replay)


async def discard(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Écarter."""
    await forms.plain(request)
    return await _carry_out(request, who, waiting(request).discard)


async def restore(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Remettre en quarantaine."""
    await forms.plain(request)
    return await _carry_out(request, who, waiting(request).restore)


async def _carry_out(
    request: web.Request,
    who: Visitor,
    verb: Callable[[int, int, Also], Awaitable[None]],
    typed: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    """Do it and go back to the list; if somebody else was first, say who and what."""
    mail = await _id(request, who)
    try:
        await verb(mail, who.agent, partial(record, request))
    except Invalid as wrong:
        return await _opened(request, await waiting(request).open(mail, sight(request, who)), wrong.errors, 422, typed)
    except (NotFound, Conflict) as refused:
        return await _settled(request, await _overtaken(request, mail, refused), 409)
    return see_other(f"{HOME}?courriel={mail}#avis")


async def _overtaken(request: web.Request, mail: int, refused: Refused) -> Settled:
    """What was decided before. Raises `refused` when that is not the cause."""
    try:
        settled = await waiting(request).settled(mail)
    except NotFound:
        raise refused from None
    if settled.is_waiting:
        raise refused
    return settled


async def _still(request: web.Request, mail: int, seen_by: int) -> Opened | None:
    """The mail, if it still waits."""
    try:
        return await waiting(request).open(mail, seen_by)
    except NotFound:
        return None


async def _opened(
    request: web.Request,
    opened: Opened,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> web.Response:
    context = {
        "mail": described(opened.row) | {"explained": EXPLAINED.get(opened.row.reason, ""), "size": opened.row.size},
        "readable": opened.reading is not None,
        "recipients": opened.recipients,
        "text": _cut(opened.text),
        "rest": _cut(opened.rest),
        "files": [{"name": name, "size": size} for name, size in opened.files],
        "fields": _cut(opened.fields),
        "defects": opened.reading.parsed.defects if opened.reading else (),
        "trace": opened.trace[-SHOWN:],
        "prospect": opened.prospect,
        "nameless": opened.is_nameless and opened.prospect is None,
        "services": opened.services,
        "conversations": opened.conversations,
        "namesakes": [_namesake(one) for one in opened.namesakes],
        "decides": _decides(opened),
        "can_replay": opened.row.can_replay,
        "can_answer": opened.row.can_answer,
        "proven": opened.reading is not None and opened.reading.verdict.aligned,
        "typed": typed or {},
        "longest": core(request).config.limits.body_length,
        "days": days_kept(request),
        "errors": errors or {},
    }
    return await page(request, "desk/mail.html", context, status)


async def _settled(request: web.Request, settled: Settled, status: int) -> web.Response:
    discarded = settled.row.state == "discarded"
    context = {
        "mail": described(settled.row),
        "did": who_did(settled),
        "at": settled.at,
        "became": what_became(settled, days_kept(request)),
        "restore_url": f"{url(settled.row.id)}/remettre" if discarded else "",
    }
    return await page(request, "desk/settled.html", context, status)


def _decides(opened: Opened) -> bool:
    """Whether it begins with an order that whoever posts it lets through."""
    return bool(opened.prospect and opened.prospect.role is not Holder.account and order(opened.text))


def _namesake(one: Namesake) -> Context:
    return {
        "id": one.id,
        "url": f"{THREADS}/{one.thread}" if one.thread else url(one.id),
        "received_at": one.received_at,
        "posted": bool(one.thread),
        "waits": one.state in WAITING,
    }


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…\n\n[La suite est dans l’e-mail d’origine.]"


async def _id(request: web.Request, who: Visitor) -> int:
    """The mail of the address. Raises NotFound for who is not to see it."""
    mail = int(request.match_info["mail"])
    await waiting(request).show_to(sight(request, who), mail)
    return mail
