"""The page of a conversation: what was said, whose it is, and its forms with what was typed in them."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.config import Config
from hub.core.french import whole_date
from hub.core.tokens import random_token
from hub.desk import canned
from hub.desk.guard import REQUESTS, THREADS
from hub.desk.keys import ASKING, ASSIGNING, AT_HAND, CANNED, HANDLING, JOINING, LATER, PRESENCE
from hub.desk.show import page
from hub.mailbox.asking import LONGEST_DETAIL, OTHER
from hub.mailbox.handling import LONGEST_NOTE, Opened
from hub.mailbox.later import left
from hub.mailbox.models import LaterAnswer, Thread
from hub.mailbox.presence import told
from hub.mailbox.receipts import decides_on, reference
from hub.mailbox.sniff import PDF, PREVIEWED
from hub.mailbox.threads import StoredFile
from hub.web.keys import REQUESTED, core, rooms
from hub.web.pages.requests import shown
from hub.web.views import number

Context = dict[str, Any]
Kept = Mapping[int, Sequence[StoredFile]]  # files of answers that have not gone, by the answers' ids
DONE = {
    "reponse": "Votre réponse est envoyée à la famille.",
    "note": "Votre note est enregistrée.",
    "confier": "La conversation est confiée.",
    "suivre": "Vous suivez cette conversation.",
    "plus-tard": "Votre réponse est gardée : elle partira au moment choisi.",
    "maintenir": "La réponse est maintenue : elle partira au moment choisi.",
    "partir": "La réponse part à l’instant.",
    "classer": "La conversation est classée : elle n’attend plus de réponse.",
    "rouvrir": "La conversation est de nouveau parmi celles à répondre.",
    "reunir": "Les deux conversations n’en font plus qu’une.",
    "rendre": "Plus personne ne suit cette conversation.",
    "piece": "La pièce est demandée à la famille ; le délai est suspendu en attendant.",
    "abandonner": "Cette pièce n’est plus demandée.",
}


@dataclass(frozen=True, slots=True)
class Typing:
    """What was typed in the forms: an answer and when it is to go, a note, what is asked for of a paper."""

    answer: str = ""
    due: str = ""
    note: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)


NOTHING = Typing()


async def conversation(
    request: web.Request, who: Visitor, errors: Mapping[str, str] | None = None, typing: Typing = NOTHING
) -> web.StreamResponse:
    """The page of the thread that the address names. Raises NotFound."""
    before = number(request.query.get("avant", ""))
    opened = await request.app[HANDLING].open(who.agent, int(request.match_info["thread"]), before)
    carried, at_hand, answering, kept = await gather(
        _carried(request, opened.thread),
        _at_hand(request, opened.thread, who),
        _answering(request, opened, who, typing),
        request.app[LATER].files(opened.thread.id),
    )
    context = {
        **_said(core(request).config, opened, who, kept),
        **_clock(request, opened.thread),
        **carried,
        **at_hand,
        **answering,
        "note": typing.note,
        "longest_note": LONGEST_NOTE,
        "done": DONE.get(request.query.get("fait", ""), ""),
        "errors": errors or {},
    }
    return await page(request, "desk/conversation.html", context, 422 if errors else 200)


def _said(config: Config, opened: Opened, who: Visitor, kept: Kept) -> Context:
    thread, url = opened.thread, f"{THREADS}/{opened.thread.id}"
    return {
        "subject": thread.subject,
        "service": thread.service.name,
        "theme": thread.theme.name if thread.theme else "",
        "family": f"{thread.family.name} ({thread.family.number})",
        "url": url,
        "entries": _entries(config, opened, url, kept),
        "kept": {later: _kept(later, kept, url) for later in kept},
        "older": opened.older,
        "is_latest": opened.is_latest,
        "assigned": thread.assigned.name if thread.assigned else "",
        "mine": thread.assigned_id == who.agent,
        "waits": thread.waits_since is not None,
    }


def _clock(request: web.Request, thread: Thread) -> Context:
    """The day on which no answer will have decided, or that it is put off; as the queue tells it, but however far."""
    if thread.clock_since is None:
        return {"decides_on": "", "is_stopped": False}
    months = thread.theme.months if thread.theme else 0
    day = decides_on(core(request).config, thread.clock_since, months)
    return {"decides_on": whole_date(day), "is_stopped": thread.clock_stopped_at is not None}


async def _carried(request: web.Request, thread: Thread) -> Context:
    """Requests, and papers that are waited for."""
    carried, wanted = await request.app[REQUESTED].of_thread(thread.id), await request.app[ASKING].of_thread(thread.id)
    return {
        "requests": [(shown(one), f"{REQUESTS}/{one.id}") for one in carried],
        "wanted": [(one.id, one.name, whole_date(one.until)) for one in wanted],
    }


async def _at_hand(request: web.Request, thread: Thread, who: Visitor) -> Context:
    """The family, who else is there, and to whom it can go."""
    services, colleagues, family = await gather(
        rooms(request).directory.choices(),
        request.app[ASSIGNING].colleagues(thread.service_id),
        request.app[AT_HAND].of(who.agent, thread, thread.family),
    )
    return {
        "hand": family,
        "colleagues": [(one.id, one.name) for one in colleagues if one.id not in (who.agent, thread.assigned_id)],
        "present": told(await request.app[PRESENCE].others(who.agent, thread.id)),
        "joinable": [(one.id, one.subject) for one in await request.app[JOINING].others(who.agent, thread)],
        "others": [(one.id, one.name) for one in services if one.id != thread.service_id],
    }


async def _answering(request: web.Request, opened: Opened, who: Visitor, typing: Typing) -> Context:
    """The forms that speak to the family."""
    thread, asking = opened.thread, request.app[ASKING]
    answers = await request.app[CANNED].of(thread.service_id)
    words = {"famille": thread.family.name, "dossier": thread.family.number, "objet": thread.subject}
    words |= {"service": thread.service.name, "agent": who.name}
    later = await request.app[LATER].of_thread(thread.id)
    speak = {one.id for one in await request.app[ASSIGNING].colleagues(thread.service_id)} if later else ()
    return {
        "seen": opened.messages[-1].id if opened.messages else 0,
        "later": [_planned(one, opened, one.agent_id in speak) for one in later],
        "answer": typing.answer or canned.begun(answers, request.query.get("modele", ""), words),
        "due": typing.due,
        "canned": [(one.name, canned.filled(one.text, words)) for one in answers],
        "papers": [(one.value, one.name) for one in await asking.choices(thread.id)],
        "other": OTHER,
        "asked": typing.asked or {"avant_le": asking.proposed().isoformat()},
        "longest_detail": LONGEST_DETAIL,
        "key": random_token(),
    }


def _planned(one: LaterAnswer, opened: Opened, goes: bool) -> Context:
    """An answer that is to go, or not, and why; `stopped`: an agent may let it go all the same."""
    newer = (m.author for m in reversed(opened.messages) if m.id > one.seen and m.agent_id != one.agent_id)
    other, held = next(newer, ""), one.state == "held"
    since = f" : {other} a écrit entre-temps" if other else ""
    if not goes:
        tone, sign, words = "bad", "alert", "Ne partira pas : son auteur n’est pas de ce service"
    elif held:
        tone, sign, words = "bad", "alert", f"Retenue{since}"
    else:
        tone, sign, words = "warn", "clock", f"Sera retenue{since}" if other else "Partira plus tard"
    return {
        "id": one.id, "author": one.author, "text": one.text, "at": one.due_at, "tone": tone, "sign": sign,
        "words": words, "stopped": goes and bool(held or other),
    }  # fmt: skip


def _entries(config: Config, opened: Opened, url: str, kept: Kept) -> list[Context]:
    """Messages, events and notes in the order in which they happened."""
    said: list[Context] = [
        {
            "kind": "family" if message.account_id else "town",
            "author": message.author,
            "at": message.at,
            "text": message.text,
            "rest": message.rest,
            "via": message.via,
            "reference": reference(config, message.id, message.at) if message.account_id else "",
            "files": [
                _file(f"{url}/pieces/{file.id}", file.filename, file.content_type, file.size, file.aside)
                for file in opened.files.get(message.id, ())
            ],
        }
        for message in opened.messages
    ]
    plain = {"author": "", "rest": "", "via": "", "reference": "", "files": []}
    said += [plain | {"kind": "event", "at": event.at, "text": event.text} for event in opened.events]
    said += [
        plain | {"kind": "note", "author": n.author, "at": n.at, "text": n.text, "files": _kept(left(n), kept, url)}
        for n in opened.notes
    ]
    return sorted(said, key=lambda entry: entry["at"])


def _kept(later: int, kept: Kept, url: str) -> list[Context]:
    """The files of an answer that has not gone."""
    return [
        _file(f"{url}/plus-tard/{later}/{position}", file.filename, file.content_type, file.size)
        for position, file in enumerate(kept.get(later, ()))
    ]


def _file(url: str, name: str, content_type: str, size: int, aside: str = "") -> Context:
    return {
        "name": name,
        "size": size,
        "aside": aside,
        "url": url,
        "preview": f"{url}?apercu=1" if content_type in PREVIEWED else "",
        "opens": f"{url}?apercu=1" if content_type == PDF else "",
        "image": content_type.startswith("image/"),
    }
