"""How far each IMAP mailbox was read."""

from __future__ import annotations

from hub.mail.imap import Cursor
from hub.mail.models import MailboxCursor


class Cursors:
    """Of the mailboxes, in the database."""

    async def load(self, mailbox: str) -> Cursor:
        """The cursor last saved; Cursor(0, 0) for a new mailbox."""
        found = await MailboxCursor.get_or_none(name=mailbox)
        return Cursor(found.uidvalidity, found.uid) if found else Cursor(0, 0)

    async def save(self, mailbox: str, cursor: Cursor) -> None:
        """Remember it."""
        await MailboxCursor.update_or_create(
            name=mailbox, defaults={"uidvalidity": cursor.uidvalidity, "uid": cursor.uid}
        )
