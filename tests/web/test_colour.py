"""Whatever colour a town chooses, its pages stay readable."""

import re
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.colour import contrast
from hub.web.colour import DARK, LIGHT, READABLE, Theme, accent, mix, stylesheet

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
themes = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#1f5fa8", "#ffffff", 6.44),
        ("#abcdef", "#abcdef", 1.0),
    ],
)
def test_contrast_is_the_ratio_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


@themes
@given(colour=colours)
def test_accent_is_readable_wherever_it_stands(theme: Theme, colour: str) -> None:
    made = accent(colour, theme)
    assert all(contrast(made.accent, surface) >= READABLE for surface in theme.surfaces)
    assert contrast(made.on_accent, made.accent) >= READABLE
    assert contrast(made.accent, made.soft) >= READABLE


@themes
@given(colour=colours)
def test_every_ink_is_readable_on_the_tint(theme: Theme, colour: str) -> None:
    made = accent(colour, theme)
    assert all(contrast(ink, made.soft) >= READABLE for ink in theme.inks)


@pytest.mark.parametrize("colour", ["#1f5fa8", "#8a1538", "#006b3f"])
def test_a_colour_already_readable_is_left_alone(colour: str) -> None:
    assert accent(colour, LIGHT).accent == colour


def test_a_pale_yellow_stays_yellow_on_dark_and_turns_ochre_on_light() -> None:
    assert accent("#ffd500", DARK).accent == "#ffd500"
    red, green, blue = (int(accent("#ffd500", LIGHT).accent[at : at + 2], 16) for at in (1, 3, 5))
    assert red > green > blue


@given(base=colours, over=colours)
def test_mixing_begins_at_one_colour_and_ends_at_the_other(base: str, over: str) -> None:
    assert mix(base, over, 0.0) == base
    assert mix(base, over, 1.0) == over


@given(colour=colours)
def test_stylesheet_holds_nothing_but_colours(colour: str) -> None:
    sheet = stylesheet(colour)
    assert sheet.count(":root {") == 2
    assert len(re.findall(r"--[a-z-]+: #[0-9a-f]{6};", sheet)) == sheet.count(":") - 3 == 8


def test_the_neutral_colours_are_those_of_the_stylesheet() -> None:
    sheet = (resources.files("hub.web") / "static" / "app.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)[:2]
    for theme, rule in ((LIGHT, light), (DARK, dark)):
        named = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", rule))
        assert theme.surfaces == tuple(named[name] for name in ("surface", "ground", "raised"))[: len(theme.surfaces)]
        assert theme.inks == (named["ink"], named["ink-soft"])
