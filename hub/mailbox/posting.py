"""Messages written down: in their threads, in every mailbox, with their files and what search finds of them.

A few statements for however many there are. Part of the caller's transaction, which also says what follows from them:
see Threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from hub.core.base import Core
from hub.mailbox.clock import CLOCK
from hub.mailbox.models import Attachment, Thread
from hub.mailbox.words import Stems, family_mark
from hub.mailbox.writing import snippet

if TYPE_CHECKING:
    from hub.mailbox.threads import Post, StoredFile


class Written(NamedTuple):
    """A row of `message` as it begins: without the ORM, which takes longer over it than the database."""

    thread_id: int
    account_id: int | None
    agent_id: int | None
    author: str
    via: str
    text: str
    rest: str
    words: str
    at: datetime
    key: str
    wants_copy: bool
    message_id: str
    id: int = 0  # given by the database


_COLUMNS = Written._fields[:-1]


def family_topic(family: int) -> str:
    """The channel topic on which a family's open pages hear of news."""
    return f"family:{family}"


class Posting:
    """Writes them."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._stems = Stems()

    async def write(self, posts: Sequence[Post]) -> list[Written]:
        """In their order, with their files; their threads come to the top of every mailbox."""
        messages = await self._insert([self._begun(post) for post in posts])
        await self._keep_files(messages, posts)
        await self._move(messages, posts)
        return messages

    async def publish(self, news: Iterable[tuple[Thread, int]]) -> None:
        """Tell the families' open pages, once this is committed: of these messages, or (0) of something that happened
        in the thread."""
        notices = [(family_topic(thread.family_id), {"thread": thread.id, "message": id}) for thread, id in news]
        await self._core.db.after_commit(lambda: self._core.channel.publish_all(notices))

    def _begun(self, post: Post) -> Written:
        thread, author, said = post.thread, post.author, post.said
        mark, names = family_mark(thread.family_id), [file.filename for file in said.files]
        return Written(
            thread_id=thread.id,
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

    async def _insert(self, begun: Sequence[Written]) -> list[Written]:
        """Write them in one statement, which tells their ids: the ORM would ask once for each."""
        made = await self._core.db.insert("message", _COLUMNS, [message[:-1] for message in begun], "id, key")
        ids = {row["key"]: row["id"] for row in made}
        return [message._replace(id=ids[message.key]) for message in begun]

    async def _keep_files(self, messages: Sequence[Written], posts: Sequence[Post]) -> None:
        files = [
            _attachment(message, file, position)
            for message, post in zip(messages, posts, strict=True)
            for position, file in enumerate(post.said.files)
        ]
        if files:
            await Attachment.bulk_create(files)

    async def _move(self, messages: Sequence[Written], posts: Sequence[Post]) -> None:
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


def _attachment(message: Written, file: StoredFile, position: int) -> Attachment:
    return Attachment(
        message_id=message.id,
        blob=file.blob,
        filename=file.filename,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        inline=file.inline,
        aside=file.aside,
        position=position,
    )
