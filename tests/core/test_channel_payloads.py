"""Notices cut into what one NOTIFY can carry."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.channel import RESYNC, payloads

LIMIT = 120
notices = st.lists(st.tuples(st.text(max_size=8), st.dictionaries(st.text(max_size=6), st.text(max_size=40))))


@pytest.mark.long
@given(notices)
def test_none_is_lost_nor_out_of_its_order_and_no_payload_is_too_long(given: list[tuple[str, dict[str, Any]]]) -> None:
    cut = list(payloads(given, LIMIT))
    assert all(len(payload.encode()) <= LIMIT for payload in cut)
    told = [(topic, notice) for payload in cut for topic, notice in json.loads(payload)]
    assert [topic for topic, _ in told] == [topic for topic, _ in given]
    whole = [json.dumps([topic, notice]) for topic, notice in given]
    assert [notice for _, notice in told] == [
        notice if len(one) + 2 <= LIMIT else RESYNC for one, (_, notice) in zip(whole, given, strict=True)
    ]


def test_what_fits_travels_together() -> None:
    assert len(list(payloads([("a", {})] * 10, LIMIT))) == 1
