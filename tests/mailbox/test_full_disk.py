"""A disk that is full when mail comes in: nothing is promised, nothing half-stored, and it is taken once there is room.

What a server does that was promised nothing is told by tests/mail/test_lmtp.py and test_imap.py: it comes back.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from tortoise.exceptions import OperationalError

from hub.core.blobs import BlobError
from hub.mail.inbound import INLINE, ReceivedMail
from hub.mail.lmtp import Envelope
from hub.mail.models import InboundMail
from hub.mailbox.models import Message
from tests.cast import MARIE, Town
from tests.full_disk import files_no_larger_than

TO = "periscolaire@hub.test"
LARGE = 2 * INLINE
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def handed_over(town: Town, size: int = 100) -> Envelope:
    return Envelope(MARIE, (TO,), town.fresh(MARIE, TO, "Mercredi", "Absent. " + "x" * size))


def blobs(town: Town) -> list[Path]:
    return [path for path in Path(town.hub.core.config.storage.url).rglob("*") if path.is_file()]


async def test_no_room_for_a_large_mail(town: Town) -> None:
    mail = handed_over(town, LARGE)
    before = blobs(town)
    with files_no_larger_than(INLINE), pytest.raises(BlobError):
        await town.hub.take(mail)
    assert not await InboundMail.exists() and blobs(town) == before
    await town.hub.take(mail)
    await town.hub.settle()
    assert await Message.all().count() == 1


@only_sqlite
async def test_no_room_to_spool_a_mail(town: Town) -> None:
    """Part of it may be written: nothing is promised for it, and the next one is whole."""
    mail = handed_over(town, 2_000)
    with files_no_larger_than(1_000), pytest.raises(OSError, match="no room"):
        await town.hub.take(mail)
    await town.hub.take(mail)
    await town.hub.settle()
    assert await InboundMail.all().count() == await Message.all().count() == 1


@only_sqlite
async def test_no_room_in_the_database(town: Town) -> None:
    mails = [ReceivedMail(town.fresh(MARIE, TO, f"Objet {n}", "x" * 9_000), "portail", 1, n) for n in range(20)]
    await town.hub.core.db.rows("PRAGMA max_page_count = 1")  # never less than what there is
    with pytest.raises(OperationalError, match="full"):
        await town.hub.inbound.take(mails)
    assert not await InboundMail.exists()
    await town.hub.core.db.rows("PRAGMA max_page_count = 1000000")
    await town.hub.inbound.take(mails)
    assert await InboundMail.all().count() == 20


@only_sqlite
async def test_no_room_to_post_what_was_taken(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail is safe: it is tried again by itself, and set aside for somebody when that does not help."""
    monkeypatch.setattr("hub.mail.spool.RETRY", 0.01)
    await town.hub.take(handed_over(town, INLINE // 2))
    await town.hub.core.db.rows("PRAGMA max_page_count = 1")
    with contextlib.suppress(OperationalError):  # there may be no room to write down that there is none
        await town.hub.receiver.step()
    await town.hub.core.db.rows("PRAGMA max_page_count = 1000000")
    town.clock.advance(hours=1)
    await town.hub.settle()
    assert await InboundMail.filter(state="stored").count() == await Message.all().count() == 1
