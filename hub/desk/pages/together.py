"""What agents who share conversations need: whose it is, who else is there, nothing to answer, two that are one, an
answer kept.
"""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Invalid, NotFound, Refused
from hub.desk.conversing import Typing, conversation
from hub.desk.guard import THREADS
from hub.desk.journal import acting
from hub.desk.keys import ASSIGNING, CONCERNS, HANDLING, JOINING, LATER, PRESENCE
from hub.desk.pages.conversations import author, back
from hub.mailbox.presence import told
from hub.mailbox.sniff import SHOWN
from hub.web import forms
from hub.web.downloads import send
from hub.web.keys import rooms
from hub.web.show import see_other
from hub.web.views import number


async def present(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The page is open, and perhaps being written in. Who else is there, in words."""
    form, thread = await forms.plain(request), _thread(request)
    await rooms(request).threads.served(thread, who.agent)
    await request.app[PRESENCE].note(who.agent, thread, form.text("ecrit") == "1")
    return web.json_response({"others": told(await request.app[PRESENCE].others(who.agent, thread))})


async def take(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Je m'en occupe."""
    await forms.plain(request)
    async with acting(request):
        await request.app[ASSIGNING].assign(author(who), _thread(request), who.agent)
    return back(request, "suivre")


async def assign(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Confier à a colleague."""
    form = await forms.plain(request)
    agent = number(form.text("confier"))
    request[CONCERNS] = f"agent {agent}"
    try:
        async with acting(request):
            await request.app[ASSIGNING].assign(author(who), _thread(request), agent)
    except Invalid as refused:
        return await conversation(request, who, refused.errors)
    return back(request, "confier")


async def release(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Ne plus suivre, Libérer."""
    await forms.plain(request)
    async with acting(request):
        await request.app[ASSIGNING].release(author(who), _thread(request))
    return back(request, "rendre")


async def close(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Classer sans réponse."""
    await forms.plain(request)
    async with acting(request):
        await request.app[HANDLING].close(author(who), _thread(request))
    return back(request, "classer")


async def reopen(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Rouvrir."""
    await forms.plain(request)
    async with acting(request):
        await request.app[HANDLING].reopen(author(who), _thread(request))
    return back(request, "rouvrir")


async def join(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Réunir avec: this conversation goes into the other one."""
    form = await forms.plain(request)
    into = number(form.text("avec"))
    try:
        if not into:
            raise Refused("Choisissez la conversation avec laquelle réunir celle-ci.", "avec")
        async with acting(request):
            await request.app[JOINING].join(author(who), _thread(request), into)
    except NotFound:
        raise
    except Refused as refused:
        return await conversation(request, who, {"avec": refused.message})
    return see_other(f"{THREADS}/{into}?fait=reunir#fin")


async def recall(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Annuler an answer that waits: its text comes back into the form."""
    await forms.plain(request)
    await rooms(request).threads.served(_thread(request), who.agent)
    async with acting(request):
        text = await request.app[LATER].drop(_thread(request), int(request.match_info["later"]))
    return await conversation(request, who, typing=Typing(text))


async def let_go(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Envoyer quand même, an answer after which somebody has written."""
    form, thread = await forms.plain(request), _thread(request)
    await rooms(request).threads.served(thread, who.agent)
    async with acting(request):
        later = int(request.match_info["later"])
        at_once = await request.app[LATER].let_go(thread, later, number(form.text("vu")))
    return back(request, "partir" if at_once else "maintenir")


async def kept(request: web.Request, who: Visitor) -> web.StreamResponse:
    """A file of an answer that waits, or that was left as a note; `?apercu=1` shows a picture within a
    page, a PDF in a tab of its own."""
    thread, place = _thread(request), (int(request.match_info[name]) for name in ("later", "position"))
    await rooms(request).threads.served(thread, who.agent)
    file = await request.app[LATER].file(thread, *place)
    within = request.query.get("apercu") == "1" and file.content_type in SHOWN
    return await send(request, file.blob, file.filename, file.content_type, file.size, within)


def _thread(request: web.Request) -> int:
    return int(request.match_info["thread"])
