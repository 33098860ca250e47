"""Drafts: kept while somebody writes, by a script every few seconds or by a button; files taken out again, or all."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.web.composing import Sheet, after_login, problems, receive
from hub.web.keys import UNSENT, rooms
from hub.web.pages import thread, write
from hub.web.show import see_other
from hub.web.views import MAILBOX, thread_url


async def keep(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Garder en brouillon. A script is answered {"brouillon": key}."""
    sheet = await receive(request, who)
    if message := await sheet.sent():
        return see_other(thread_url(message.thread_id))
    if who.lapsed:
        return await after_login(request, sheet)
    errors, status = problems(sheet)
    if errors:
        return await _again(request, who, sheet, errors, status)
    await sheet.save()
    if "application/json" in request.headers.get("Accept", ""):
        return web.json_response({"brouillon": sheet.key})
    return see_other(sheet.url)


async def drop(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Retirer un fichier. The whole form comes along without scripts, and is kept; with them only its token."""
    if not who.account:
        return await keep(request, who)
    draft = await request.app[UNSENT].by_key(who.account, request.match_info["key"])
    sheet = await receive(request, who, draft.thread)
    await rooms(request).drafts.detach(await rooms(request).drafts.find(who.account, draft.key), _file(request))
    if "message" not in sheet.form.fields:
        return web.Response(status=204)
    if who.lapsed:
        return await after_login(request, sheet)
    errors, status = problems(sheet)
    if errors:
        return await _again(request, who, sheet, errors, status)
    await sheet.save()
    return see_other(sheet.url)


async def discard(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Supprimer le brouillon; of somebody whose session is gone it is kept, as every form is."""
    if not who.account or who.lapsed:
        return await keep(request, who)
    key, drafts = request.match_info["key"], rooms(request).drafts
    await drafts.find(who.account, key)
    await receive(request, who)
    await drafts.discard(await drafts.find(who.account, key))
    return see_other(f"{MAILBOX}?fait=brouillon")


async def _again(
    request: web.Request, who: Visitor, sheet: Sheet, errors: dict[str, str], status: int
) -> web.StreamResponse:
    again = thread.again if sheet.thread else write.again
    return await again(request, who, sheet, errors, status)


def _file(request: web.Request) -> int:
    return int(request.match_info["file"])
