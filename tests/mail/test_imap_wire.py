"""IMAP's words, and the ledger that decides how far the cursor may move."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.mail import imap_wire as wire
from hub.mail.imap import pause
from hub.mail.imap_ledger import LAST_RETRY, Ledger
from hub.mail.imap_mailbox import LoginRefused, Lost


@pytest.mark.parametrize(
    ("name", "wired"),
    [
        ("INBOX", '"INBOX"'),
        ("Boîte de réception", '"Bo&AO4-te de r&AOk-ception"'),
        ("Traités & classés", '"Trait&AOk-s &- class&AOk-s"'),
        ('Dit "vu" \\ lu', '"Dit \\"vu\\" \\\\ lu"'),
        ("&", '"&-"'),
        ("~peter/mail/台北/日本語", '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'),  # RFC 3501 §5.1.3
        ("📬", '"&2D3c7A-"'),
    ],
)
def test_folder_names_on_the_wire(name: str, wired: str) -> None:
    assert wire.folder_name(name) == wired


@given(st.text(max_size=30))
def test_no_folder_name_can_break_out_of_its_quotes(name: str) -> None:
    try:
        wired = wire.folder_name(name)
    except UnicodeEncodeError:  # a lone surrogate is no character
        return
    assert wired.isascii() and wired.isprintable()


@pytest.mark.parametrize(("uids", "text"), [([], ""), ([7], "7"), ([1, 2, 3, 7], "1:3,7"), ([9, 3, 3, 4], "3:4,9")])
def test_sets_of_uids(uids: list[int], text: str) -> None:
    assert wire.uid_set(uids) == text


@given(st.sets(st.integers(1, 300)))
def test_a_set_of_uids_names_each_and_no_other(uids: set[int]) -> None:
    named: set[int] = set()
    for part in filter(None, wire.uid_set(uids).split(",")):
        first, _, last = part.partition(":")
        named.update(range(int(first), int(last or first) + 1))
    assert named == uids


def test_search_answers_may_come_in_several_lines() -> None:
    assert wire.found([b"3 1", b"", b"2", b"Search completed (0.001 + 0.000 secs)."]) == [1, 2, 3]


def test_sizes_are_read_in_any_order() -> None:
    lines = [b"1 FETCH (UID 4 RFC822.SIZE 120)", b"2 FETCH (RFC822.SIZE 7 UID 9)", b"OK done"]
    assert wire.sizes(lines) == {4: 120, 9: 7}


def test_bodies_are_read_wherever_the_uid_stands() -> None:
    lines = [
        b"1 FETCH (UID 4 BODY[] {3}",
        bytearray(b"abc"),
        b")",
        b"2 FETCH (BODY[] {12}",
        bytearray(b"UID 99 BODY["),
        b" UID 5)",
        b"1 FETCH (UID 4 FLAGS (\\Seen))",
        b"3 FETCH (UID 6 BODY[] NIL)",
        b'4 FETCH (UID 7 BODY[] "")',
        b"Fetch completed.",
    ]
    assert wire.bodies(lines) == {4: b"abc", 5: b"UID 99 BODY[", 7: b""}


def test_what_select_says_of_uidvalidity() -> None:
    assert wire.uidvalidity([b"OK [UIDVALIDITY 1795232048] UIDs valid"]) == 1795232048
    assert wire.uidvalidity([b"3 EXISTS"]) is None


@given(st.dictionaries(st.integers(1, 500), st.integers(0, 300), max_size=80))
def test_batches_hold_every_mail_once_within_bounds(sizes: dict[int, int]) -> None:
    cut = wire.batches(sizes, count=5, total=200)
    assert [uid for batch in cut for uid in batch] == sorted(sizes)
    for batch in cut:
        assert len(batch) <= 5
        assert len(batch) == 1 or sum(sizes[uid] for uid in batch) <= 200


def test_the_cursor_waits_for_a_failed_mail_but_its_neighbours_do_not() -> None:
    ledger = Ledger(10)
    assert ledger.wanted([9, 11, 12, 13], now=0.0) == [11, 12, 13]
    ledger.done([11, 13])
    ledger.failed(12, now=0.0)
    assert ledger.settle([11, 12, 13]) == 11
    assert ledger.wanted([12, 13], now=1.0) == []
    assert ledger.wanted([12, 13], now=1.0, all_failed=True) == [12]
    assert ledger.next_retry(now=1.0) == 4.0
    assert ledger.wanted([12, 13], now=5.0) == [12]
    ledger.done([12])
    assert ledger.settle([12, 13]) == 13
    assert ledger.failures == 0


def test_a_failed_mail_that_leaves_the_server_holds_nothing_back() -> None:
    ledger = Ledger(0)
    ledger.failed(1, now=0.0)
    ledger.done([2])
    assert ledger.settle([1, 2]) == 0
    assert ledger.settle([2]) == 2
    assert ledger.next_retry(now=0.0) is None


def test_each_failure_waits_longer_but_never_more_than_a_quarter_of_an_hour() -> None:
    ledger, waits = Ledger(0), []
    for _ in range(40):
        ledger.failed(1, now=0.0)
        waits.append(ledger.next_retry(now=0.0))
    assert waits[:4] == [5.0, 10.0, 20.0, 40.0]
    assert waits[-1] == LAST_RETRY


def test_those_that_broke_a_fetch_or_failed_are_suspect_until_done() -> None:
    ledger = Ledger(0)
    ledger.suspect([1, 2])
    ledger.failed(3, now=0.0)
    assert ledger.suspects([1, 2, 3, 4]) == [1, 2, 3]
    ledger.done([1, 3])
    assert ledger.suspects([1, 2, 3, 4]) == [2]


@pytest.mark.long
@given(st.data())
def test_the_cursor_never_passes_a_mail_that_is_not_done(data: st.DataObject) -> None:
    ledger, present, finished, next_uid = Ledger(0), set[int](), set[int](), 1
    for _ in range(data.draw(st.integers(1, 12))):
        for _ in range(data.draw(st.integers(0, 4))):
            present.add(next_uid)
            next_uid += data.draw(st.integers(1, 3))
        seen = sorted(present)
        for uid in ledger.wanted(seen, 0.0, all_failed=True):
            fate = data.draw(st.sampled_from(["done", "failed", "gone", "nothing"]))
            if fate == "done":
                ledger.done([uid])
                finished.add(uid)
            elif fate == "failed":
                ledger.failed(uid, 0.0)
            elif fate == "gone":
                present.discard(uid)
        before = ledger.cursor
        after = ledger.settle([uid for uid in seen if uid > before])
        assert after >= before
        assert all(uid in finished for uid in seen if uid <= after and uid > before)
        assert not set(ledger.wanted(seen, 0.0, all_failed=True)) & finished


@pytest.mark.parametrize(
    ("error", "attempts", "chance", "seconds"),
    [
        (Lost("x"), 1, 0.0, 1.0),
        (Lost("x"), 1, 1.0, 0.5),
        (Lost("x"), 4, 0.0, 8.0),
        (Lost("x"), 500, 0.0, 60.0),
        (LoginRefused("x"), 1, 1.0, 30.0),
        (LoginRefused("x"), 9, 0.0, 60.0),
    ],
)
def test_how_long_before_connecting_again(error: Exception, attempts: int, chance: float, seconds: float) -> None:
    assert pause(error, attempts, chance) == seconds
