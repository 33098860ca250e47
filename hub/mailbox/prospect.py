"""What becomes of a mail if an agent vouches for it: which conversation, in whose name. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from hub.dossier.models import Family
from hub.mailbox.case import Case
from hub.mailbox.models import Service
from hub.mailbox.refusals import Refusal
from hub.mailbox.replies import Holder
from hub.mailbox.steps import Steps

Places = tuple[tuple[int, str], ...]  # number and name of services
NOWHERE: Places = ()


@dataclass(frozen=True, slots=True)
class Prospect:
    """Where the mail goes and who speaks there.

    `registered` is the address on file of `author`; `claimed`: From is theirs; `proven`: our host vouches for From.
    """

    author: str
    role: Holder
    registered: str
    claimed: bool
    proven: bool
    service: str
    service_id: int
    account: int  # of a parent, 0 for the town's people
    thread: int  # 0 for a new conversation
    family: str
    family_number: str
    subject: str
    services: Places  # it was written to none of these: an agent chooses

    @property
    def is_certain(self) -> bool:
        """Whether From alone shows that the author wrote it."""
        return self.claimed and self.proven

    @property
    def opens(self) -> bool:
        """Whether it begins a conversation."""
        return not self.thread


async def places(steps: Steps, case: Case) -> Places:
    """The services among which an agent has to choose for a mail that is neither written to one of them nor answers a
    conversation."""
    [case] = await steps.look_up([case])
    return _named(await _lost(case))


async def _lost(case: Case) -> list[Service]:
    if case.thread or case.addressed:
        return []
    return await Service.filter(closed_at=None).order_by("position", "id")


def _named(services: Sequence[Service]) -> Places:
    return tuple((service.id, service.name) for service in services)


async def foresee(steps: Steps, case: Case) -> Prospect | None:
    """The outcome the pipeline would come to; None where it would refuse the mail whoever vouched for it."""
    [case] = await steps.look_up([case])
    try:
        case = await steps.authors.find_author(await steps.find_thread(case))
        services = await _lost(case)
        case = await steps.choose_service(replace(case, addressed=case.addressed or tuple(services[:1])))
    except Refusal:
        return None
    return await _prospect(steps, case, _named(services)) if case.registered or case.mail.account else None


async def _prospect(steps: Steps, case: Case, services: Places) -> Prospect | None:
    owner = case.thread or case.account
    if owner is None or case.service is None:
        return None
    family = await Family.get(id=owner.family_id)
    return Prospect(
        author=case.author.name,
        role=_role(case),
        registered=case.registered,
        claimed=case.claimed,
        proven=case.reading.verdict.aligned,
        service=", ".join(each.name for each in (case.service, *case.beside)),
        service_id=case.service.id,
        account=case.account.id if case.account else 0,
        thread=case.thread.id if case.thread else 0,
        family=family.name,
        family_number=family.number,
        subject=case.thread.subject if case.thread else steps.title(case),
        services=services,
    )


def _role(case: Case) -> Holder:
    if case.account:
        return Holder.account
    return Holder.agent if case.agent else Holder.service
