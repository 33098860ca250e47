"""Two inbound steps: whom a mail speaks for, and whether it is they who wrote it."""

from __future__ import annotations

from msgspec.structs import replace

from hub.accounts.models import Account, Agent
from hub.core.base import Core
from hub.mailbox.answers import asked
from hub.mailbox.case import Case
from hub.mailbox.models import Entry, Service, Thread
from hub.mailbox.refusals import Reason, Refusal
from hub.mailbox.replies import Grant, Standing
from hub.mailbox.trust import Proof, Token, Told, ruling


class Authors:
    """Finds and checks them. What the check comes to is a table of its own, see `trust`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def find_author(self, case: Case) -> Case:
        """Whom the mail would speak for, their address on file, and whether From names them."""
        if not case.sender:
            raise Refusal(Reason.no_author)
        if case.grant:
            return self._holder(case, case.grant)
        if case.mail.released and case.mail.account:
            return await self._known_to_agent(case, case.mail.account)
        account = await Account.filter(email=case.sender, email_verified_at__isnull=False).first()
        if case.thread:
            case = await self._participant(case, case.thread, account)
        if not case.thread and account:
            case = replace(case, account=account, registered=account.email or "", claimed=True)
        return case

    async def check_sender(self, case: Case) -> Case:
        """Three agree: posted. Two: held, and the registered address is asked. A From alone has no effect."""
        # Somebody vouched for it: see Answers.release, Quarantine.accept.
        if case.mail.released and (case.registered or case.mail.account):
            if case.is_other and not _is_chosen(case):  # they meant the one that differs, for all that anybody knows
                raise Refusal(Reason.other_version)
            if case.mail.released == "agent" or await self._still_speaks(case):
                return case
        found = ruling(_token(case), case.claimed, self._proof(case), opens=case.thread is None)
        if found:
            if case.is_other and found.reason in (Reason.unauthenticated, Reason.unproven):
                raise Refusal(Reason.other_version)
            told = {Told.owner: case.registered, Told.sender: case.sender, Told.nobody: ""}[found.told]
            raise Refusal(found.reason, told)
        return case

    async def _still_speaks(self, case: Case) -> bool:
        """Whether it was its owner of today who confirmed: an address may have been changed since it was asked, because
        somebody else reads it. Whoever no longer answers for the service says nothing in its name."""
        if case.has_left:
            raise Refusal(Reason.revoked_token, case.registered)
        return case.registered in await asked(self._core, case.mail.id)

    def _proof(self, case: Case) -> Proof:
        verdict = case.reading.verdict
        if verdict.aligned:
            return Proof.passed
        return Proof.unknown if verdict.undecided or not self._core.config.mail.is_verified else Proof.failed

    def _holder(self, case: Case, grant: Grant) -> Case:
        """Whom the reply address was given to, and whether it is they, or somebody in their name, who write."""
        match case.holder:
            case Account() as account:
                return replace(
                    case, account=account, registered=account.email or "", claimed=case.sender == account.email
                )
            case Agent() as agent:
                return self._of_agent(case, agent)
            case Service() as service:
                return self._of_service(case, service)
        raise Refusal(Reason.no_author)

    def _of_agent(self, case: Case, agent: Agent) -> Case:
        """An agent's own address: theirs, or a delegate's, while both still work for the service of the thread."""
        mine = next((m for m in case.members if m.agent.id == agent.id), None)
        delegate = next((m.agent for m in case.members if m.is_delegate and m.writes_from(case.sender)), None)
        if mine is None:
            claimed = case.sender in (agent.email, *agent.aliases)
            return replace(case, agent=agent, registered=agent.email, claimed=claimed, has_left=True)
        if mine.writes_from(case.sender) or delegate is None:
            return replace(case, agent=agent, registered=agent.email, claimed=mine.writes_from(case.sender))
        return replace(case, agent=delegate, registered=delegate.email, claimed=True)

    def _of_service(self, case: Case, service: Service) -> Case:
        """A shared mailbox's address: whoever works for the service answers under their own name, or as the service."""
        assert case.thread is not None
        has_left = case.thread.service_id != service.id
        person = None if has_left else next((m.agent for m in case.members if m.writes_from(case.sender)), None)
        claimed = person is not None or case.sender == service.shared
        return replace(case, agent=person, registered=service.shared, claimed=claimed, has_left=has_left)

    async def _known_to_agent(self, case: Case, parent: int) -> Case:
        """What came from an unknown address, in the name of the parent whose it is."""
        account = await Account.get_or_none(id=parent)
        if account is None:
            raise Refusal(Reason.unknown_sender)
        known = case.thread and await Entry.exists(account_id=parent, thread_id=case.thread.id)
        registered = account.email if account.email and account.email_verified_at else ""
        return replace(case, account=account, registered=registered, thread=case.thread if known else None)

    async def _participant(self, case: Case, thread: Thread, account: Account | None) -> Case:
        """The sender's part in the thread that References name; without one, the thread is forgotten."""
        if account and await Entry.exists(account_id=account.id, thread_id=thread.id):
            return replace(case, account=account, registered=account.email or "", claimed=True)
        agent = next((m.agent for m in case.members if m.writes_from(case.sender)), None)
        if agent:
            return replace(case, agent=agent, registered=agent.email, claimed=True)
        return replace(case, thread=None)


def _is_chosen(case: Case) -> bool:
    """Whether an agent vouched for it although they were told of the others of its Message-ID."""
    return case.mail.released == "agent" and case.mail.reason == Reason.other_version


def _token(case: Case) -> Token:
    """What the reply address is worth for this mail."""
    if case.grant is None:
        return Token.none
    if case.grant.standing is Standing.revoked or case.has_left:
        return Token.revoked
    if case.grant.standing is Standing.expired:
        return Token.expired
    if case.answered and case.answered.id != case.grant.thread:
        return Token.elsewhere
    return Token.valid
