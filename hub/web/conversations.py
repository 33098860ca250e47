"""A conversation in the shape of entries.html: messages and what became of them, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.mailbox.conversation import Conversation, Event, File, Spoken
from hub.mailbox.sniff import PREVIEWED
from hub.web.views import thread_url

Context = dict[str, Any]
# kind of event -> icon and tone
_SIGNS = {
    "delivered": ("delivered", ""),
    "sending": ("clock", ""),
    "failed": ("alert", "warn"),
    "transferred": ("transfer", ""),
}
_OTHER = ("info", "")


def entries(found: Conversation) -> list[Context]:
    """Messages and events, oldest first; a message comes before what happened to it in the same instant."""
    first_new = _first_new(found.messages, found.head.unread)
    told = [_message(found, message, message.id == first_new) for message in found.messages]
    answered = [_answered(message) for message in found.messages if not message.family]
    events = [_event(event) for event in found.events]
    return sorted([*told, *answered, *events], key=lambda entry: entry["at"])


def _first_new(messages: Sequence[Spoken], unread: int) -> int:
    """The id of the first message that is news to the reader; 0 for none. Their own never are."""
    others = [message.id for message in messages if not message.mine]
    return others[-unread:][0] if unread and others else 0


def _message(found: Conversation, message: Spoken, first_new: bool) -> Context:
    return {
        "kind": "message",
        "id": message.id,
        "mine": message.mine,
        "author": message.author,
        "role": "" if message.family else found.head.service,
        "at": message.at,
        "text": message.text,
        "rest": message.rest,
        "files": [_file(found.head.id, file) for file in message.files],
        "by_mail": message.via == "email",
        "first_new": first_new,
    }


def _file(thread: int, file: File) -> Context:
    url = f"{thread_url(thread)}/pieces/{file.id}"
    shown = file.content_type in PREVIEWED and not file.aside
    return {
        "name": file.filename,
        "size": file.size,
        "url": url,
        "preview": f"{url}?apercu=1" if shown else "",
        "image": file.content_type.startswith("image/"),
        "aside": file.aside,
    }


def _answered(message: Spoken) -> Context:
    return {
        "kind": "event",
        "id": f"reponse-{message.id}",
        "sign": "reply",
        "tone": "",
        "text": f"Répondu par {message.author}",
        "at": message.at,
    }


def _event(event: Event) -> Context:
    sign, tone = _SIGNS.get(event.kind, _OTHER)
    return {
        "kind": "event",
        "id": f"{event.kind}-{int(event.at.timestamp() * 1000)}",
        "sign": sign,
        "tone": tone,
        "text": event.text,
        "at": event.at,
    }
