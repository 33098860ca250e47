"""Messages written down: in their threads, in every mailbox, with their files and what search finds of them.

A few statements for however many there are. Part of the caller's transaction, which also says what follows from them:
see Threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.core.base import Core
from hub.mailbox.clock import CLOCK
from hub.mailbox.models import Attachment, Message, Thread
from hub.mailbox.words import Stems, family_mark
from hub.mailbox.writing import snippet

if TYPE_CHECKING:
    from hub.mailbox.threads import Post, StoredFile

_MESSAGE = (
    "thread_id", "account_id", "agent_id", "author", "via", "text", "rest", "words", "at", "key", "wants_copy",
    "message_id",
)  # fmt: skip


def family_topic(family: int) -> str:
    """The channel topic on which a family's open pages hear of news."""
    return f"family:{family}"


class Posting:
    """Writes them."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._stems = Stems()

    async def write(self, posts: Sequence[Post]) -> list[Message]:
        """In their order, with their files; their threads come to the top of every mailbox."""
        messages = [self._message(post) for post in posts]
        await self._insert(messages)
        await self._keep_files(messages, posts)
        await self._move(messages, posts)
        return messages

    async def publish(self, thread: Thread, message: int) -> None:
        """Tell the family's open pages, once this is committed: of that message, or (0) of something that happened."""
        topic, notice = family_topic(thread.family_id), {"thread": thread.id, "message": message}
        await self._core.db.after_commit(lambda: self._core.channel.publish(topic, notice))

    def _message(self, post: Post) -> Message:
        thread, author, said = post.thread, post.author, post.said
        mark, names = family_mark(thread.family_id), (file.filename for file in said.files)
        return Message(
            thread=thread,
            account_id=author.account or None,
            agent_id=author.agent or None,
            author=author.name,
            via=said.via,
            text=post.text,
            rest=said.rest,
            words=f"{self._stems.index(mark, thread.subject, *names)} {said.words or self._stems.index(post.text)}",
            at=self._core.clock.now(),
            key=said.key,
            wants_copy=said.wants_copy,
            message_id=said.message_id[:255],
        )

    async def _insert(self, messages: Sequence[Message]) -> None:
        """Write them in one statement, which tells their ids: the ORM would ask once for each."""
        rows = [[getattr(message, column) for column in _MESSAGE] for message in messages]
        made = await self._core.db.insert("message", _MESSAGE, rows, "id, key")
        ids = {row["key"]: row["id"] for row in made}
        for message in messages:
            message.id, message._saved_in_db = ids[message.key], True

    async def _keep_files(self, messages: Sequence[Message], posts: Sequence[Post]) -> None:
        files = [
            _attachment(message, file, position)
            for message, post in zip(messages, posts, strict=True)
            for position, file in enumerate(post.said.files)
        ]
        if files:
            await Attachment.bulk_create(files)

    async def _move(self, messages: Sequence[Message], posts: Sequence[Post]) -> None:
        """The thread comes to the top of every mailbox it stands in; what was deleted comes back."""
        both = list(zip(messages, posts, strict=True))
        await self._core.db.many(
            "UPDATE thread SET last_at = ?, last_author = ?, snippet = ?, messages_count = messages_count + 1, "
            "files_count = files_count + ?, waits_since = CASE WHEN ? = 0 THEN NULL ELSE COALESCE(waits_since, ?) END, "
            f"{CLOCK} WHERE id = ?",
            [
                (m.at, m.author, snippet(m.text), len(p.said.files), *(p.author.account, m.at) * 2, p.thread.id)
                for m, p in both
            ],
        )
        for column, by_family in (("sent_at", True), ("received_at", False)):
            await self._core.db.many(
                f"UPDATE entry SET {column} = ?, deleted_at = NULL, "
                "unread = CASE WHEN account_id = ? THEN unread ELSE unread + 1 END WHERE thread_id = ?",
                [(m.at, p.author.account, p.thread.id) for m, p in both if bool(p.author.account) is by_family],
            )


def _attachment(message: Message, file: StoredFile, position: int) -> Attachment:
    return Attachment(
        message=message,
        blob=file.blob,
        filename=file.filename,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        inline=file.inline,
        aside=file.aside,
        position=position,
    )
