"""Asking a family for a paper without which an agent cannot go on: "pièce manquante" (CRPA, L114-5).

It is asked for in the thread, by a message like any other; it comes in an answer with a file (see pieces).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from tortoise.exceptions import IntegrityError

from hub.accounts.models import Account
from hub.core.base import Core
from hub.core.errors import Invalid, NotFound
from hub.core.french import whole_date
from hub.core.told import Asked, Question, ask, reading
from hub.dossier.file import FamilyFile
from hub.dossier.required import Person, of
from hub.mailbox.clock import Clocks
from hub.mailbox.filing import people_of, titled
from hub.mailbox.models import WantedPaper
from hub.mailbox.pieces import Pieces
from hub.mailbox.threads import Author, Said, Threads
from hub.mailbox.writing import one_line, paragraphs

LONGEST_NAME = 120  # characters of a paper that the settings do not know
LONGEST_DETAIL = 1_000
LATEST = timedelta(days=92)  # how long a family may be given
OTHER = "autre"


@dataclass(frozen=True, slots=True)
class Choice:
    """A paper that can be asked for: its kind, of whom, and both in words. `value`: as a form posts it."""

    value: str
    kind: str
    person: Person
    name: str


class Wanted(NamedTuple):
    """A paper that is waited for. `by`: the agent's name; `until`: the last day."""

    id: int
    thread: int
    name: str
    by: str
    until: date


_WANTED = ("w.id", "w.thread_id", "w.name", "w.by", "w.until")
_READ = reading(Wanted)


@dataclass(frozen=True, slots=True)
class Typed:
    """What an agent typed: a choice or OTHER, the name of another paper, the last day, a word for the family."""

    choice: str
    name: str
    until: str
    detail: str


class Asking:
    """The verbs."""

    def __init__(self, core: Core, threads: Threads, pieces: Pieces) -> None:
        self._core = core
        self._threads = threads
        self._files = FamilyFile(core)
        self._clocks = Clocks(core)
        self._pieces = pieces

    async def choices(self, thread: int) -> list[Choice]:
        """What may be asked for in a thread: of whom its reader sees in the file."""
        reader = await Account.filter(entries__thread_id=thread).order_by("id").first()
        if reader is None:
            return []
        people = people_of(await self._files.of(reader.guardian_id))
        return [
            Choice(f"{kind.slug}:{place}", kind.slug, person, titled(kind, person))
            for kind in self._core.config.documents
            for place, person in enumerate(of(kind, people))
        ]

    async def ask(self, by: Author, thread: int, typed: Typed, key: str) -> None:
        """Ask for one. The same key asks once. Raises NotFound, Invalid."""
        found = await self._threads.served(thread, by.agent)
        choice, until = await self._checked(thread, typed)
        wanted = WantedPaper(
            thread=found, family_id=found.family_id, kind=choice.kind, name=choice.name[:200],
            child=choice.person.child or None, guardian=choice.person.guardian or None, until=until, by=by.name[:160],
            asked_at=self._core.clock.now(),
        )  # fmt: skip
        text = _words(choice.name, until, paragraphs(typed.detail).strip())
        try:
            async with self._core.db.transaction():
                since = found.clock_since
                await self._threads.post(found, by, Said(text, key, via="desk"), text)
                await wanted.save()
                await self._clocks.stop(found, since, until)
        except IntegrityError:  # the second of two clicks
            return

    async def drop(self, by: Author, thread: int, wanted: int) -> None:
        """It is no longer needed. Raises NotFound."""
        waits = WantedPaper.filter(thread=await self._threads.served(thread, by.agent), state="waiting")
        found = await waits.get_or_none(id=wanted)
        if found is None:
            raise NotFound
        async with self._core.db.transaction():
            await self._pieces.drop(found)

    async def of_thread(self, thread: int) -> tuple[Wanted, ...]:
        """Those that a thread waits for, in the order in which they were asked for."""
        [found] = await ask(self._core.db, self.asked_in(thread))
        return found

    def asked_in(self, thread: int) -> Asked[tuple[Wanted, ...]]:
        """The same, to be asked together with something else."""
        source = "FROM wanted_paper w WHERE w.thread_id = ? AND w.state = 'waiting' ORDER BY w.id"
        return Asked((Question(_WANTED, source, (thread,)),), _READ)

    async def of_account(self, account: int) -> tuple[Wanted, ...]:
        """Those that a guardian is asked for, the most urgent first."""
        question = Question(
            _WANTED,
            "FROM wanted_paper w JOIN entry e ON e.thread_id = w.thread_id WHERE e.account_id = ? "
            "AND w.state = 'waiting' ORDER BY w.until, w.id",
            (account,),
        )
        [found] = await ask(self._core.db, Asked((question,), _READ))
        return found

    def proposed(self) -> date:
        """The last day that a form begins with."""
        return self._core.today() + timedelta(days=self._core.config.acknowledgement.missing_days)

    async def _checked(self, thread: int, typed: Typed) -> tuple[Choice, date]:
        """What is asked for and until when. Raises Invalid."""
        errors, name = {}, one_line(typed.name)
        choice = next((one for one in await self.choices(thread) if one.value == typed.choice), None)
        if typed.choice == OTHER:
            if not name or len(name) > LONGEST_NAME:
                errors["nom_piece"] = f"Dites quelle pièce il manque ({LONGEST_NAME} caractères au plus)."
            choice = Choice(OTHER, "", Person(""), name)
        elif choice is None:
            errors["piece_demandee"] = "Choisissez la pièce qui manque."
        until = _day(typed.until)
        if until is None or not self._core.today() < until <= self._core.today() + LATEST:
            latest = whole_date(self._core.today() + LATEST)
            errors["avant_le"] = f"Choisissez un jour à venir, au plus tard le {latest}."
        if len(typed.detail) > LONGEST_DETAIL:
            errors["precision"] = f"{LONGEST_DETAIL} caractères au plus."
        if errors or choice is None or until is None:
            raise Invalid(errors)
        return choice, until


def missing(wanted: Sequence[Wanted]) -> list[tuple[str, str]]:
    """Pure: what is waited for and until when, in words."""
    return [(one.name, whole_date(one.until)) for one in wanted]


def _words(name: str, until: date, detail: str) -> str:
    asked = f"Bonjour,\n\nPour traiter votre demande, il nous manque : {name}."
    how = (
        f"Merci de nous l’envoyer au plus tard le {whole_date(until)} : répondez à ce message en joignant le fichier "
        "ou sa photo. Le délai de réponse de la mairie est suspendu en attendant."
    )
    return "\n\n".join(filter(None, [asked, detail, how]))


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None
