"""Pure: how light a colour is, and what can be read on it (WCAG 2.1). Colours are `#rrggbb`."""

from __future__ import annotations

INK, PAPER = "#000000", "#ffffff"


def ink(ground: str) -> str:
    """Black or white, whichever reads better on `ground`; one of them always has at least 4.5:1."""
    return max((PAPER, INK), key=lambda colour: contrast(colour, ground))


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.1, "contrast ratio")."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white) (WCAG 2.1, "relative luminance")."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: str) -> tuple[float, float, float]:
    """sRGB with the gamma taken off: red, green, blue, each 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _open(red), _open(green), _open(blue)


def _open(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
