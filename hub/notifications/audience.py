"""Pure: who is told of a message, by which letter, and why. Whoever is not told is named with the reason too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """The reason a person is told, or not."""

    follows_service = "follows_service"  # an agent of the thread's service, or its shared mailbox
    asked_for_copy = "asked_for_copy"  # "Confirmation par email": the acknowledgement of receipt
    works_beside = "works_beside"  # a colleague of the agent who answered, or the shared mailbox of their service
    is_answered = "is_answered"  # a guardian of the family the town wrote to
    wrote_it = "wrote_it"  # not told: it is their own message
    unverified = "unverified"  # not told: the address was never confirmed
    same_family = "same_family"  # not told by mail: the other guardian reads it in the web inbox


class Letter(StrEnum):
    """The folder of templates."""

    agent_message = "agent-message"
    acknowledgement = "acknowledgement"
    town_answer = "town-answer"
    colleague_answer = "colleague-answer"
    service_copy = "service-copy"
    none = ""


@dataclass(frozen=True, slots=True)
class Guardian:
    """A guardian of the family, as far as telling them goes."""

    account: int
    name: str
    email: str
    verified: bool
    wants_text: bool = True  # of the town's answers, and not only that there is one


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Where the service's mail goes: an agent, or its shared mailbox (`agent` 0)."""

    service: int
    agent: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """Who spoke: an account, an agent, or neither (the service or the town). `answers`: the family had written."""

    account: int
    agent: int
    wants_copy: bool
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A person, the letter they get ("" for none) and why."""

    person: Guardian | Correspondent
    letter: Letter
    why: Why


def audience(spoken: Spoken, guardians: Sequence[Guardian], correspondents: Sequence[Correspondent]) -> list[Told]:
    """Everyone concerned by a message, each exactly once."""
    if spoken.account:
        family = [_of_own_family(guardian, spoken) for guardian in guardians]
        return [*family, *(Told(c, Letter.agent_message, Why.follows_service) for c in correspondents)]
    beside = [c for c in correspondents if c.agent != spoken.agent] if spoken.agent and spoken.answers else []
    told = (Told(colleague, Letter.colleague_answer, Why.works_beside) for colleague in beside)
    return [*map(_answered, guardians), *told]


def _of_own_family(guardian: Guardian, spoken: Spoken) -> Told:
    if guardian.account != spoken.account:
        return Told(guardian, Letter.none, Why.same_family)
    if not spoken.wants_copy:
        return Told(guardian, Letter.none, Why.wrote_it)
    if not guardian.verified:
        return Told(guardian, Letter.none, Why.unverified)
    return Told(guardian, Letter.acknowledgement, Why.asked_for_copy)


def _answered(guardian: Guardian) -> Told:
    if not guardian.verified:
        return Told(guardian, Letter.none, Why.unverified)
    return Told(guardian, Letter.town_answer, Why.is_answered)
