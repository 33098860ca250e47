"""What was handed over stands on the disk before it stands in the database, and gets there whatever happens."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.clock import FrozenClock
from hub.mail import spool as module
from hub.mail.inbound import ReceivedMail
from hub.mail.spool import CARRIED, Spool
from hub.mail.spool_file import SpoolFile

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Base:
    """A database that knows a mail by its number; `down` or with `poison` it cannot be written."""

    def __init__(self) -> None:
        self.mails: dict[tuple[int, int | None], ReceivedMail] = {}
        self.commits: list[int] = []
        self.down = False
        self.free = asyncio.Event()
        self.free.set()

    async def take(self, mails: Sequence[ReceivedMail]) -> None:
        await self.free.wait()
        if self.down or any(mail.raw == b"poison" for mail in mails):
            raise OSError("no database")
        self.commits.append(len(mails))
        for mail in mails:
            self.mails.setdefault((mail.uidvalidity, mail.uid), mail)

    @property
    def raws(self) -> list[bytes]:
        return sorted(mail.raw for mail in self.mails.values())


@pytest.fixture
def base() -> Base:
    return Base()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.01)
    monkeypatch.setattr(module, "PATIENCE", 0.5)


def mail(text: str) -> ReceivedMail:
    return ReceivedMail(
        text.encode(), "lmtp", envelope_from="nora@ville.test", envelope_to=("a@hub.test", "été@hub.test")
    )


async def test_what_comes_while_the_database_is_busy_is_carried_together(tmp_path: Path, base: Base) -> None:
    spool = Spool(tmp_path / "spool", base.take, FrozenClock(AT))
    base.free.clear()
    for number in range(CARRIED + 5):
        await spool.append([mail(f"{number:03}")])
    assert len(spool.waiting) == CARRIED + 5 and not base.mails
    base.free.set()
    await spool.carried()
    assert base.commits[0] in (1, CARRIED) and sum(base.commits) == CARRIED + 5 and len(base.commits) <= 3
    assert base.raws == [f"{number:03}".encode() for number in range(CARRIED + 5)]
    await spool.append([mail("later")])
    await spool.close()
    assert b"later" in base.raws and not list((tmp_path / "spool").iterdir())


async def test_a_process_that_is_killed_leaves_its_mails_to_the_next(tmp_path: Path, base: Base) -> None:
    lost = SpoolFile.create(tmp_path)
    lost.begin_again()
    [numbered] = lost.append([mail("first")], AT)
    lost.append([mail("second"), ReceivedMail(b"\xff\0", "lmtp", envelope_from="\udce9")], AT)
    spool = Spool(tmp_path, base.take, FrozenClock(AT))
    assert await spool.recover() == 0, "its process lives"
    lost.close(remove=False)
    await base.take([numbered])  # carried before it died
    assert await spool.recover() == 3
    assert base.raws == [b"first", b"second", b"\xff\0"]
    assert base.mails[numbered.uidvalidity, numbered.uid] == numbered
    assert {each.received_at for each in base.mails.values()} == {AT}
    assert await spool.recover() == 0 and not list(tmp_path.iterdir())


async def test_what_was_carried_is_overwritten_and_not_taken_again(tmp_path: Path, base: Base) -> None:
    file = SpoolFile.create(tmp_path)
    for texts in (["one", "two", "three"], ["eins"]):
        file.begin_again()
        for text in texts:
            file.append([mail(text)], AT)
    assert [each.raw for each in file.mails()] == [b"eins"]
    file.close(remove=True)


async def test_mails_wait_while_the_database_is_down_and_are_refused_when_there_are_too_many(
    tmp_path: Path, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 300)
    spool = Spool(tmp_path, base.take, FrozenClock(AT))
    base.down = True
    taken = 0
    with pytest.raises(OSError, match="wait for the database"):
        for number in range(10):
            await spool.append([mail(f"{number}" * 100)])
            await asyncio.sleep(0.02)
            taken += 1
    assert 1 < taken < 10
    base.down = False
    await spool.carried()
    await spool.append([mail("back")])
    await spool.close()
    assert base.raws == [*[f"{number}".encode() * 100 for number in range(taken)], b"back"]


async def test_a_full_spool_waits_for_a_database_that_is_only_slow(
    tmp_path: Path, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    spool = Spool(tmp_path, base.take, FrozenClock(AT))
    base.free.clear()
    await spool.append([mail("x" * 100)])
    waiting = asyncio.create_task(spool.append([mail("y")]))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    base.free.set()
    await waiting
    await spool.close()
    assert base.raws == [b"x" * 100, b"y"]


async def test_a_mail_that_the_database_refuses_costs_its_neighbours_nothing(
    tmp_path: Path, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays in its file, and whatever comes later goes to another one."""
    monkeypatch.setattr(module, "MOST_BYTES", 1_000)
    spool = Spool(tmp_path, base.take, FrozenClock(AT))
    await spool.append([mail("poison")])
    await asyncio.sleep(0.05)
    await spool.append([mail(str(number)) for number in range(3)])
    await spool.carried()
    assert base.raws == [b"0", b"1", b"2"] and not spool.waiting
    for number in range(3, 20):
        await spool.append([mail(f"{number:03}" * 50)])
    await spool.close()
    assert len(base.mails) == 20
    [left] = tmp_path.iterdir()
    other = Base()
    assert await Spool(tmp_path, other.take, FrozenClock(AT)).recover() == 3
    assert other.raws == [b"0", b"1", b"2"] and list(tmp_path.iterdir()) == [left]


async def test_one_that_is_refused_while_the_hub_closes_stays(tmp_path: Path, base: Base) -> None:
    spool = Spool(tmp_path, base.take, FrozenClock(AT))
    await spool.append([mail("poison"), mail("x")])
    await spool.close()
    assert base.raws == [b"x"] and list(tmp_path.iterdir())


async def test_nothing_is_promised_where_the_disk_takes_nothing(
    tmp_path: Path, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, base.take, FrozenClock(AT))
    await spool.append([mail("before")])

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", full)
        with pytest.raises(OSError, match="No space"):
            await spool.append([mail("refused")])
    await spool.append([mail("after")])
    await spool.carried()
    assert base.raws == [b"after", b"before"]
    await spool.close()


async def test_without_a_folder_mails_go_straight_to_the_database(base: Base) -> None:
    spool = Spool(None, base.take, FrozenClock(AT))
    await spool.append([mail("x")])
    assert base.raws == [b"x"] and await spool.recover() == 0
    await spool.close()


@given(cut=st.integers(0, 2_000), change=st.integers(0, 2_000), to=st.integers(0, 255))
def test_whatever_a_power_cut_leaves_only_whole_mails_are_read(
    tmp_path_factory: pytest.TempPathFactory, cut: int, change: int, to: int
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    file = SpoolFile.create(folder)
    file.begin_again()
    written = file.append([mail("x" * length) for length in (0, 10, 300, 1)], AT)
    file.close(remove=False)
    [path] = folder.iterdir()
    data = bytearray(path.read_bytes())
    if change < len(data):
        data[change] = to
    path.write_bytes(data[:cut] + bytes(len(data[cut:])))
    again = SpoolFile.open(path)
    assert again is not None
    read = list(again.mails())
    again.close(remove=True)
    assert read == written[: len(read)]
    if cut >= len(data) and change >= len(data):
        assert len(read) == 4
