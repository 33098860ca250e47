"""Speaking in threads: open one, say something in one, hand one to another service.

Each verb is one transaction. The announce worker tells whoever must know; open pages hear of it after the commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tortoise.exceptions import IntegrityError

from hub.accounts.models import Account
from hub.core.base import Core
from hub.core.errors import NotFound, Refused
from hub.core.work import wake
from hub.dossier.models import Family
from hub.mailbox.models import Entry, FormerThread, Message, MessageCopy, Service, Theme, Thread, ThreadEvent
from hub.mailbox.pieces import Pieces
from hub.mailbox.posting import Posting, Written
from hub.mailbox.writing import checked_subject, checked_text, refuse

ANNOUNCE = "announce"  # the worker that is woken


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose bytes are already durable. `aside`: why nobody may download it, or ""."""

    blob: str
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool = False
    aside: str = ""

    def packed(self) -> list[str]:
        """For a column of JSON, of a message that is still to come."""
        return [self.blob, self.filename, self.content_type, str(self.size), self.sha256]

    @classmethod
    def unpacked(cls, packed: Sequence[str]) -> StoredFile:
        """Out of such a column."""
        blob, filename, content_type, size, sha256 = packed
        return cls(blob, filename, content_type, int(size), sha256)


@dataclass(frozen=True, slots=True)
class Author:
    """Who speaks: a guardian (`account`), an agent, or the town itself (neither)."""

    name: str
    account: int = 0
    agent: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """What is said. `key` makes it single: the same key, the same message. `rest` is what was cut from an e-mail.

    `words`: what search finds of the text, where somebody has already looked.
    """

    text: str
    key: str
    files: Sequence[StoredFile] = field(default=())
    via: str = "web"
    rest: str = ""
    words: str = ""
    wants_copy: bool = False
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """A message to be written in a thread, checked: `text` is what is shown of what was said."""

    thread: Thread
    author: Author
    said: Said
    text: str


class Threads:
    """The verbs."""

    def __init__(self, core: Core, pieces: Pieces) -> None:
        self._core = core
        self._posting = Posting(core)
        self._pieces = pieces

    async def open(self, author: Author, family: int, service: str, theme: str, subject: str, said: Said) -> Message:
        """A guardian begins a thread with a service. `service` and `theme` as posted. Raises Invalid."""
        limits = self._core.config.limits
        title, wrong_subject = checked_subject(subject, limits)
        text, wrong_text = checked_text(said.text, limits)
        found, chosen, wrong_place = await self._place(service, theme)
        refuse(wrong_place, wrong_subject, wrong_text)
        assert found is not None
        return await self._once(author, said, lambda: self.begin(author, family, found, chosen, title, said, text))

    async def faults(self, service: str, theme: str, subject: str, text: str) -> dict[str, str]:
        """What `open` would refuse, by field."""
        limits = self._core.config.limits
        (_, wrong_subject), (_, wrong_text) = checked_subject(subject, limits), checked_text(text, limits)
        _, _, wrong_place = await self._place(service, theme)
        return {**wrong_place, **wrong_subject, **wrong_text}

    async def begin(
        self,
        author: Author,
        family: int,
        service: Service,
        theme: Theme | None,
        title: str,
        said: Said,
        text: str,
        mailboxes: Sequence[int] = (),
    ) -> Message:
        """A new thread and its first message, already checked. Part of the caller's transaction.

        `mailboxes`: accounts in whose mailboxes alone it stands, where that is not for the author to settle.
        """
        now = self._core.clock.now()
        thread = await Thread.create(
            family_id=family, service=service, theme=theme, subject=title, opened_at=now, last_at=now
        )
        mailboxes = mailboxes or await self._mailboxes(family, author)
        await Entry.bulk_create([Entry(account_id=account, thread=thread) for account in mailboxes])
        return await self.post(thread, author, said, text)

    async def answer(self, author: Author, thread_id: int, said: Said) -> Message:
        """A guardian writes on in a thread of their mailbox; or, since parents who live apart read each other there,
        in a new one of their own. Raises NotFound, Invalid."""
        text, wrong = checked_text(said.text, self._core.config.limits, bool(said.files))
        thread = await self.visible(thread_id, author.account)
        refuse(wrong)
        return await self._once(author, said, lambda: self.write_on(thread, author, said, text))

    async def write_on(self, thread: Thread, author: Author, said: Said, text: str) -> Message:
        """The same, checked. Part of the caller's transaction."""
        if await self.is_overheard(thread, author):
            return await self.begin_anew(thread, author, said, text)
        return await self.post(thread, author, said, text)

    async def begin_anew(self, thread: Thread, author: Author, said: Said, text: str) -> Message:
        """A guardian's own thread about the same. Part of the caller's transaction."""
        await thread.fetch_related("service", "theme")
        return await self.begin(author, thread.family_id, thread.service, thread.theme, thread.subject, said, text)

    async def is_overheard(self, thread: Thread, author: Author) -> bool:
        """Whether the other guardian of a family that has parted since would read what a guardian writes there."""
        if not author.account:
            return False
        rows = await self._core.db.rows(
            "SELECT 1 FROM family f JOIN entry e ON e.thread_id = ? AND e.account_id <> ? "
            "WHERE f.id = ? AND f.is_separated",
            thread.id,
            author.account,
            thread.family_id,
        )
        return bool(rows)

    async def visible(self, thread_id: int, account: int) -> Thread:
        """The thread, if it stands in that person's mailbox. Raises NotFound."""
        thread = await Thread.get_or_none(id=thread_id, entries__account_id=account)
        if thread is None:
            raise NotFound
        return thread

    async def served(self, thread_id: int, agent: int, *beside: str) -> Thread:
        """The thread, if that agent works for its service, with its relations `beside`. Raises NotFound."""
        found = Thread.get_or_none(id=thread_id, service__members__agent_id=agent)
        thread = await (found.select_related(*beside) if beside else found)
        if thread is None:
            raise NotFound
        return thread

    async def joined_to(self, thread: int) -> int:
        """The thread that one has become part of; 0 for none. Who may see it is found out there."""
        found = await FormerThread.get_or_none(id=thread)
        return found.thread_id if found else 0

    async def post(self, thread: Thread, author: Author, said: Said, text: str) -> Message:
        """Write a message and its files down, in the thread and in every mailbox. Part of the caller's transaction."""
        [written] = await self.post_all([Post(thread, author, said, text)])
        message = Message._init_from_db(announced_at=None, **written._asdict())
        message.thread = thread
        return message

    async def copy_too(self, message: int, thread: int, since: datetime) -> None:
        """Other services that were in copy of what was written in the thread since then get this message as well."""
        copied = MessageCopy.filter(message__thread_id=thread, message__at__gte=since, message_id__lt=message)
        for service in set(await copied.values_list("service_id", flat=True)):
            await MessageCopy.create(message_id=message, service_id=service)

    async def post_all(self, posts: Sequence[Post]) -> list[Written]:
        """The same for several at once, in their order."""
        messages = await self._posting.write(posts)
        await self._pieces.take_in(messages, posts)
        await self._posting.publish((p.thread, m.id) for m, p in zip(messages, posts, strict=True))
        await self._core.db.after_commit(lambda: wake(self._core.channel, ANNOUNCE), once=ANNOUNCE)
        return messages

    async def transfer(self, thread_id: int, service_id: int, by: str) -> None:
        """Hand a thread to another service, with its history. The family sees it happen, the service is written to.

        It keeps its theme: by that the day and the meaning of silence were told. Of that day the new service is warned.
        """
        async with self._core.db.transaction():
            thread = await Thread.get_or_none(id=thread_id)
            service = await Service.get_or_none(id=service_id, closed_at=None)
            if thread is None or service is None:
                raise NotFound
            if thread.service_id == service.id:
                raise Refused(f"Cette conversation est déjà suivie par {service.name}.", "service")
            thread.service, thread.handed_at, thread.silence_told_at = service, self._core.clock.now(), None
            await thread.save(update_fields=["service_id", "handed_at", "silence_told_at"])
            await self.note(thread, "transferred", f"{by} a transféré cette conversation à {service.name}.")
            await self._core.db.after_commit(lambda: wake(self._core.channel, ANNOUNCE), once=ANNOUNCE)

    async def note(self, thread: Thread, kind: str, text: str) -> None:
        """Write an event down. Part of the caller's transaction."""
        await ThreadEvent.create(thread=thread, kind=kind, text=text[:300], at=self._core.clock.now())
        await self._posting.publish([(thread, 0)])

    async def _mailboxes(self, family: int, author: Author) -> list[int]:
        """In which a thread that `author` begins will stand: the family's, or, of parents who live apart, their own."""
        if author.account and await Family.exists(id=family, is_separated=True):
            return [author.account]
        return [account.id for account in await Account.filter(family_id=family)]

    async def _place(self, service: str, theme: str) -> tuple[Service | None, Theme | None, dict[str, str]]:
        """The open service and theme that were chosen, and what is wrong with the choice."""
        found = await Service.get_or_none(id=int(service), closed_at=None) if _is_id(service) else None
        if found is None:
            return None, None, {"service": "Choisissez le service à qui vous écrivez."}
        chosen = None
        if _is_id(theme):
            chosen = await Theme.get_or_none(id=int(theme), service=found, closed_at=None)
        if chosen is None and await Theme.exists(service=found, closed_at=None):
            return found, None, {"theme": f"Choisissez un thème de {found.name}."}
        return found, chosen, {}

    async def _once(self, author: Author, said: Said, write: Callable[[], Awaitable[Message]]) -> Message:
        """`write` in one transaction, or the message that the same key made before, even in the same instant."""
        try:
            async with self._core.db.transaction():
                return await self._known(said.key, author) or await write()
        except IntegrityError:
            if known := await self._known(said.key, author):
                return known
            raise

    async def _known(self, key: str, author: Author) -> Message | None:
        """The message that a first click already made. A key of somebody else's is refused like a wrong address."""
        message = await Message.get_or_none(key=key)
        if message is not None and message.account_id != author.account:
            raise NotFound
        return message


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19
