"""The announce worker: each message is told to whoever must know, once, in one transaction; and each conversation that
was handed to another service is told to that service, and so is each answer to a service that its agent put in copy."""

from __future__ import annotations

import structlog

from hub.accounts.models import Agent
from hub.core.base import Core
from hub.mail.outbox import Outbox
from hub.mailbox.models import Message, MessageCopy, Thread
from hub.mailbox.remarks import remark
from hub.mailbox.threads import Author
from hub.notifications.audience import Letter, Told, Why, audience
from hub.notifications.facts import FactsOf
from hub.notifications.letters import MessageLetters

BATCH = 20
log = structlog.get_logger(__name__)


class Announcer:
    """Turns unannounced messages into queued mail."""

    def __init__(self, core: Core, outbox: Outbox, facts: FactsOf, letters: MessageLetters) -> None:
        self._core = core
        self._outbox = outbox
        self._facts = facts
        self._letters = letters

    async def step(self) -> int:
        """Announce a batch, oldest first. How many were found waiting."""
        waiting = await self._core.db.rows(
            f"SELECT id FROM message WHERE announced_at IS NULL ORDER BY id LIMIT {BATCH}"
        )
        for row in waiting:
            await self._announce(row["id"])
        handed = await self._core.db.rows(
            f"SELECT id FROM thread WHERE handed_at IS NOT NULL ORDER BY id LIMIT {BATCH}"
        )
        for row in handed:
            await self._hand(row["id"])
        copied = await self._core.db.rows(
            f"SELECT id FROM message_copy WHERE told_at IS NULL ORDER BY id LIMIT {BATCH}"
        )
        for row in copied:
            await self._copy(row["id"])
        return len(waiting) + len(handed) + len(copied)

    async def _announce(self, message_id: int) -> None:
        """Read everything first (files may come over the network), then write in one transaction."""
        message = await Message.get(id=message_id)
        facts = await self._facts.of(message)
        told = audience(facts.spoken, facts.guardians, facts.correspondents)
        async with self._core.db.transaction():
            if not await self._claim(message):
                return
            mails = [await self._letters.write(facts, each) for each in told if each.letter is not Letter.none]
            await self._outbox.queue(mails)
        log.info("announced", message=message.id, told=[f"{each.letter or '-'}:{each.why}" for each in told])

    async def _hand(self, thread_id: int) -> None:
        """The last message of the family goes to the service that answers it now, with what came before."""
        thread = await Thread.get(id=thread_id)
        said = Message.filter(thread_id=thread_id).order_by("-id")
        message = await said.filter(account_id__isnull=False).first() or await said.first()
        facts = await self._facts.of(message) if message else None
        async with self._core.db.transaction():
            same = Thread.filter(id=thread_id, handed_at=thread.handed_at, service_id=thread.service_id)
            if not await same.update(handed_at=None) or facts is None:
                return
            told = [Told(person, Letter.agent_message, Why.follows_service) for person in facts.correspondents]
            await self._outbox.queue([await self._letters.write(facts, each, handed=True) for each in told])
        log.info("handed on", thread=thread_id, told=len(told))

    async def _copy(self, copy_id: int) -> None:
        """An answer goes to another service as to anybody in copy: what was written, and nothing of the conversation.

        Colleagues read in the conversation that it did. Who hears of the answer anyhow is not told twice.
        """
        copy = await MessageCopy.get(id=copy_id).select_related("message", "service")
        facts = await self._facts.of(copy.message)
        heard = {each.person.email for each in audience(facts.spoken, facts.guardians, facts.correspondents)}
        wrote = await Agent.get_or_none(id=copy.message.agent_id) if copy.message.agent_id else None
        answers_to = wrote.email if wrote else facts.service.shared
        people = await self._facts.correspondents(copy.service_id)
        told = [person for person in people if person.email not in heard | {answers_to}]
        async with self._core.db.transaction():
            if not await MessageCopy.filter(id=copy_id, told_at=None).update(told_at=self._core.clock.now()):
                return
            await self._outbox.queue([self._letters.copy(facts, person, answers_to) for person in told])
            if told:
                by = Author(copy.message.author, agent=copy.message.agent_id or 0)
                words = f"En copie de la réponse ci-dessus : {copy.service.name}."
                await remark(self._core, by, copy.message.thread_id, words)
        log.info("copied", message=copy.message_id, service=copy.service_id, told=len(told))

    async def _claim(self, message: Message) -> bool:
        """Whether this process is the one that announces: the others see it done after our commit."""
        now = self._core.clock.now()
        return bool(await Message.filter(id=message.id, announced_at=None).update(announced_at=now))
