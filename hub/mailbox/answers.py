"""What a refused sender is told, and the link by which a registered address vouches for a held mail."""

from __future__ import annotations

from datetime import UTC, timedelta

from hub.accounts.models import Agent
from hub.core.base import Core
from hub.core.db import marks
from hub.core.errors import NotFound
from hub.core.tokens import digest, random_token
from hub.core.work import wake
from hub.mail.failures import Event, revive
from hub.mail.inbound import WORKER
from hub.mail.letters import Envelope, Letters
from hub.mail.models import GivenAnswer, InboundMail
from hub.mail.outbox import Outbox
from hub.mailbox.case import Case
from hub.mailbox.loops import Given, may_answer
from hub.mailbox.models import Decision, ReleaseLink
from hub.mailbox.refusals import Policy, Reason, Refusal
from hub.mailbox.replies import Standing

CONFIRM = "confirm-mail"
LINK_LIFE = timedelta(days=7)
ORDER = "order-refused"
BY_HAND = "not-posted"
PER_DAY = {CONFIRM: 10, ORDER: 50}  # letters to one address for one reason; every other kind: one
NO_CEILING = 2**31  # letters an hour: whoever answers a mail of ours is told in any case
GENUINE = (
    50  # a day and an hour, of the same, about mails to a reply address of theirs: nobody else can bring them about
)


class Answers:
    """Writes back, within limits."""

    def __init__(self, core: Core, letters: Letters, outbox: Outbox) -> None:
        self._core = core
        self._letters = letters
        self._outbox = outbox

    async def give(self, case: Case, refusal: Refusal, policy: Policy) -> None:
        """Queue the letter that the policy names. Part of the caller's transaction.

        Nothing goes to an address the refusal does not name: to answer an unproven From would be backscatter.
        """
        if not policy.letter or not refusal.address or not await self._may(case, refusal, policy):
            return
        parsed = case.reading.parsed
        context = {
            "subject": parsed.subject or "(sans objet)",
            "sender": case.sender,
            "reason": refusal.reason,
            "words": refusal.words,
            "conversation": case.thread.subject if case.thread else "",
            "is_agent": case.is_of_town or await Agent.exists(email=refusal.address),
            "received_at": case.mail.received_at,
            "text": case.text,
            "days": LINK_LIFE.days,
            "link": await self._link(case.mail) if policy.letter == CONFIRM else "",
        }
        links = await ReleaseLink.filter(mail_id=case.mail.id).count() if policy.letter == CONFIRM else 0
        envelope = Envelope(
            key=_key(policy.letter, case.mail.id, links or case.mail.attempts),
            address=refusal.address,
            name="",
            in_reply_to=case.mail.message_id,
            references=tuple(filter(None, [case.mail.message_id])),
            returns=False,
        )
        await self._outbox.queue([self._letters.write(policy.letter, envelope, context)])

    async def write_back(self, mail: InboundMail, text: str) -> None:
        """Queue what an agent tells whoever wrote a mail that is not posted. Part of the caller's transaction."""
        envelope = Envelope(
            key=_key(BY_HAND, mail.id, await Decision.filter(mail_id=mail.id).count()),
            address=mail.from_address,
            name="",
            in_reply_to=mail.message_id,
            references=tuple(filter(None, [mail.message_id])),
            returns=False,
        )
        context = {"subject": mail.subject or "(sans objet)", "received_at": mail.received_at, "words": text}
        await self._outbox.queue([self._letters.write(BY_HAND, envelope, context)])

    async def held(self, token: str) -> InboundMail:
        """The held mail behind a link that still works. Raises NotFound."""
        link = await self._usable(token)
        return await InboundMail.get(id=link.mail_id)

    async def release(self, token: str) -> None:
        """The registered address says the mail was theirs: it runs again and is posted. Raises NotFound."""
        now = self._core.clock.now()
        async with self._core.db.transaction():
            link = await self._usable(token)
            if not await ReleaseLink.filter(id=link.id, used_at=None).update(used_at=now):
                raise NotFound
            await InboundMail.filter(id=link.mail_id, state="held").update(
                state="received", released="sender", attempts=0, due_at=now, leased_until=None
            )
            for address in await asked(self._core, link.mail_id):
                await revive(self._core, address, Event.confirmed, f"mail {link.mail_id}")
        await wake(self._core.channel, WORKER)

    async def _usable(self, token: str) -> ReleaseLink:
        link = await ReleaseLink.get_or_none(
            token=digest(token), used_at=None, expires_at__gt=self._core.clock.now(), mail__state="held"
        )
        if link is None:
            raise NotFound
        return link

    async def _link(self, mail: InboundMail) -> str:
        token = random_token()
        await ReleaseLink.create(token=digest(token), mail=mail, expires_at=self._core.clock.now() + LINK_LIFE)
        return f"{self._core.config.web.url.rstrip('/')}/courriel/{token}"

    async def forget(self) -> None:
        """Drop counts that no bound looks at any more. For the daily round."""
        await GivenAnswer.filter(at__lt=self._core.clock.now() - timedelta(days=2)).delete()

    async def _may(self, case: Case, refusal: Refusal, policy: Policy) -> bool:
        """Whether this address may be written to once more, for this reason and at all; counts it."""
        now, mail = self._core.clock.now(), self._core.config.mail
        per_day, per_hour, in_all = PER_DAY.get(policy.letter, 1), mail.answers_per_sender, mail.answers_per_hour
        if refusal.reason is Reason.unknown_sender:
            in_all //= 2  # strangers have as many addresses as they like: they leave room for those whom we know
        if policy.letter in PER_DAY and _is_answer(case):
            per_day = per_hour = GENUINE
            in_all = NO_CEILING
        midnight = now.astimezone(self._core.config.town.tz).replace(hour=0, minute=0, second=0, microsecond=0)
        today, hour = midnight.astimezone(UTC), now - timedelta(hours=1)
        await self._core.db.lock("answers")
        [row] = await self._core.db.rows(
            "SELECT COUNT(CASE WHEN address = ? AND reason = ? AND at >= ? THEN 1 END) AS for_reason, "
            "COUNT(CASE WHEN address = ? AND at > ? THEN 1 END) AS to_address, "
            "COUNT(CASE WHEN at > ? THEN 1 END) AS to_all FROM given_answer WHERE at >= ?",
            *(refusal.address, refusal.reason.value, today, refusal.address, hour, hour, min(today, hour)),
        )
        if not may_answer(Given(**row), per_day, per_hour, in_all):
            return False
        await GivenAnswer.create(address=refusal.address, reason=refusal.reason, at=now)
        return True


async def asked(core: Core, mail: int) -> list[str]:
    """Where links about a mail were sent: whoever uses one gets our mail."""
    keys = [_key(CONFIRM, mail, attempt) for attempt in range(10)]
    rows = await core.db.rows(f"SELECT recipient FROM outbound_mail WHERE key IN ({marks(keys)})", *keys)
    return [row["recipient"] for row in rows]


def _is_answer(case: Case) -> bool:
    """Whether it came to a reply address that still works, and from whom it was given to as far as From says."""
    return case.claimed and case.grant is not None and case.grant.standing is Standing.valid and not case.has_left


def _key(letter: str, mail: int, attempt: int) -> str:
    """Of the letter that answers a mail: one for each time the mail is run, decided about, or its owner asked."""
    return f"{letter}:{mail}:{attempt}"
