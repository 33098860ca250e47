"""Conversations of an agent's services: the queues, each with its family at hand, and what is done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Invalid, NotFound, Refused
from hub.core.tokens import random_token
from hub.core.told import ask
from hub.desk.conversing import Typing, conversation
from hub.desk.guard import THREADS
from hub.desk.journal import acting
from hub.desk.keys import CONCERNS, FINDING, HANDLING, LATER, LOOKED, QUEUES
from hub.desk.queue import QueuedRows
from hub.desk.rights import is_administrator
from hub.desk.show import asked_counts, named, page
from hub.mailbox.handling import Handling
from hub.mailbox.queues import Filter, Queue, Served
from hub.mailbox.sniff import SHOWN
from hub.mailbox.threads import Author, StoredFile
from hub.web import forms
from hub.web.downloads import send
from hub.web.keys import core, rooms
from hub.web.receiving import Form
from hub.web.show import see_other
from hub.web.views import calendar, number

Context = dict[str, Any]
VIEWS = {"": Queue.waiting, "miennes": Queue.mine, "pieces": Queue.stopped, "toutes": Queue.everything}
NAMES = {
    Queue.waiting: "À répondre",
    Queue.mine: "Que je suis",
    Queue.stopped: "Pièces attendues",
    Queue.everything: "Toutes",
}
AGES = ((2, "2 jours"), (7, "une semaine"), (30, "un mois"))
AGAIN = "Choisissez à nouveau vos fichiers : ils n’ont pas été gardés."
LONGEST_AGO = 3650  # days
_KEY = 80  # characters of a key at most


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """A queue: those to answer, those one looks after, or all; of one service or of every one."""
    view = request.query.get("vue", "") if request.query.get("vue") in VIEWS else ""
    queue, wanted = VIEWS[view], _wanted(request)
    services, themes, counts = await ask(
        core(request).db,
        request.app[QUEUES].asked_services(who.agent),
        request.app[QUEUES].asked_themes(who.agent, wanted.service),
        asked_counts(request, who),
    )
    if wanted.theme not in (0, *(one.id for one in themes)):  # of the service chosen before: the form shows it no more
        wanted = wanted._replace(theme=0)
    found = await request.app[QUEUES].page(who.agent, queue, wanted, services)
    here = _address(view, wanted)
    dates, months = calendar(request), core(request).config.acknowledgement.months
    context = {
        "rows": QueuedRows(found, dates, months, says=queue is not Queue.waiting),
        "views": [(_address(v, wanted), NAMES[q], q is queue) for v, q in VIEWS.items()],
        "view": view,
        "services": [(one.id, _called(one), one.id == wanted.service) for one in services],
        "themes": [(one.id, one.name, one.id == wanted.theme) for one in themes],
        "ages": [(days, words, days == wanted.days) for days, words in AGES],
        "title": NAMES[queue],
        "more": f"{here}&suite={found.more}" if found.more else "",
        "first": here if wanted.after else "",
        "gone": "transfert" in request.query,
        "is_administrator": is_administrator(request, who),
        "counts": named(counts),
    }
    return await page(request, "desk/conversations.html", context)


def _wanted(request: web.Request) -> Filter:
    service, theme, days = (number(request.query.get(name, "")) for name in ("service", "theme", "age"))
    return Filter(service, theme, min(days, LONGEST_AGO), request.query.get("suite", ""))


def _called(service: Served) -> str:
    return service.name if service.is_open else f"{service.name} (fermé)"


def _address(view: str, wanted: Filter) -> str:
    """Of a queue's first page."""
    chosen = (("service", wanted.service), ("theme", wanted.theme), ("age", wanted.days))
    return "&".join([f"{THREADS}?vue={view}", *(f"{name}={value}" for name, value in chosen if value)])


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """One of them. The address of one that was joined to another leads there."""
    try:
        return await conversation(request, who)
    except NotFound:
        if into := await rooms(request).threads.joined_to(_thread(request)):
            return see_other(f"{THREADS}/{into}")
        raise


async def following(request: web.Request, who: Visitor) -> web.StreamResponse:
    """On to the conversation that waits behind this one."""
    return await _beside(request, who, back=False)


async def preceding(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Back to the one that waits before it."""
    return await _beside(request, who, back=True)


async def _beside(request: web.Request, who: Visitor, back: bool) -> web.Response:
    """By looking only when somebody goes there: most answers are the last of their reader's round."""
    found = await request.app[QUEUES].beside(who.agent, _thread(request), back)
    return see_other(f"{THREADS}/{found}" if found else THREADS)


async def download(request: web.Request, who: Visitor) -> web.StreamResponse:
    """A file of it; `?apercu=1` shows a picture within a page, a PDF in a tab of its own."""
    file = await _handling(request).attachment(who.agent, _thread(request), int(request.match_info["file"]))
    within = request.query.get("apercu") == "1" and file.content_type in SHOWN
    return await send(request, file.blob, file.filename, file.content_type, file.size, within)


async def answer(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Répondre à la famille."""
    files: list[StoredFile] = []
    form = await forms.read(request, files.append)
    try:
        form.check()
        key = key_of(form)
        due = moment(form.text("plus_tard"), core(request).config.town.tz)
        async with acting(request):
            new = await _say(request, author(who), form, files, key, due)
            request[LOOKED] = not new
        if not new:
            await drop(request, files)
    except Refused as refused:
        typing = Typing(form.text("message"), form.text("plus_tard"))
        return await conversation(request, who, await forgotten(request, refused, files), typing)
    return back(request, "plus-tard" if due else "reponse")


async def compose(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Écrire à cette famille."""
    return await _letter(request, who, {})


async def write(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Envoyer: the conversation that it begins."""
    files: list[StoredFile] = []
    form = await forms.read(request, files.append)
    key = key_of(form)
    given = number(form.text("service")), form.text("objet"), form.text("message")
    try:
        form.check()
        async with acting(request):
            thread, is_new = await _handling(request).write(author(who), _guardian(request), *given, files, key)
            request[CONCERNS], request[LOOKED] = f"conversation {thread}", not is_new
        if not is_new:
            await drop(request, files)
    except Refused as refused:
        return await _letter(request, who, form.fields, await forgotten(request, refused, files))
    return see_other(f"{THREADS}/{thread}?fait=reponse")


async def note(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Note interne."""
    form = await forms.plain(request)
    key = key_of(form)
    try:
        async with acting(request):
            await _handling(request).note(author(who), _thread(request), form.text("note"), key)
    except Invalid as refused:
        return await conversation(request, who, refused.errors, Typing(note=form.text("note")))
    return back(request, "note")


async def transfer(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Transférer: the conversation leaves with its history, perhaps out of the agent's sight."""
    form = await forms.plain(request)
    service = number(form.text("service"))
    if not service:
        return await conversation(request, who, {"service": "Choisissez le service à qui transférer."})
    async with acting(request):
        await _handling(request).transfer(author(who), _thread(request), service)
        request[CONCERNS] = f"service {service}"
    return see_other(f"{THREADS}?transfert=1")


async def _letter(
    request: web.Request, who: Visitor, typed: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> web.Response:
    person = await request.app[FINDING].one(_guardian(request))
    services = [one for one in await request.app[QUEUES].services(who.agent) if one.is_open]
    chosen = typed.get("service") or (str(services[0].id) if len(services) == 1 else "")
    context = {
        "person": person,
        "url": request.path,
        "back": request.path.removesuffix("/ecrire"),
        "services": [(str(one.id), one.name) for one in services],
        "chosen": chosen,
        "typed": typed,
        "key": random_token(),
        "errors": errors or {},
    }
    return await page(request, "desk/write.html", context, 422 if errors else 200)


async def drop(request: web.Request, files: Sequence[StoredFile]) -> None:
    """Forget files that came with a form and have gone nowhere."""
    for file in files:
        await core(request).blobs.delete(file.blob)


async def forgotten(request: web.Request, refused: Refused, files: Sequence[StoredFile]) -> dict[str, str]:
    """By field. The files go: whoever corrects the form chooses them again, and is told so. Raises NotFound again."""
    await drop(request, files)
    if isinstance(refused, NotFound):
        raise refused
    errors = refused.errors if isinstance(refused, Invalid) else {refused.field or "message": refused.message}
    return {**errors, **({"piece": AGAIN} if files and "piece" not in errors else {})}


async def _say(
    request: web.Request, by: Author, form: Form, files: Sequence[StoredFile], key: str, due: datetime | None
) -> bool:
    """Now, or when it is due. False: the same form has said it before."""
    thread, text, seen = _thread(request), form.text("message"), number(form.text("vu"))
    if due is None:
        return await _handling(request).answer(by, thread, text, files, key, seen)
    await rooms(request).threads.served(thread, by.agent)
    return await request.app[LATER].keep(by, thread, text, files, key, due, seen)


def moment(typed: str, zone: tzinfo) -> datetime | None:
    """Pure: what a field for a day and an hour says; None for nothing. Raises Invalid."""
    if not typed.strip():
        return None
    try:
        return datetime.fromisoformat(typed.strip()).replace(tzinfo=zone)
    except ValueError as odd:
        raise Invalid({"plus_tard": "Écrivez un jour et une heure, ou laissez vide."}) from odd


def back(request: web.Request, done: str) -> web.Response:
    """To the conversation, which says what was done."""
    return see_other(f"{THREADS}/{_thread(request)}?fait={done}#fin")


def _handling(request: web.Request) -> Handling:
    return request.app[HANDLING]


def _thread(request: web.Request) -> int:
    return int(request.match_info["thread"])


def _guardian(request: web.Request) -> int:
    return int(request.match_info["guardian"])


def key_of(form: Form) -> str:
    """What a form is sent under: sent twice under it, it is done once."""
    return form.text("envoi")[:_KEY] or random_token()


def author(who: Visitor) -> Author:
    """The agent as who speaks."""
    return Author(who.name, agent=who.agent)
