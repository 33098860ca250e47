"""What is done to requests: asked, accepted, refused, withdrawn, undone. Each verb is one transaction.

A decision is a conditional update: of two at once one wins, and the other is told who was first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.accounts.journal import AWAY, Journal
from hub.actions.events import note
from hub.actions.grounds import Grounds
from hub.actions.kinds import BY_SLUG, KINDS
from hub.actions.kinds.base import NOTHING, Change, Field, Ground, Kind
from hub.actions.models import OPEN, PAPER, DecisionLink, Request, RequestEvent
from hub.actions.sealing import opened, sealed
from hub.core.base import Core
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.tokens import random_token
from hub.dossier.file import FamilyFile
from hub.dossier.view import FileView
from hub.mailbox.clock import Clocks
from hub.mailbox.directory import destination
from hub.mailbox.models import ServiceAgent, Thread
from hub.mailbox.pieces import Pieces
from hub.mailbox.sending import Sender
from hub.mailbox.threads import Author, Said, Threads
from hub.mailbox.writing import paragraphs

LONGEST_REASON = 500  # characters
LONGEST_COMMENT = 2_000
UNDO = timedelta(minutes=1)
SECOND = (
    "Une demande comme celle-ci attend déjà une réponse. Pour la changer, retirez-la d’abord : elle est dans la "
    "« Liste des demandes »."
)
STATES = {
    "pending": "En attente",
    "accepted": "Acceptée",
    "refused": "Refusée",
    "withdrawn": "Retirée",
    "expired": "Sans réponse dans le délai",
}
FROM = {"accepted": OPEN, "refused": OPEN, "withdrawn": ("pending",)}  # state: those that it may follow


@dataclass(frozen=True, slots=True)
class Form:
    """An empty form: of which kind, about whom, its inputs and what they begin with."""

    kind: Kind
    child: int
    about: str  # the child's name, or ""
    inputs: Sequence[Field]
    present: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decided:
    """What an agent decides. A refusal has a reason."""

    accept: bool
    reason: str = ""


class Requests:
    """The verbs."""

    def __init__(self, core: Core, files: FamilyFile, threads: Threads, pieces: Pieces) -> None:
        self._core = core
        self._grounds = Grounds(core, files)
        self._threads = threads
        self._pieces = pieces
        self._clocks = Clocks(core)
        self._journal = Journal(core)

    def offered(self, view: FileView) -> list[Kind]:
        """What whoever sees the file so may ask for."""
        return [kind for kind in KINDS if self._is_offered(kind) and kind.is_offered(view)]

    async def form(self, guardian: int, slug: str, child: int = 0) -> Form:
        """The form of a kind. Raises NotFound."""
        kind, ground = await self._asking(guardian, slug, child)
        about = f"{ground.child.first_name} {ground.child.last_name}" if ground.child else ""
        return Form(kind, child, about, kind.inputs(ground), await kind.present(ground))

    async def submit(
        self, sender: Sender, guardian: int, slug: str, child: int, typed: Mapping[str, str], key: str
    ) -> int:
        """Ask for something; `typed` by input, with "commentaire". The thread. The same key asks once.

        Raises NotFound, Invalid.
        """
        kind, ground = await self._asking(guardian, slug, child)
        comment = paragraphs(typed.get("commentaire", "")).strip()
        if len(comment) > LONGEST_COMMENT:
            raise Invalid({"commentaire": f"{LONGEST_COMMENT} caractères au plus."})
        asked = await kind.check(ground, typed)
        async with self._core.db.transaction():
            await self._core.db.lock(f"request {guardian} {slug} {child}")
            if known := await Request.filter(thread__messages__key=key, thread__family_id=sender.family).first():
                return known.thread_id
            await self._refuse_second(kind, guardian, child)
            thread = await self._open(sender, kind, ground, comment, key)
            request = await Request.create(
                thread_id=thread, kind=kind.slug, guardian=guardian, child=child or None,
                changes=[[c.what, c.before, c.after] for c in asked.changes], payload=sealed(self._core, asked.payload),
                asked_at=self._core.clock.now(),
            )  # fmt: skip
            await note(self._core, request, "asked", sender.author, "web")
            await self._clocks.hold(thread, request.asked_at)
        return thread

    async def decide(
        self, request: int, decided: Decided, by: Author, via: str, instead: Mapping[str, Any] | None = None
    ) -> None:
        """Accept or refuse. Raises Invalid, NotFound, or Conflict for whoever comes second.

        `instead`: what an agent knows better, applied in the place of what was asked for.
        Whether `by` may is the caller's to know: see `of_agent`, `DecisionLinks`, and the trust of mail.
        """
        await self.decide_all([request], decided, by, via, instead)

    async def decide_all(
        self, requests: Sequence[int], decided: Decided, by: Author, via: str, instead: Mapping[str, Any] | None = None
    ) -> int:
        """The same for several of one thread: all or none, and the family is told once, by the message returned."""
        reason = checked(decided)
        async with self._core.db.transaction():
            words = [await self._decide(one, decided.accept, reason, by, via, instead) for one in requests]
            if reason:
                words.append(f"Motif : {reason}")
            return await self._tell(await Request.get(id=requests[0]), by, "\n\n".join(words), via)

    async def undo(self, request: int, by: Author) -> None:
        """Take a decision of one's own back within a minute. Raises NotFound, Conflict."""
        async with self._core.db.transaction():
            last = await RequestEvent.filter(request_id=request).order_by("-id").first()
            if last and last.act == "undone" and (last.agent or 0) == by.agent:
                raise Conflict("Vous avez déjà annulé cette décision.")
            if last is None or not _is_by(last, by):
                raise NotFound
            if last.at <= self._core.clock.now() - UNDO:
                raise Conflict("Il est trop tard pour annuler : la famille est déjà avertie.")
            found = await Request.get(id=request)
            if not await Request.filter(id=request, state=last.act).update(
                state="pending", reason="", before="", decided_at=None
            ):
                raise Conflict("Cette demande vient de changer.")
            await self._clocks.hold(found.thread_id, found.clock_since or found.asked_at)
            kind, decided_at = BY_SLUG[found.kind], found.decided_at
            if decided_at and found.kind != PAPER:
                await self._pieces.want_again(found.thread_id, decided_at)
            if last.act == "accepted" or not kind.is_personal:
                ground = await self._grounds.still(found, kind, by.agent)
                await kind.revert(ground, opened(self._core, found.before))
            links = DecisionLink.filter(request=found, used_at=decided_at)
            await links.update(used_at=None)  # those that the decision had revoked
            await note(self._core, found, "undone", by, "desk")
            told = await self._tell(
                found, by, "La décision ci-dessus est annulée : la demande est de nouveau en attente.", "desk"
            )
            if decided_at:
                await self._threads.copy_too(told, found.thread_id, decided_at)

    async def withdraw(self, request: int, account: int, name: str) -> None:
        """A guardian no longer asks. Raises NotFound when the thread is not theirs, Conflict once it is decided."""
        asked = await Request.get_or_none(id=request)
        if asked is None:
            raise NotFound
        await self._threads.visible(asked.thread_id, account)
        async with self._core.db.transaction():
            found = await self._claim(request, "withdrawn", "")
            await BY_SLUG[found.kind].withdraw(opened(self._core, found.payload))
            await DecisionLink.filter(request=found, used_at=None).update(used_at=self._core.clock.now())
            author = Author(name, account=account)
            await note(self._core, found, "withdrawn", author, "web")
            await self._tell(found, author, "Je retire cette demande.", "web")

    async def in_thread(self, thread: int) -> list[Request]:
        """Those that a thread carries, in the order in which they were asked: one, and papers."""
        return await Request.filter(thread_id=thread).order_by("id")

    async def waiting(self, guardian: int, slug: str) -> Request | None:
        """What a guardian has asked for that nobody has decided."""
        return await Request.filter(guardian=guardian, kind=slug, state__in=OPEN).order_by("-id").first()

    async def of_agent(self, request: int, agent: int) -> Request:
        """One that this agent's services answer. Raises NotFound."""
        found = await Request.get_or_none(id=request).select_related("thread__service", "thread__family")
        if found is None or not await ServiceAgent.exists(agent_id=agent, service_id=found.thread.service_id):
            raise NotFound
        return found

    async def reveal(self, request: Request) -> list[tuple[str, str]]:
        """What is asked in a secret request, in words. Whether the agent may read it is the caller's to know."""
        kind, payload = BY_SLUG[request.kind], opened(self._core, request.payload)
        return [(field.label, payload[field.name] or NOTHING) for field in kind.fields if field.name in payload]

    async def can_undo(self, request: Request, by: Author) -> bool:
        """Whether they have decided within the last minute."""
        if request.decided_at is None or request.decided_at <= self._core.clock.now() - UNDO:
            return False
        last = await RequestEvent.filter(request=request).order_by("-id").first()
        return last is not None and _is_by(last, by)

    async def _asking(self, guardian: int, slug: str, child: int) -> tuple[Kind, Ground]:
        kind, ground = BY_SLUG.get(slug), await self._grounds.of(guardian, child)
        if kind is None or not self._is_offered(kind) or not kind.is_offered(ground.view):
            raise NotFound
        if (kind.about == "child") != bool(child) or (child and ground.child is None):
            raise NotFound
        return kind, ground

    async def _decide(
        self, request: int, accept: bool, reason: str, by: Author, via: str, instead: Mapping[str, Any] | None
    ) -> str:
        """One of them; what the family is told."""
        found = await self._claim(request, "accepted" if accept else "refused", reason)
        kind, done = BY_SLUG[found.kind], dict[str, Any]()
        if accept or not kind.is_personal:
            ground, payload = await self._grounds.still(found, kind, by.agent), opened(self._core, found.payload)
            wanted = {**payload, **(instead or {})}
            done = await (kind.accept(ground, wanted) if accept else kind.refuse(ground, payload, reason))
            found.before = sealed(self._core, done)
            await found.save(update_fields=["before"])
        await DecisionLink.filter(request=found, used_at=None).update(used_at=found.decided_at)
        await note(self._core, found, found.state, by, via, reason)
        if away := AWAY.get(via):  # at the desk the page writes the line
            await self._journal.add(by.agent, by.name, away, f"demande {found.id}")
        return kind.told(accept, [Change(*line) for line in found.changes], done)

    async def _refuse_second(self, kind: Kind, guardian: int, child: int) -> None:
        waiting = Request.filter(kind=kind.slug, guardian=guardian, child=child or None, state="pending")
        if kind.is_single and await waiting.exists():
            raise Invalid({"": SECOND})

    async def _open(self, sender: Sender, kind: Kind, ground: Ground, comment: str, key: str) -> int:
        config = self._core.config
        place = await destination(kind.service(config), config.dossier.theme(kind.slug))
        if place is None:
            raise Invalid({"": "Aucun service ne reçoit ces demandes. Adressez-vous à la mairie."})
        about = f" – {ground.child.first_name} {ground.child.last_name}" if ground.child else ""
        asked = kind.sentence.format(what=f"{kind.title}{about}")  # the rest stands on the card beside the message
        said = Said("\n\n".join(filter(None, ["Bonjour,", asked, comment])), key, wants_copy=True)
        subject = f"Demande : {kind.title}{about}"[: config.limits.subject_length]
        message = await self._threads.open(sender.author, sender.family, *place, subject, said)
        return message.thread_id

    async def _claim(self, request: int, state: str, reason: str) -> Request:
        """Settle it, whoever is first, and the clock of its thread. Raises NotFound, Conflict."""
        now = self._core.clock.now()
        waiting = Request.filter(id=request, state__in=FROM[state])
        changed = await waiting.update(state=state, reason=reason, decided_at=None if state == "withdrawn" else now)
        found = await Request.get_or_none(id=request).select_related("thread")
        if found is None:
            raise NotFound
        if not changed:
            raise Conflict(await self._already(found))
        found.clock_since = await self._settle_clock(found, now) or found.clock_since
        await found.save(update_fields=["clock_since"])
        return found

    async def _settle_clock(self, decided: Request, at: datetime) -> datetime | None:
        """It ends with the last decision that a thread waits for. From when it ran, should that be taken back."""
        thread = decided.thread_id
        await self._core.db.lock(f"clock {thread}")
        since = (await Thread.get(id=thread)).clock_since
        if decided.kind != PAPER:  # of papers each is decided by itself: others are still wanted
            await self._pieces.drop_all(thread, at)
        if not await Request.filter(thread_id=thread, state="pending").exists():
            wanted = await self._pieces.are_wanted(thread)
            await (self._clocks.release(thread) if wanted else self._clocks.end(thread))
        return since

    async def _already(self, request: Request) -> str:
        """Who was first, and with what."""
        last = await RequestEvent.filter(request=request).order_by("-id").first()
        what = STATES[request.state].lower()
        return f"Cette demande est déjà {what}{f' par {last.by}' if last else ''}."

    async def _tell(self, request: Request, by: Author, text: str, via: str) -> int:
        thread = await Thread.get(id=request.thread_id)
        said = Said(text, f"request-{random_token()}", via="web" if by.account else "desk" if via == "link" else via)
        return int((await self._threads.post(thread, by, said, text)).id)

    def _is_offered(self, kind: Kind) -> bool:
        settings = self._core.config.dossier
        wanted = settings.requests is None or kind.slug in settings.requests
        return wanted and not (kind.direct and settings.lets(kind.direct))


def checked(decided: Decided) -> str:
    """Pure: the reason of a decision. Raises Invalid."""
    reason = decided.reason.strip()
    if not decided.accept and not reason:
        raise Invalid({"motif": "Dites pourquoi : la famille le lira."})
    if decided.accept and reason:
        raise Invalid({"motif": "Vous avez écrit un motif de refus : effacez-le pour accepter, ou refusez."})
    if len(reason) > LONGEST_REASON:
        raise Invalid({"motif": f"{LONGEST_REASON} caractères au plus."})
    return reason


def _is_by(event: RequestEvent, by: Author) -> bool:
    """Whether it is a decision of that agent, or of that service where nobody in it is named."""
    return event.act in ("accepted", "refused") and (event.agent or 0) == by.agent and event.by == by.name[:160]
