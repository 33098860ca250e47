"""The letters about a message: to the service, to the family, and the acknowledgement of receipt."""

from __future__ import annotations

from typing import Any

from hub.actions.links import DecisionLinks
from hub.actions.listing import Listed
from hub.core.base import Core
from hub.mail.addresses import Addresses
from hub.mail.letters import Envelope, Letters
from hub.mail.models import OutboundMail
from hub.mail.outbox import Posted
from hub.mail.reply import passed_on
from hub.mailbox.filelinks import FileLinks
from hub.mailbox.models import Message
from hub.mailbox.orders import without_links
from hub.mailbox.posting import family_topic
from hub.mailbox.receipts import reference, silence
from hub.mailbox.replies import Holder, Replies
from hub.notifications.audience import Correspondent, Guardian, Letter, Told
from hub.notifications.facts import Facts

WITHOUT_FILES = (Letter.acknowledgement, Letter.colleague_answer)  # they name them


class MessageLetters:
    """Writes the letter a person gets about a message."""

    def __init__(
        self,
        core: Core,
        addresses: Addresses,
        letters: Letters,
        replies: Replies,
        links: FileLinks,
        decisions: DecisionLinks,
    ) -> None:
        self._core = core
        self._addresses = addresses
        self._letters = letters
        self._replies = replies
        self._links = links
        self._decisions = decisions

    async def write(self, facts: Facts, told: Told, handed: bool = False) -> Posted:
        """The letter, ready to queue. Issues the reply address, so it is part of the caller's transaction.

        `handed`: its reader's service was handed the conversation just now.
        """
        holder, who = _holder(told)
        reply_to = await self._replies.issue(facts.thread.id, holder, who)
        earlier = [self._known_id(before, told) for before in reversed(facts.earlier)]
        if told.letter is Letter.acknowledgement and facts.message.message_id:
            earlier.append(facts.message.message_id)  # of a mail: it is answered where its writer finds it
        key = _key(facts.message, told)
        if handed and await OutboundMail.exists(key=key):  # it has come back: they had this letter when it was theirs
            earlier.append(self._addresses.message_id(key))
            key = f"{key}:{facts.thread.handed_at:%y%m%d%H%M%S%f}"
        with_text = told.letter is not Letter.town_answer or self._may_carry(told)
        envelope = Envelope(
            key=key,
            address=told.person.email,
            name=told.person.name,
            sender_name=self._sender_name(facts, told),
            reply_to=reply_to,
            in_reply_to=earlier[-1] if earlier else "",
            references=tuple(earlier),
            files=facts.enclosed if with_text and told.letter not in WITHOUT_FILES else (),
            thread=facts.thread.id,
            message=facts.message.id,
            tell=family_topic(facts.thread.family_id) if told.letter is Letter.agent_message else "",
        )
        context = self._context(facts, with_text) | {"requests": await self._carried(facts, told), "handed": handed}
        return self._letters.write(told.letter, envelope, context)

    def copy(self, facts: Facts, person: Correspondent, answers_to: str) -> Posted:
        """An agent's answer, to a service that does not follow the conversation: no reply address speaks there."""
        envelope = Envelope(
            key=f"copy:{facts.message.id}:{person.service}:{person.agent}",
            address=person.email,
            name=person.name,
            sender_name=f"{facts.message.author} via {self._core.config.town.name}",
            reply_to=answers_to,
            files=facts.enclosed,
            thread=facts.thread.id,
            message=facts.message.id,
        )
        context = self._context(facts, with_text=True) | {"answers_to": answers_to}
        return self._letters.write(Letter.service_copy, envelope, context)

    async def _carried(self, facts: Facts, told: Told) -> list[tuple[Listed, str]]:
        """What the thread carries, each with the link by which its service decides; "" for others."""
        if isinstance(told.person, Guardian):
            return [(request, "") for request in facts.requests]
        return await self._decisions.beside(facts.requests, told.person.agent, told.person.name)

    def _context(self, facts: Facts, with_text: bool) -> dict[str, Any]:
        links = [(file, self._links.url(file.id)) for file in facts.linked]
        sentence, months = (facts.theme.silence, facts.theme.months) if facts.theme else ("", 0)
        return {
            "message": facts.message,
            "thread": facts.thread,
            "family": facts.family,
            "service": facts.service,
            "theme": facts.theme,
            "earlier": facts.earlier,
            "beside": facts.beside,
            "passed_on": self._passed_on(facts),
            "files": facts.files,
            "linked": links,
            "with_text": with_text,
            "silence": silence(self._core.config, facts.message.at, sentence, months),
            "reference": reference(self._core.config, facts.message.id, facts.message.at),
        }

    def _passed_on(self, facts: Facts) -> str:
        """The mail that a family forwards to open a conversation: « Pouvez-vous lire ci-dessous ? » needs it."""
        if facts.earlier or not facts.message.account_id:
            return ""
        return without_links(self._addresses.redacted(passed_on(facts.message.rest)))

    def _may_carry(self, told: Told) -> bool:
        """Whether a mail may tell what the town answered: the town allows it, and its reader wants it."""
        wants = not isinstance(told.person, Guardian) or told.person.wants_text
        return wants and self._core.config.mail.parent_mail == "full"

    def _sender_name(self, facts: Facts, told: Told) -> str:
        town = self._core.config.town.name
        if told.letter in (Letter.agent_message, Letter.colleague_answer):
            return f"{facts.message.author} via {town}"
        return f"{facts.service.name} – {town}"

    def _known_id(self, earlier: Message, told: Told) -> str:
        """The Message-ID under which this person has an earlier message: their own mail, or the one we sent them.

        The family's own messages never reached the family as mail, but the id stays the same for every later
        letter, which is all a client needs to keep them together.
        """
        wrote = earlier.account_id if isinstance(told.person, Guardian) else earlier.agent_id
        mine = told.person.account if isinstance(told.person, Guardian) else told.person.agent
        if earlier.message_id and wrote == (mine or None):
            return earlier.message_id
        return self._addresses.message_id(_key(earlier, told))


def _holder(told: Told) -> tuple[Holder, int]:
    if isinstance(told.person, Guardian):
        return Holder.account, told.person.account
    if told.person.agent:
        return Holder.agent, told.person.agent
    return Holder.service, told.person.service


def _key(message: Message, told: Told) -> str:
    holder, who = _holder(told)
    return f"message:{message.id}:{holder}:{who}"
