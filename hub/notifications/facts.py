"""What must be known to announce a message, gathered once per message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.accounts.models import Account
from hub.actions.listing import Listed, RequestLists
from hub.core.base import Core
from hub.dossier.models import Family
from hub.mail.compose import File
from hub.mailbox.directory import Directory
from hub.mailbox.models import Attachment, Message, Service, Theme, Thread
from hub.notifications.audience import Correspondent, Guardian, Spoken

LATELY = timedelta(minutes=1)  # before a message: what is told together
EARLIER = 5  # messages of the thread repeated below a new one


@dataclass(frozen=True, slots=True)
class Facts:
    """A message and all around it. `enclosed`: its files as they go into a mail; `linked`: those that would not fit;
    `beside`: other services that its mail was written to."""

    message: Message
    thread: Thread
    family: Family
    service: Service
    theme: Theme | None
    earlier: Sequence[Message]
    files: Sequence[Attachment]
    enclosed: tuple[File, ...]
    linked: tuple[Attachment, ...]
    spoken: Spoken
    guardians: Sequence[Guardian]
    correspondents: Sequence[Correspondent]
    beside: Sequence[str]
    requests: Sequence[Listed]  # what the thread carries: papers only as long as they are of now


class FactsOf:
    """Gathers them."""

    def __init__(self, core: Core, directory: Directory) -> None:
        self._core = core
        self._directory = directory
        self._requests = RequestLists(core)

    async def of(self, message: Message) -> Facts:
        """Everything around `message`, its files read into memory (bounded by mail.attachments_total)."""
        thread = await Thread.get(id=message.thread_id).select_related("family", "service", "theme")
        earlier = await Message.filter(thread_id=thread.id, id__lt=message.id).order_by("-id").limit(EARLIER)
        files = await Attachment.filter(message_id=message.id).order_by("position")
        inside, linked = self._share_out([file for file in files if not file.aside])
        return Facts(
            message=message,
            thread=thread,
            family=thread.family,
            service=thread.service,
            theme=thread.theme,
            earlier=earlier,
            files=files,
            enclosed=tuple([await self._enclose(file) for file in inside]),
            linked=tuple(linked),
            spoken=self._spoken(message, earlier),
            guardians=await self._guardians(thread),
            correspondents=await self.correspondents(thread.service_id),
            beside=await self._beside(message, thread),
            requests=[one for one in await self._requests.of_thread(thread.id) if _is_of_now(one, message)],
        )

    def _spoken(self, message: Message, earlier: Sequence[Message]) -> Spoken:
        answers = self._core.config.mail.tell_colleagues and any(before.account_id for before in earlier)
        return Spoken(message.account_id or 0, message.agent_id or 0, message.wants_copy, answers)

    def _share_out(self, files: Sequence[Attachment]) -> tuple[list[Attachment], list[Attachment]]:
        """In order: enclosed while the total allows, else linked."""
        left = self._core.config.mail.attachments_total
        inside, linked = [], []
        for file in files:
            if file.size <= left:
                left -= file.size
                inside.append(file)
            else:
                linked.append(file)
        return inside, linked

    async def _enclose(self, file: Attachment) -> File:
        return File(file.filename, file.content_type, await self._core.blobs.get(file.blob))

    async def _beside(self, message: Message, thread: Thread) -> list[str]:
        if not (message.account_id and message.message_id):
            return []
        same = Service.filter(
            threads__messages__message_id=message.message_id, threads__messages__account_id=message.account_id
        )
        return [one.name for one in await same.exclude(id=thread.service_id).order_by("position", "id").distinct()]

    async def _guardians(self, thread: Thread) -> list[Guardian]:
        accounts = await Account.filter(entries__thread_id=thread.id).order_by("id")
        return [
            Guardian(a.id, a.name, a.email or "", a.email_verified_at is not None, a.text_by_mail) for a in accounts
        ]

    async def correspondents(self, service: int) -> list[Correspondent]:
        """Where the mail of a service goes."""
        found = await self._directory.correspondents(service)
        return [Correspondent(c.service, c.agent, c.name, c.address) for c in found]


def _is_of_now(request: Listed, message: Message) -> bool:
    """Not a paper that was settled before the message."""
    settled = request.decided_at or request.asked_at
    return not request.is_paper or request.is_open or settled >= message.at - LATELY
