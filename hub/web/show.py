"""From a handler's context to a response: what every page needs is added here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from hub.web import csrf
from hub.web.keys import RENDERER, rooms, visitor
from hub.web.render import Renderer


async def page(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> web.Response:
    """A page with the shell's context: who is logged in, unread threads (one query unless given), the form token."""
    given = context or {}
    if "unread" in given:
        return written(request, template, given, status)
    who = visitor(request)
    guardian = who is not None and bool(who.account) and not who.lapsed and not who.waits_for
    unread = await rooms(request).lists.unread(who.account) if who and guardian else 0
    return written(request, template, {"unread": unread, **given}, status)


def written(request: web.Request, template: str, context: Mapping[str, Any], status: int) -> web.Response:
    """A page without a single query: for when the database itself may be what is wrong."""
    who = visitor(request)
    present = who if who is not None and not who.lapsed and not who.waits_for else None
    shell = {
        "user": present if present and present.account else None,
        "agent": present if present and present.agent else None,
        "unread": 0,
        "csrf": csrf.token(request),
    }
    renderer: Renderer = request.app[RENDERER]
    return web.Response(
        text=renderer.html(template, {**shell, **context}), content_type="text/html", status=status, charset="utf-8"
    )


def see_other(url: str) -> web.Response:
    """On to another page, by GET (RFC 9110 §15.4.4). `url`: a path of ours."""
    return web.Response(status=303, headers={"Location": url})
