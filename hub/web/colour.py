"""The town's colour, made readable. Pure.

A town gives one colour. Pages use it as text, as a fill under text and as a tint behind text, in light and in dark:
each of these keeps a contrast of at least 4.5:1 (WCAG 2.1, 1.4.3) whatever the town chose. The hue stays; only
lightness moves, in OKLab, where equal steps look equal (B. Ottosson, "A perceptual color space", 2020).
Colours are `#rrggbb`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from hub.core.colour import contrast, linear, luminance

READABLE = 4.5
STEPS = 100

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Theme:
    """The neutral colours of app.css that the accent stands beside; the first surface is the one of panels."""

    surfaces: tuple[str, ...]
    inks: tuple[str, ...]
    reach: float  # contrast asked of the accent on them: above READABLE it leaves room for a stronger tint
    tint: float  # share of accent in a tinted surface, 0 to 1
    line: float  # the same in a line, which carries no text


@dataclass(frozen=True)
class Accent:
    """The custom properties of town.css for one theme."""

    accent: str  # text and fills
    on_accent: str  # text on such a fill
    soft: str  # tinted surface: takes every ink, and `accent` as text
    line: str


LIGHT = Theme(surfaces=("#ffffff", "#f3f5f7"), inks=("#181c20", "#545c66"), reach=READABLE, tint=0.13, line=0.4)
DARK = Theme(surfaces=("#1a1e23", "#101317", "#23282e"), inks=("#e8ebee", "#a9b1bb"), reach=6.5, tint=0.3, line=0.45)


@cache
def stylesheet(colour: str) -> str:
    """Text of /static/town.css for a town whose colour is `colour`."""
    light, dark = _rule(accent(colour, LIGHT)), _rule(accent(colour, DARK))
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def accent(colour: str, theme: Theme) -> Accent:
    """The readable form of `colour` on the surfaces of `theme`."""
    readable = next(shade for shade in _shades(colour, theme) if _stands_on(shade, theme))
    panel = theme.surfaces[0]
    tints = (mix(panel, readable, theme.tint * (1 - step / STEPS)) for step in range(STEPS + 1))
    soft = next(tint for tint in tints if all(contrast(ink, tint) >= READABLE for ink in (*theme.inks, readable)))
    return Accent(readable, panel, soft, mix(panel, readable, theme.line))


def mix(base: str, over: str, share: float) -> str:
    """`base` with `share` (0 to 1) of `over` in it."""
    pairs = zip(_oklab(base), _oklab(over), strict=True)
    lightness, a, b = (x + (y - x) * share for x, y in pairs)
    return _hex((lightness, a, b))


def _rule(given: Accent) -> str:
    return (
        f":root {{ --accent: {given.accent}; --on-accent: {given.on_accent}; "
        f"--accent-soft: {given.soft}; --accent-line: {given.line}; }}"
    )


def _stands_on(colour: str, theme: Theme) -> bool:
    return all(contrast(colour, surface) >= theme.reach for surface in theme.surfaces)


def _shades(colour: str, theme: Theme) -> Iterator[str]:
    """`colour`, then ever further from the surfaces of `theme`: darker on light, lighter on dark.

    Near white and black there is no room for chroma, so it fades out on the way.
    """
    lightness, a, b = _oklab(colour)
    end = 1.0 if luminance(theme.surfaces[0]) < 0.5 else 0.0
    yield colour.lower()
    for step in range(1, STEPS + 1):
        share = step / STEPS
        fade = 1 - share**3
        yield _hex((lightness + (end - lightness) * share, a * fade, b * fade))


def _close(channel: float) -> float:
    bounded = min(max(channel, 0.0), 1.0)
    return bounded * 12.92 if bounded <= 0.0031308 else 1.055 * bounded ** (1 / 2.4) - 0.055


def _oklab(colour: str) -> Triple:
    red, green, blue = linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _hex(lab: Triple) -> str:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(_close(channel) * 255):02x}" for channel in channels)
