"""Papers of a family: sent by it in a conversation with the service that looks at them.

Sending is a message with the file, so that the agent gets an ordinary mail and may answer it. The conversation carries
the paper as a request, by which it is validated or refused (see hub.actions.papers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from hub.config import DocumentKind
from hub.core.base import Core
from hub.core.db import Counted
from hub.core.errors import Invalid, NotFound
from hub.dossier.file import FamilyFile
from hub.dossier.models import Document, Family
from hub.dossier.required import Owed, Person, Sent, good_until, of, owed
from hub.dossier.view import FileView
from hub.mailbox.directory import destination
from hub.mailbox.drafts import Drafts, Typed
from hub.mailbox.models import Draft, DraftFile, Message, Thread
from hub.mailbox.pieces import Pieces
from hub.mailbox.sending import Sender, Sending
from hub.mailbox.threads import StoredFile, Threads

LISTED = 60  # papers on one page
AHEAD = 30  # of those to look at, that are listed behind the one in sight
FAMILY = "famille"
THEME = "document"  # the kind by which [dossier] names the theme of papers
WHOLE_FAMILY = "Ma famille"

# What counts of all that was ever sent: of each kind, person and state the last one, and until when the best is good.
# Parents who live apart do not see each other's papers, but what one has sent for a child is not asked of the other.
_STANDING = """
SELECT d.kind, d.child_id, d.guardian_id, d.state, d.reason, g.until, g.forever
FROM (
    SELECT MAX(id) AS last, MAX(valid_until) AS until, COUNT(*) - COUNT(valid_until) AS forever
    FROM document
    WHERE family_id = ? AND state NOT IN ('received', 'withdrawn')
    AND (? = 0 OR account_id = ? OR (child_id IS NOT NULL AND state <> 'refused'))
    GROUP BY kind, child_id, guardian_id, state
) g JOIN document d ON d.id = g.last
ORDER BY d.id
"""

_WAITING = (  # one parameter: the agent
    "FROM document d JOIN thread t ON t.id = d.thread WHERE d.state = 'sent' "
    "AND t.service_id IN (SELECT service_id FROM service_agent WHERE agent_id = ?)"
)


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers of a family as one guardian sees them: newest first, and what is still owed.

    older: the id to ask on from, or 0 where these are all.
    """

    documents: list[Document]
    owed: list[Owed]
    people: list[Person]
    older: int = 0

    def person(self, document: Document) -> Person:
        """Whom a paper is about; it keeps their name when they are no longer in the file."""
        about = document.child or document.guardian
        if about is None:
            return Person(WHOLE_FAMILY)
        return Person(f"{about.first_name} {about.last_name}", document.child_id or 0, document.guardian_id or 0)


@dataclass(frozen=True, slots=True)
class Row:
    """Papers that wait for an agent, with one of them in sight: the `place`th of `count`. `before`: the id of the one
    that precedes it, or 0; `behind`: the next that follow it."""

    here: Document | None
    place: int
    count: int
    before: int
    behind: list[Document]


class Filing:
    """Sends papers."""

    def __init__(
        self, core: Core, files: FamilyFile, threads: Threads, sending: Sending, drafts: Drafts, pieces: Pieces
    ) -> None:
        self._core = core
        self._files = files
        self._threads = threads
        self._sending = sending
        self._drafts = drafts
        self._pieces = pieces

    @property
    def kinds(self) -> tuple[DocumentKind, ...]:
        """What may be sent."""
        return self._core.config.documents

    def kind(self, slug: str) -> DocumentKind | None:
        """The kind of that slug; papers of a kind that a town gave up keep their slug as a name."""
        return self._core.config.document(slug)

    async def papers(self, guardian: int, account: int, before: int = 0) -> Papers:
        """What this guardian sees, those older than the one with id `before`. Raises NotFound."""
        view = await self._files.of(guardian)
        visible = _visible(view, account).prefetch_related("child", "guardian").order_by("-id")
        found = await (visible.filter(id__lt=before) if before else visible).limit(LISTED + 1)
        people, documents = people_of(view), found[:LISTED]
        older = documents[-1].id if len(found) > LISTED else 0
        return Papers(documents, await self._owed(view, people, account), people, older)

    async def owed(self, guardian: int, account: int) -> list[Owed]:
        """What is still wanted of this guardian. Raises NotFound."""
        if not self.kinds:
            return []
        view = await self._files.of(guardian)
        return await self._owed(view, people_of(view), account)

    async def document(self, guardian: int, account: int, document: int) -> Document:
        """One of them. Raises NotFound."""
        found = await _visible(await self._files.of(guardian), account).get_or_none(id=document)
        if found is None:
            raise NotFound
        return found

    async def receive(self, family: int, file: StoredFile, key: str, child: int | None = None) -> Document:
        """A paper that the town made for a family, or for one child of it: once per `key`."""
        values = {
            "family_id": family, "child_id": child, "kind": "", "state": "received", "blob": file.blob,
            "filename": file.filename, "content_type": file.content_type, "size": file.size, "sha256": file.sha256,
            "sent_at": self._core.clock.now(),
        }  # fmt: skip
        document, _ = await Document.get_or_create(values, key=key)
        return document

    async def send(self, sender: Sender, guardian: int, draft: Draft, slug: str, about: str) -> Message:
        """File the draft's last file, in a conversation with the service. Raises Invalid; the draft is then kept."""
        kind, person = self.kind(slug), None
        people = people_of(await self._files.of(guardian))
        errors = {}
        if kind is None:
            errors["nature"] = "Choisissez de quel document il s’agit."
        else:
            person = next((one for one in of(kind, people) if mark(one) == about), None)
            if person is None:
                errors["personne"] = "Choisissez pour qui est ce document."
        files = await self._drafts.files(draft)
        if not files:
            errors["piece"] = "Joignez le document."
        if errors or kind is None or person is None:
            raise Invalid(errors)
        await self._leave_last(draft)
        file = files[-1]
        async with self._core.db.transaction():
            message = await self._sending.new(sender, draft, await self._words(kind, person))
            document = await Document.create(
                family_id=sender.family, child_id=person.child or None, guardian_id=person.guardian or None,
                account_id=sender.account, kind=kind.slug, state="sent", blob=file.blob, filename=file.filename,
                content_type=file.content_type, size=file.size, sha256=file.sha256, key=draft.key,
                sent_at=self._core.clock.now(), thread=message.thread_id,
            )  # fmt: skip
            await self._pieces.filed(document, "web")
            await self._settle(sender, kind.slug, person)
        return message

    async def waiting(self, agent: int, since: int = 0, most: int = LISTED) -> list[Document]:
        """Papers that wait for this agent's services, oldest first, from the one with id `since` on."""
        rows = await self._core.db.rows(
            f"SELECT d.id {_WAITING} AND d.id >= ? ORDER BY d.id LIMIT {most}", agent, since
        )
        found = Document.filter(id__in=[row["id"] for row in rows] or [0])
        return await found.prefetch_related("family", "child", "guardian").order_by("id")

    async def row(self, agent: int, wanted: int = 0) -> Row:
        """All of them, with the one that is wanted in sight; where that is decided, the one behind it, and at the end
        of the row its first."""
        [row] = await self._core.db.rows(
            "SELECT COUNT(*) AS count, COUNT(CASE WHEN d.id < ? THEN 1 END) AS passed, "
            f"MAX(CASE WHEN d.id < ? THEN d.id END) AS before {_WAITING}",
            wanted,
            wanted,
            agent,
        )
        if wanted and row["passed"] == row["count"]:
            return await self.row(agent)
        papers = await self.waiting(agent, wanted, AHEAD + 1)
        here = papers[0] if papers else None
        return Row(here, row["passed"] + 1, row["count"], row["before"] or 0, papers[1:])

    async def waits(self, agent: int, document: int) -> Document:
        """One of them. Raises NotFound."""
        found = await self.waiting(agent, document, 1)
        if not found or found[0].id != document:
            raise NotFound
        return found[0]

    def counted(self, agent: int) -> Counted:
        """How many wait for this agent."""
        return Counted(f"SELECT COUNT(*) {_WAITING}", (agent,))

    def proposed(self, document: Document) -> date | None:
        """Until when it would be good by the settings."""
        kind = self.kind(document.kind)
        return good_until(kind, self._core.today()) if kind else None

    async def expire(self) -> int:
        """Mark what is no longer good. For the hourly round."""
        return await Document.filter(state="validated", valid_until__lt=self._core.today()).update(state="expired")

    async def _owed(self, view: FileView, people: list[Person], account: int) -> list[Owed]:
        family = view.family
        rows = await self._core.db.rows(_STANDING, family.id, int(family.is_separated), account)
        return owed(self.kinds, people, [_sent(row) for row in rows], self._core.today())

    async def _settle(self, sender: Sender, kind: str, person: Person) -> None:
        """Threads that waited for this paper need not. Of parents who live apart, what one has sent of the family is
        not what the other is asked for, nor theirs to hear of."""
        apart = person.is_family and await Family.exists(id=sender.family, is_separated=True)
        reader = sender.account if apart else None
        about = person.child or None, person.guardian or None
        for one in await self._pieces.settle(sender.family, kind, *about, reader):
            thread = await Thread.get(id=one.thread_id)
            await self._threads.note(thread, "paper", f"« {one.name} » est arrivé par « Envoyer un document ».")

    async def _leave_last(self, draft: Draft) -> None:
        """Whoever chose another file after an error meant it in the place of the first."""
        kept = await DraftFile.filter(draft=draft).order_by("-id")
        for file in kept[1:]:
            await self._drafts.detach(draft, file.id)

    async def _words(self, kind: DocumentKind, person: Person) -> Typed:
        dossier = self._core.config.dossier
        place = await destination(kind.service or dossier.service, dossier.theme(THEME))
        if place is None:
            raise Invalid({"nature": "Aucun service ne reçoit ce document. Adressez-vous à la mairie."})
        whom = "toute la famille" if person.is_family else person.name
        text = f"Bonjour,\n\nVoici le document « {kind.name} » pour {whom}.\n\nMerci."
        subject = f"Document : {titled(kind, person)}"[: self._core.config.limits.subject_length]
        return Typed(*place, subject, text, wants_copy=True)


def people_of(view: FileView) -> list[Person]:
    """Pure: whom papers may be about, as one guardian sees the family."""
    guardians = [guardian for guardian in (view.me, view.partner) if guardian is not None]
    return [
        Person(WHOLE_FAMILY),
        *(Person(f"{one.first_name} {one.last_name}", guardian=one.id) for one in guardians),
        *(Person(f"{one.first_name} {one.last_name}", child=one.id) for one in view.children),
    ]


def titled(kind: DocumentKind, person: Person) -> str:
    """Pure: which paper, and whose where it is not the whole family's; for whoever reads it."""
    return kind.name if person.is_family else f"{kind.name} – {person.name}"


def mark(person: Person) -> str:
    """Pure: how a form names a person."""
    if person.child:
        return f"enfant-{person.child}"
    return f"responsable-{person.guardian}" if person.guardian else FAMILY


def _visible(view: FileView, account: int) -> QuerySet[Document]:
    """The papers that a guardian sees. Who lives apart: what they sent, and what the town made for theirs."""
    documents = Document.filter(family_id=view.family.id)
    if not view.family.is_separated:
        return documents
    theirs = Q(child_id__in=[child.id for child in view.children] or [0])
    whole = Q(child_id=None, guardian_id=None)
    return documents.filter(Q(account_id=account) | Q(Q(state="received"), theirs | Q(guardian_id=view.me.id) | whole))


def _sent(row: Mapping[str, Any]) -> Sent:
    until = None if row["forever"] or row["until"] is None else _date(row["until"])
    return Sent(row["kind"], row["child_id"] or 0, row["guardian_id"] or 0, row["state"], until, row["reason"])


def _date(value: date | str) -> date:
    """SQLite keeps days as ISO text."""
    return value if isinstance(value, date) else date.fromisoformat(value)
