"""What the rooms hand back, in the shapes that the templates' first comments ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.mailbox.directory import ServiceChoice
from hub.mailbox.lists import Folder, Page, Row
from hub.mailbox.unsent import WaitingFile
from hub.web.keys import rooms
from hub.web.show import page

Context = dict[str, Any]
MAILBOX = "/messagerie"


@dataclass(frozen=True, slots=True)
class Box:
    """A folder as the pages name it. `who` and `when` head its columns."""

    slug: str
    folder: Folder
    name: str
    url: str
    icon: str
    who: str
    when: str
    empty: tuple[str, str]


RECEIVED = Box(
    "recus",
    Folder.received,
    "Reçus",
    MAILBOX,
    "inbox",
    "Envoyé par",
    "Reçu le",
    (
        "Aucun message reçu",
        "Les réponses des services de la mairie arrivent ici. Pour poser une question, envoyez un message.",
    ),
)
SENT = Box(
    "envoyes",
    Folder.sent,
    "Envoyés",
    f"{MAILBOX}/envoyes",
    "send",
    "Envoyé à",
    "Envoyé le",
    ("Aucun message envoyé", "Ce que vous écrivez aux services de la mairie se retrouve ici."),
)
DELETED = Box(
    "supprimes",
    Folder.deleted,
    "Supprimés",
    f"{MAILBOX}/supprimes",
    "trash",
    "Correspondant",
    "Supprimé le",
    ("Rien dans les supprimés", "Un message supprimé reste ici, et peut être restauré."),
)
BOXES = (RECEIVED, SENT, DELETED)


async def mailbox(
    request: web.Request, who: Visitor, template: str, folder: str, context: Mapping[str, Any], status: int = 200
) -> web.Response:
    """A page under /messagerie: its folders beside it. `folder`: slug of the open one, or ""."""
    unread = await rooms(request).lists.unread(who.account)
    folders = [_folder(box, unread) for box in BOXES]
    return await page(request, template, {"unread": unread, "folders": folders, "folder": folder, **context}, status)


def _folder(box: Box, unread: int) -> Context:
    count = unread if box is RECEIVED else 0
    return {"slug": box.slug, "name": box.name, "url": box.url, "icon": box.icon, "count": count}


def listing(box: Box, found: Page, before: str = "") -> Context:
    """A folder's page for list.html. `before`: the cursor it was asked with."""
    return {
        "title": box.name,
        "url": f"{box.url}?avant={before}" if before else box.url,
        "who": box.who,
        "when": box.when,
        "rows": [_row(row, box) for row in found.rows],
        "older_url": f"{box.url}?avant={found.older}" if found.older else "",
        "newer_url": box.url if before else "",
        "query": "",
        "empty": {"icon": box.icon, "title": box.empty[0], "text": box.empty[1]},
    }


@dataclass(slots=True)
class Listed:
    """A row of list.html. Not a dictionary: templates find attributes at once, keys only after a failed attribute."""

    id: int
    url: str
    subject: str
    excerpt: str
    who: str
    at: datetime
    unread: bool
    count: int
    files: bool
    restore_url: str
    state: None = None


def _row(row: Row, box: Box) -> Listed:
    where = thread_url(row.thread)
    origin = "" if box is RECEIVED else f"?dossier={box.slug}"
    return Listed(
        id=row.thread,
        url=f"{where}{origin}{'#nouveaux' if row.unread else ''}",
        subject=row.subject,
        excerpt=row.snippet,
        who=row.service,
        at=row.at,
        unread=row.unread > 0,
        count=row.messages,
        files=row.files > 0,
        restore_url=f"{where}/restaurer" if box is DELETED else "",
    )


def thread_url(thread: int) -> str:
    """The address of a conversation."""
    return f"{MAILBOX}/{thread}"


def services(choices: Iterable[ServiceChoice]) -> list[Context]:
    """Services and themes to choose from, for compose.html; values as posted."""
    return [
        {
            "value": str(service.id),
            "name": service.name,
            "description": service.description,
            "delay": service.delay,
            "themes": [{"value": str(theme.id), "name": theme.name} for theme in service.themes],
        }
        for service in choices
    ]


def kept(key: str, files: Sequence[WaitingFile]) -> list[Context]:
    """Files that wait with the draft `key`."""
    return [
        {
            "id": file.id,
            "name": file.filename,
            "size": file.size,
            "remove_url": f"{MAILBOX}/brouillon/{key}/pieces/{file.id}/retirer",
        }
        for file in files
    ]


def number(text: str) -> int:
    """An id out of a query string; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
