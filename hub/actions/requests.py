"""What is done to requests: asked, accepted, refused, withdrawn, undone. Each verb is one transaction.

A decision is a conditional update: of two at once one wins, and the other is told who was first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hub.accounts.journal import AWAY, Journal
from hub.actions.kinds import BY_SLUG, KINDS, title
from hub.actions.kinds.base import GONE, NOTHING, Field, Ground, Kind
from hub.actions.models import OPEN, DecisionLink, Request, RequestEvent
from hub.core.base import Core
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.seal import SealBroken
from hub.core.tokens import random_token
from hub.dossier.file import FamilyFile
from hub.dossier.view import FileView
from hub.mailbox.clock import Clocks
from hub.mailbox.directory import destination
from hub.mailbox.models import ServiceAgent, Thread
from hub.mailbox.receipts import decides_on, silence
from hub.mailbox.sending import Sender
from hub.mailbox.threads import Author, Said, Threads
from hub.mailbox.writing import paragraphs

PURPOSE = "request"  # of the seal
LONGEST_REASON = 500  # characters
LONGEST_COMMENT = 2_000
UNDO = timedelta(minutes=1)
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

    def __init__(self, core: Core, files: FamilyFile, threads: Threads) -> None:
        self._core = core
        self._files = files
        self._threads = threads
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
            if known := await Request.get_or_none(thread__messages__key=key, thread__family_id=sender.family):
                return known.thread_id
            await self._refuse_second(kind, guardian, child)
            thread = await self._open(sender, kind, ground, comment, key)
            request = await Request.create(
                thread_id=thread, kind=kind.slug, guardian=guardian, child=child or None,
                changes=[[c.what, c.before, c.after] for c in asked.changes], payload=self._sealed(asked.payload),
                asked_at=self._core.clock.now(),
            )  # fmt: skip
            await self._note(request, "asked", sender.author, "web")
            await self._clocks.hold(thread, request.asked_at)
        return thread

    async def decide(
        self, request: int, decided: Decided, by: Author, via: str, instead: Mapping[str, Any] | None = None
    ) -> None:
        """Accept or refuse. Raises Invalid, NotFound, or Conflict for whoever comes second.

        `instead`: what an agent knows better, applied in the place of what was asked for.
        Whether `by` may is the caller's to know: see `of_agent`, `DecisionLinks`, and the trust of mail.
        """
        reason = checked(decided)
        async with self._core.db.transaction():
            found = await self._claim(request, "accepted" if decided.accept else "refused", reason)
            if decided.accept:
                kind, ground = BY_SLUG[found.kind], await self._still(found)
                found.before = self._sealed(
                    await kind.accept(ground, {**self._opened(found.payload), **(instead or {})})
                )
                await found.save(update_fields=["before"])
            await DecisionLink.filter(request=found, used_at=None).update(used_at=found.decided_at)
            await self._note(found, found.state, by, via, reason)
            if away := AWAY.get(via):  # at the desk the page writes the line
                await self._journal.add(by.agent, by.name, away, f"demande {found.id}")
            await self._tell(found, by, _words(found, reason), via)

    async def undo(self, request: int, by: Author) -> None:
        """Take a decision of one's own back within a minute. Raises NotFound, Conflict."""
        async with self._core.db.transaction():
            last = await RequestEvent.filter(request_id=request).order_by("-id").first()
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
            if last.act == "accepted":
                await BY_SLUG[found.kind].revert(await self._still(found), self._opened(found.before))
            links = DecisionLink.filter(request=found, used_at=found.decided_at)
            await links.update(used_at=None)  # those that the decision had revoked
            await self._note(found, "undone", by, "desk")
            await self._tell(
                found, by, "La décision ci-dessus est annulée : la demande est de nouveau en attente.", "desk"
            )

    async def withdraw(self, thread: int, account: int, name: str) -> None:
        """A guardian no longer asks. Raises NotFound when the thread is not theirs, Conflict once it is decided."""
        await self._threads.visible(thread, account)
        found = await Request.get_or_none(thread_id=thread)
        if found is None:
            raise NotFound
        async with self._core.db.transaction():
            found = await self._claim(found.id, "withdrawn", "")
            await DecisionLink.filter(request=found, used_at=None).update(used_at=self._core.clock.now())
            author = Author(name, account=account)
            await self._note(found, "withdrawn", author, "web")
            await self._tell(found, author, "Je retire cette demande.", "web")

    async def expire(self) -> int:
        """Those about which silence has decided: noted in their threads, and no longer pending. For the round."""
        config, today, expired = self._core.config, self._core.today(), 0
        running = Request.filter(state="pending", thread__clock_since__not_isnull=True, thread__clock_stopped_at=None)
        for request in await running.select_related("thread__theme"):
            theme, since = request.thread.theme, request.thread.clock_since
            months, sentence = (theme.months, theme.silence) if theme else (0, "")
            if since and decides_on(config, since, months) < today:
                expired += await self._expire(request, silence(config, since, sentence, months))
        return expired

    async def of_thread(self, thread: int) -> Request | None:
        """The request that a thread carries."""
        return await Request.get_or_none(thread_id=thread)

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
        kind, payload = BY_SLUG[request.kind], self._opened(request.payload)
        return [(field.label, payload[field.name] or NOTHING) for field in kind.fields if field.name in payload]

    async def can_undo(self, request: Request, by: Author) -> bool:
        """Whether they have decided within the last minute."""
        if request.decided_at is None or request.decided_at <= self._core.clock.now() - UNDO:
            return False
        last = await RequestEvent.filter(request=request).order_by("-id").first()
        return last is not None and _is_by(last, by)

    async def _asking(self, guardian: int, slug: str, child: int) -> tuple[Kind, Ground]:
        kind, ground = BY_SLUG.get(slug), await self._ground(guardian, child)
        if kind is None or not self._is_offered(kind) or not kind.is_offered(ground.view):
            raise NotFound
        if (kind.about == "child") != bool(child) or (child and ground.child is None):
            raise NotFound
        return kind, ground

    async def _ground(self, guardian: int, child: int) -> Ground:
        """As it is now. Raises NotFound when the guardian is gone."""
        view = await self._files.of(guardian)
        return Ground(self._core, self._files, view, next((one for one in view.children if one.id == child), None))

    async def _still(self, request: Request) -> Ground:
        """Where a request stands by now. Raises Conflict when whoever asked is no longer in the file."""
        try:
            return await self._ground(request.guardian, request.child or 0)
        except NotFound as gone:
            raise Conflict(GONE) from gone

    async def _refuse_second(self, kind: Kind, guardian: int, child: int) -> None:
        waiting = Request.filter(kind=kind.slug, guardian=guardian, child=child or None, state="pending")
        if kind.is_single and await waiting.exists():
            raise Invalid({"": "Une demande comme celle-ci attend déjà une réponse. Retirez-la d’abord."})

    async def _open(self, sender: Sender, kind: Kind, ground: Ground, comment: str, key: str) -> int:
        place = await destination(kind.service(self._core.config))
        if place is None:
            raise Invalid({"": "Aucun service ne reçoit ces demandes. Adressez-vous à la mairie."})
        about = f" – {ground.child.first_name} {ground.child.last_name}" if ground.child else ""
        asked = kind.sentence.format(what=f"{kind.title}{about}")  # the rest stands on the card beside the message
        said = Said("\n\n".join(filter(None, ["Bonjour,", asked, comment])), key, wants_copy=True)
        subject = f"Demande : {kind.title}{about}"[: self._core.config.limits.subject_length]
        message = await self._threads.open(sender.author, sender.family, *place, subject, said)
        return message.thread_id

    async def _claim(self, request: int, state: str, reason: str) -> Request:
        now = self._core.clock.now()
        waiting = Request.filter(id=request, state__in=FROM[state])
        changed = await waiting.update(state=state, reason=reason, decided_at=None if state == "withdrawn" else now)
        found = await Request.get_or_none(id=request).select_related("thread")
        if found is None:
            raise NotFound
        if not changed:
            raise Conflict(await self._already(found))
        found.clock_since = await self._clocks.end(found.thread_id) or found.clock_since
        await found.save(update_fields=["clock_since"])
        return found

    async def _expire(self, request: Request, words: str) -> int:
        async with self._core.db.transaction():
            now = self._core.clock.now()
            if not await Request.filter(id=request.id, state="pending").update(state="expired", decided_at=now):
                return 0
            await self._clocks.end(request.thread_id)
            await self._note(request, "expired", Author("Silence de la mairie"), "")
            await self._threads.note(request.thread, "silence", f"Le délai est écoulé. {words}")
        return 1

    async def _already(self, request: Request) -> str:
        """Who was first, and with what."""
        last = await RequestEvent.filter(request=request).order_by("-id").first()
        what = STATES[request.state].lower()
        return f"Cette demande est déjà {what}{f' par {last.by}' if last else ''}."

    async def _tell(self, request: Request, by: Author, text: str, via: str) -> None:
        thread = await Thread.get(id=request.thread_id)
        said = Said(text, f"request-{random_token()}", via="web" if by.account else "desk" if via == "link" else via)
        await self._threads.post(thread, by, said, text)

    async def _note(self, request: Request, act: str, by: Author, via: str, reason: str = "") -> None:
        await RequestEvent.create(
            request=request, act=act, by=by.name[:160], account=by.account or None, agent=by.agent or None, via=via,
            reason=reason, at=self._core.clock.now(),
        )  # fmt: skip

    def _is_offered(self, kind: Kind) -> bool:
        settings = self._core.config.dossier
        return kind.slug in settings.requests and not (kind.direct and settings.lets(kind.direct))

    def _sealed(self, payload: Mapping[str, Any]) -> str:
        return self._core.sealer.seal(PURPOSE, json.dumps(payload, default=str))

    def _opened(self, sealed: str) -> dict[str, Any]:
        try:
            return dict(json.loads(self._core.sealer.open(PURPOSE, sealed)))
        except SealBroken as broken:
            raise Conflict("La clé du portail a changé : cette demande ne peut plus être lue.") from broken


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


def _words(request: Request, reason: str) -> str:
    if request.state == "accepted":
        return f"Votre demande « {title(request.kind)} » est acceptée."
    return f"Votre demande « {title(request.kind)} » est refusée.\n\nMotif : {reason}"
