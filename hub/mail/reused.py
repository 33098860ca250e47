"""UIDs that a server has given twice: restored from a backup, it no longer knows of those it gave since."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from hub.core.base import Core
from hub.core.db import marks
from hub.mail.inbound import ReceivedMail


async def told_apart(core: Core, mails: Sequence[ReceivedMail]) -> list[ReceivedMail]:
    """The same mails of one mailbox; without its UID whatever came under one that was another mail's before.

    Else it would pass for that one, and be lost.
    """
    uids = [mail.uid for mail in mails]
    rows = await core.db.rows(
        f"SELECT uid, sha256 FROM inbound_mail WHERE mailbox = ? AND uidvalidity = ? AND uid IN ({marks(uids)})",
        mails[0].mailbox,
        mails[0].uidvalidity,
        *uids,
    )
    known = {row["uid"]: row["sha256"] for row in rows}
    return [
        replace(mail, uid=None)
        if mail.uid in known and hashlib.sha256(mail.raw).hexdigest() != known[mail.uid]
        else mail
        for mail in mails
    ]
