"""What colleagues are told by itself of what an agent did with a conversation: a note, which no family sees."""

from __future__ import annotations

from hub.core.base import Core
from hub.core.tokens import random_token
from hub.mailbox.models import Note
from hub.mailbox.threads import Author


async def remark(core: Core, by: Author, thread: int, words: str) -> None:
    """One more. Part of the caller's transaction."""
    await Note.create(
        thread_id=thread, agent_id=by.agent or None, author=by.name, text=words, key=f"act-{random_token()}",
        at=core.clock.now(),
    )  # fmt: skip
