"""Mail that is kept: numbered, dated, and never outside its folder."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.demo.mailboxes import ANSWERED, SEEN, Count, Mailboxes

AT = datetime(2026, 10, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def mailboxes(tmp_path: Path) -> Mailboxes:
    return Mailboxes(tmp_path / "mailboxes")


async def test_newest_first_and_dated_by_delivery(mailboxes: Mailboxes) -> None:
    for hours in range(3):
        await mailboxes.deliver("nora@ville.example", b"%d" % hours, AT + timedelta(hours=hours))
    kept = mailboxes.all("NORA@ville.example")
    assert [(each.number, each.raw) for each in kept] == [(3, b"2"), (2, b"1"), (1, b"0")]
    assert kept[0].at == AT + timedelta(hours=2)
    assert mailboxes.addresses() == ["nora@ville.example"]


async def test_mails_that_come_at_once_are_all_kept(mailboxes: Mailboxes) -> None:
    numbers = await asyncio.gather(*(mailboxes.deliver("a@b.example", b"x", AT) for _ in range(20)))
    assert sorted(numbers) == list(range(1, 21))


async def test_what_its_owner_did_is_remembered(mailboxes: Mailboxes) -> None:
    first = await mailboxes.deliver("a@b.example", b"x", AT)
    await mailboxes.deliver("a@b.example", b"y", AT)
    mailboxes.mark("a@b.example", first, SEEN)
    mailboxes.mark("a@b.example", first, ANSWERED)
    assert mailboxes.count("a@b.example") == Count(2, 1)
    kept = mailboxes.get("a@b.example", first)
    assert kept and kept.seen and kept.answered
    assert mailboxes.get("a@b.example", 9) is None


@pytest.mark.parametrize("address", ["../x@y.example", "..@..", "/etc/passwd@x", ".@x", "é à@x.example", "a%2f@b"])
async def test_an_address_stays_in_its_folder(mailboxes: Mailboxes, tmp_path: Path, address: str) -> None:
    await mailboxes.deliver(address, b"x", AT)
    assert mailboxes.addresses() == [address]
    [found] = tmp_path.rglob("*.eml")
    assert found.parent.parent == tmp_path / "mailboxes"


@pytest.mark.parametrize("address", ["", "..", "nobody", f"{'é' * 100}@x.example"])
async def test_what_is_no_address_has_no_mailbox(mailboxes: Mailboxes, address: str) -> None:
    assert not mailboxes.takes(address)
    with pytest.raises(ValueError):
        await mailboxes.deliver(address, b"x", AT)
