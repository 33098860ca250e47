"""What is sealed opens for its purpose, in time, unaltered; and not otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.seal import SealBroken, Sealer

SEALER = Sealer(b"a secret of the town")


@given(st.text())
def test_what_is_sealed_opens(text: str) -> None:
    assert SEALER.open("iban", SEALER.seal("iban", text)) == text


@pytest.mark.parametrize("spoil", [lambda s: s[:-4] + "AAA=", lambda s: "", lambda s: "gAAA" + s, lambda s: s[:20]])
def test_what_was_altered_does_not(spoil: object) -> None:
    with pytest.raises(SealBroken):
        SEALER.open("iban", spoil(SEALER.seal("iban", "FR76")))  # type: ignore[operator]


def test_neither_for_another_purpose_nor_with_another_secret() -> None:
    sealed = SEALER.seal("iban", "FR76")
    with pytest.raises(SealBroken):
        SEALER.open("health", sealed)
    with pytest.raises(SealBroken):
        Sealer(b"another").open("iban", sealed)


def test_nor_when_it_has_lapsed() -> None:
    with pytest.raises(SealBroken):
        SEALER.open("wizard", SEALER.seal("wizard", "x"), seconds=-1)
