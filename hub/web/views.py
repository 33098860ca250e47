"""What the rooms hand back, in the shapes that the templates' first comments ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core import french
from hub.core.french import Calendar
from hub.mailbox.directory import ServiceChoice
from hub.mailbox.lists import Folder, Page, Row
from hub.mailbox.unsent import WaitingFile
from hub.web.keys import core, rooms
from hub.web.marking import Marker
from hub.web.render import iso
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
    """A page under /messagerie: its folders beside it. `folder`: slug of the open one, or "".

    `context` may hold `unread` already: whoever reads several things at once asks for it with them.
    """
    unread = context["unread"] if "unread" in context else await rooms(request).lists.unread(who.account)
    folders = [_folder(box, unread) for box in BOXES]
    return await page(request, template, {**context, "unread": unread, "folders": folders, "folder": folder}, status)


def _folder(box: Box, unread: int) -> Context:
    count = unread if box is RECEIVED else 0
    return {"slug": box.slug, "name": box.name, "url": box.url, "icon": box.icon, "count": count}


def calendar(request: web.Request) -> Calendar:
    """Dates in words, as of now."""
    ground = core(request)
    return french.calendar(ground.clock.now(), ground.config.town.tz)


def listing(box: Box, found: Page, dates: Calendar, before: str = "", marker: Marker | None = None) -> Context:
    """A folder's page for list.html. `before`: the cursor it was asked with."""
    return {
        "title": box.name,
        "url": f"{box.url}?avant={before}" if before else box.url,
        "who": box.who,
        "when": box.when,
        "rows": Rows(found, box.slug, dates, marker),
        "older_url": f"{box.url}?avant={found.older}" if found.older else "",
        "newer_url": box.url if before else "",
        "query": "",
        "empty": {"icon": box.icon, "title": box.empty[0], "text": box.empty[1]},
    }


@dataclass(frozen=True)
class Rows:
    """The rows of a list. What they are made of is compared to know whether they were written before (see pieces); how
    they look is only found out when they are written. `box`: slug; `marker` after a search."""

    page: Page
    box: str
    dates: Calendar
    marker: Marker | None = None

    def __len__(self) -> int:
        return len(self.page.rows)

    def __iter__(self) -> Iterator[Listed]:
        return (Listed(row, self.box, self.dates, self.marker) for row in self.page.rows)

    @property
    def are_away(self) -> bool:
        """Each can be restored, by a form that is its reader's."""
        return self.box == DELETED.slug


class Listed(NamedTuple):
    """One of `Rows`."""

    row: Row
    box: str
    dates: Calendar
    marker: Marker | None = None

    @property
    def id(self) -> int:
        return self.row.thread

    @property
    def url(self) -> str:
        origin = "" if self.box == RECEIVED.slug else f"?dossier={self.box}"
        return f"{thread_url(self.row.thread)}{origin}{'#nouveaux' if self.row.unread else ''}"

    @property
    def subject(self) -> str:
        return self._marked(self.row.subject)

    @property
    def excerpt(self) -> str:
        return self._marked(self.row.snippet)

    @property
    def is_away(self) -> bool:
        """Deleted, and found by a search all the same."""
        return bool(self.row.is_away) and self.marker is not None

    @property
    def who(self) -> str:
        return self.row.service

    @property
    def iso(self) -> str:
        return iso(self.row.at)

    @property
    def brief(self) -> str:
        return self.dates.brief(self.row.at)

    @property
    def unread(self) -> bool:
        return self.row.unread > 0

    @property
    def messages(self) -> int:
        return self.row.messages

    @property
    def files(self) -> bool:
        return self.row.files > 0

    @property
    def restore_url(self) -> str:
        return f"{thread_url(self.row.thread)}/restaurer" if self.box == DELETED.slug else ""

    def _marked(self, text: str) -> str:
        whole = french.unbroken(text)
        return self.marker.marked(whole) if self.marker else whole


def paper_url(draft: str) -> str:
    """The form of a document that was begun, by the key of its draft."""
    return f"/documents/envoyer?brouillon={draft}"


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
