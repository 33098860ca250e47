"""Attachments: for those in the thread, and by signed link for an agent whose mail would have been too large."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.mailbox.sniff import PREVIEWED
from hub.web.downloads import send
from hub.web.keys import rooms


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """A file of a thread in the reader's mailbox; `?apercu=1` shows it within a page if it is a picture."""
    match = request.match_info
    file, blob = await rooms(request).conversations.attachment(who.account, int(match["thread"]), int(match["file"]))
    shown = request.query.get("apercu") == "1" and file.content_type in PREVIEWED
    return await send(request, blob, file.filename, file.content_type, file.size, shown)


async def linked(request: web.Request) -> web.StreamResponse:
    """The file that a signed link names. Raises NotFound for a forged or expired one."""
    file = await rooms(request).filelinks.file(request.match_info["token"])
    return await send(request, file.blob, file.filename, file.content_type, file.size)
