"""Open pages hear of news: one line of server-sent events (HTML standard, "Server-sent events") per page."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.accounts.sessions import topic as session_topic
from hub.mailbox.posting import family_topic
from hub.web.keys import LINES, PROFILES, core, rooms
from hub.web.lines import Line
from hub.web.views import number

HEARTBEAT = 15.0  # seconds; proxies cut lines that are silent for 60
RETRY = 2_000  # ms that a browser waits before it opens a lost line again
MARGIN = timedelta(seconds=3)  # between the reading of a page and its writing, and between the clocks of two machines
LATEST = 10**11  # seconds since 1970 that are still a date


async def listen(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The line, until the session or the page ends."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    line = request.app[LINES].open()
    hush = _hear(request, who, line)
    try:
        await response.prepare(request)
        await response.write(f"retry: {RETRY}\n: ouvert\n\n".encode())
        if await _missed(request, who):
            line.resync()
        while not line.ended:
            await response.write(await _next(request, who, line))
    except ConnectionResetError:  # the page is gone
        pass
    finally:
        for stop in hush:
            stop()
        request.app[LINES].close(line)
    return response


async def _missed(request: web.Request, who: Visitor) -> bool:
    """Whether something was said between the writing of the page, `?depuis=` seconds, and the opening of its line."""
    written = number(request.query.get("depuis", ""))
    if not 0 < written < LATEST:
        return False
    since = datetime.fromtimestamp(written, UTC) - MARGIN
    return await rooms(request).lists.changed(who.account, since)


def _hear(request: web.Request, who: Visitor, line: Line) -> list[Callable[[], None]]:
    def news(notice: dict[str, Any]) -> None:
        if notice.get("resync"):
            line.resync()
        else:
            line.news(int(notice["thread"]))

    def left(notice: dict[str, Any]) -> None:
        if not notice.get("resync"):
            line.end()

    channel = core(request).channel
    return [channel.listen(family_topic(who.family), news), channel.listen(session_topic(who.session), left)]


async def _next(request: web.Request, who: Visitor, line: Line) -> bytes:
    """What to write next: events, or a comment that keeps the line open. Ends the line when the session is over."""
    threads, resync = await line.wait(HEARTBEAT)
    if not threads and not await request.app[PROFILES].stands(who.session):
        line.end()
    unread = await rooms(request).lists.unread(who.account) if threads else 0
    events = [f"data: {json.dumps({'thread': thread, 'unread': unread})}\n\n" for thread in threads]
    if resync:
        events.append("event: resync\ndata: {}\n\n")
    return "".join(events or [":\n\n"]).encode()
