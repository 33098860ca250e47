"""What a failure says of an address: tables."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hub.mail.gravity import Gravity, is_lasting, of_reply, of_report

TODAY = date(2026, 10, 22)


@pytest.mark.parametrize(
    ("action", "status", "gravity"),
    [
        ("failed", "5.1.1", "hard"),
        ("failed", "5.1.2", "hard"),
        ("failed", "5.1.10", "hard"),  # RFC 7505: the domain takes no mail
        ("failed", "5.2.1", "hard"),
        ("failed", "5.4.1", "hard"),  # Exchange Online's "no such recipient"
        ("failed", "5.0.0", "hard"),
        ("failed", None, "soft"),  # « bloqué par notre filtre », without a word why
        ("failed", "5.2.2", "soft"),
        ("failed", "4.2.2", "soft"),
        ("failed", "4.4.7", "soft"),
        ("failed", "5.4.7", "soft"),
        ("failed", "5.7.1", "none"),
        ("failed", "5.7.26", "none"),
        ("failed", "5.2.0", "none"),
        ("failed", "5.4.14", "soft"),
        ("failed", "5.4.316", "soft"),
        ("failed", "5.4.310", "hard"),
        ("failed", "5.6.1", "none"),
        ("failed", "5.3.4", "none"),
        ("failed", "5.2.3", "none"),
        ("failed", "5.1.8", "none"),
        ("delayed", "4.4.1", "none"),
        ("delivered", "2.0.0", "none"),
        ("relayed", "2.0.0", "none"),
    ],
)
def test_a_report(action: str, status: str | None, gravity: str) -> None:
    assert of_report(action, status) == gravity


@pytest.mark.parametrize(
    ("status", "diagnostic", "gravity"),
    [
        ("5.0.0", "550 5.7.1 spam detected", "none"),  # Exim
        ("5.0.0", "550-5.1.1 no such user", "hard"),
        ("5.0.0", "552 5.2.2 boîte pleine", "soft"),
        ("5.0.0", "554 refused", "none"),
        ("5.0.0", "550 Unknown user", "hard"),
        ("5.0.0", "", "hard"),
        (None, "550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]", "none"),
        ("5.1.1", "550 5.7.1 spam", "hard"),
    ],
)
def test_a_report_that_only_says_failed_is_judged_by_what_the_other_server_said(
    status: str | None, diagnostic: str, gravity: str
) -> None:
    assert of_report("failed", status, diagnostic) == gravity


@pytest.mark.parametrize(
    ("code", "words", "gravity"),
    [
        (550, "550 5.1.1 no such user", Gravity.hard),
        (550, "550 no such user", Gravity.hard),
        (550, "550 5.7.1 blocked, see http://1.2.3.4/", Gravity.none),
        (552, "552 too large", Gravity.none),
        (552, "552 5.2.2 mailbox full", Gravity.soft),
        (554, "554 spam", Gravity.none),
        (553, "553 no such mailbox on 15.2.3.99", Gravity.hard),
    ],
)
def test_a_refusal(code: int, words: str, gravity: Gravity) -> None:
    assert of_reply(code, words) is gravity


@pytest.mark.parametrize(
    ("ago", "times", "days", "lasting"),
    [
        ([0, 1, 2], 3, 14, True),
        ([0, 0, 0], 3, 14, False),
        ([0, 1, 14], 3, 14, False),
        ([0, 1, 13], 3, 14, True),
        ([], 1, 14, False),
        ([0, 1, 2], 0, 14, False),
    ],
)
def test_soft_failures_on_enough_days_are_lasting(ago: list[int], times: int, days: int, lasting: bool) -> None:
    assert is_lasting([TODAY - timedelta(days=n) for n in ago], TODAY, times, days) is lasting
