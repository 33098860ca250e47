"""Whatever colour a town has, its button can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.colour import contrast, ink

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@given(COLOURS)
def test_black_or_white_always_reads(colour: str) -> None:
    assert contrast(ink(colour), colour) >= 4.5


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#1f5fa8", "#1F5FA8", 1.0)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize(("ground", "shade"), [("#1f5fa8", "#ffffff"), ("#ffd500", "#000000"), ("#ffffff", "#000000")])
def test_ink_on_some_towns(ground: str, shade: str) -> None:
    assert ink(ground) == shade
