"""The link by which a registered address says that a held mail was its own.

GET only asks: mail scanners follow links.
"""

from __future__ import annotations

from aiohttp import web

from hub.core.errors import NotFound
from hub.web import csrf, forms
from hub.web.keys import rooms
from hub.web.show import page
from hub.web.trouble import Trouble, told

USED = (
    "Ce lien a déjà servi ou n’est plus valable. "
    "Si votre e-mail n’apparaît pas dans votre messagerie, écrivez votre message sur le portail."
)


async def ask(request: web.Request) -> web.Response:
    """Which mail it is, and a button."""
    csrf.bind(request)
    try:
        mail = await rooms(request).answers.held(request.match_info["token"])
    except NotFound:
        return told(request, Trouble(404, USED))
    held = {"subject": mail.subject or "(sans objet)", "received_at": mail.received_at}
    return await page(request, "web/release.html", {"mail": held, "url": request.path})


async def confirm(request: web.Request) -> web.Response:
    """The mail is posted."""
    await forms.plain(request)
    try:
        await rooms(request).answers.release(request.match_info["token"])
    except NotFound:
        return told(request, Trouble(404, USED))
    return await page(request, "web/release.html", {"mail": None, "url": ""})
