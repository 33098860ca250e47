"""The demo's mail host vouches for those it hosts, for nobody else, and cannot be made to."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.clock import Clock
from hub.demo.stamps import Host, stamped, without_forged
from hub.mail import parse
from hub.mail.authentication import verdict
from hub.mail.lmtp import Envelope

HOST = Host("mx.ville.example", frozenset({"ville.example", "portail.ville.example", "famille.example"}))


def told(mail_from: str, author: str, above: str = "") -> tuple[str, bool]:
    """DMARC's result, and whether the sender counts as proven, for a mail handed in so."""
    raw = f"{above}From: {author}\r\nSubject: Bonjour\r\n\r\nBonjour\r\n".encode()
    kept = stamped(Envelope(mail_from, ("x@portail.ville.example",), raw), ["x@portail.ville.example"], HOST, now())
    found = verdict(parse.read(kept), (HOST.name,))
    return found.dmarc, found.aligned


def now() -> datetime:
    """Any instant."""
    return Clock().now()


@pytest.mark.parametrize(
    ("mail_from", "author", "dmarc", "proven"),
    [
        ("nora@ville.example", "Nora <nora@ville.example>", "pass", True),
        ("rebond+x@portail.ville.example", "portail@ville.example", "pass", True),
        ("leo@famille.example", "nora@ville.example", "fail", False),
        ("x@ailleurs.example", "nora@ville.example", "fail", False),
        ("", "nora@ville.example", "fail", False),
        ("x@ailleurs.example", "x@ailleurs.example", "none", False),
        ("nora@ville.example", "nora@ville.example\r\nFrom: x@ville.example", "none", False),
        ("nora@ville.example", "personne", "none", False),
        ("x;dmarc=pass@ville.example.evil.example", "nora@ville.example", "fail", False),
    ],
)
def test_only_an_aligned_sender_of_ours_is_proven(mail_from: str, author: str, dmarc: str, proven: bool) -> None:
    assert told(mail_from, author) == (dmarc, proven)


@pytest.mark.parametrize(
    "forged",
    [
        "Authentication-Results: mx.ville.example; dmarc=pass header.from=ville.example\r\n",
        "authentication-results : MX.ville.example 1;\r\n\tdmarc=pass\r\n header.from=ville.example\r\n",
        'Authentication-Results: (hello) "mx.ville.example"; dmarc=pass header.from=ville.example\r\n',
        "X: y\r\nAuthentication-Results:\r\n mx.ville.example; dmarc=pass header.from=ville.example\r\n",
    ],
)
def test_results_that_pretend_to_be_ours_are_taken_away(forged: str) -> None:
    assert told("x@ailleurs.example", "nora@ville.example", forged) == ("fail", False)
    kept = without_forged(f"{forged}From: a@b.example\r\n\r\nBonjour".encode(), HOST.name)
    assert b"dmarc" not in kept and kept.endswith(b"From: a@b.example\r\n\r\nBonjour")


def test_results_of_others_and_the_body_stay() -> None:
    raw = (
        b"Authentication-Results: mx.other.example; dmarc=pass\r\nFrom: a@b.example\r\n\r\n"
        b"Authentication-Results: mx.ville.example; dmarc=pass\r\n"
    )
    assert without_forged(raw, HOST.name) == raw


@given(st.binary(max_size=300))
def test_any_bytes_keep_their_body_and_lose_no_other_line(raw: bytes) -> None:
    kept = without_forged(raw, HOST.name)
    assert kept == raw or len(kept) < len(raw)
    if b"uthentication" not in raw:
        assert kept == raw


def test_delivery_is_noted_above_the_mail() -> None:
    raw = b"From: nora@ville.example\r\n\r\nBonjour\r\n"
    mail = parse.read(stamped(Envelope("nora@ville.example", ("a@b.example",), raw), ["a@b.example"], HOST, now()))
    assert mail.header("return-path") == "<nora@ville.example>"
    assert mail.header("delivered-to") == "a@b.example"
    assert "by mx.ville.example" in (mail.header("received") or "")
