"""Answers typed in a colour between the lines of the mail answered, where their writer says so: « mes réponses en rouge
dans votre message ». Pure.

Nothing but the colour tells them from the history. So they are looked for only where they are announced, and the first
coloured words below decide which colour it is: signatures and emphasis of the mail answered have others.
"""

import re

from hub.mail.reading import styled
from hub.mail.reading.matching import pattern
from hub.mail.reading.styled import squeezed

MAX_TEXT = 200_000  # characters
NAMED = {
    "rouge": "red", "red": "red", "bleu": "blue", "bleue": "blue", "blue": "blue", "vert": "green", "verte": "green",
    "green": "green",
}  # fmt: skip
ANNOUNCED = pattern(
    r"\ben (?P<colour>rouge|bleue?|verte?|red|blue|green)\b",
    r"\ben couleurs?\b",
    r"\b(?:répon\w+|voir|commentaires?|remarques?|précisions?|éléments)\b.{0,40}"
    r"(?:(?:dans|sous|au fil de|dans le corps de|à la suite de) (?:votre|ton|vos|tes|le|chaque|du)\b"
    r"|ci-dessous|ci-après|plus bas|en-dessous|en dessous|entre les lignes)",
)
COLOUR = re.compile(r"(?:^|[;\"'\s])color\s{0,3}[:=]\s{0,3}[\"']?\s{0,3}(#\w{3,6}|rgb\([\d,\s]{5,20}\)|[a-z]{3,12})")
WORDS = {
    "red": (255, 0, 0), "blue": (0, 0, 255), "green": (0, 128, 0), "orange": (255, 165, 0), "purple": (128, 0, 128),
    "crimson": (220, 20, 60), "darkred": (139, 0, 0), "magenta": (255, 0, 255), "fuchsia": (255, 0, 255),
}  # fmt: skip
SATURATED = 80  # between the strongest and the weakest of red, green and blue: what is less is black or grey
SHORT = 6  # letters that may stand both above and below: « Oui. »
MOST = 0.6  # of the history: more of it in one colour is how its writer always writes

Rgb = tuple[int, int, int]


def answers(html: str, text: str, rest: str) -> list[str]:
    """The lines in colour of `rest` that `text` announces, in their order."""
    if not rest or b"color" not in html.encode().lower():  # four times sooner than as text
        return []
    announced = ANNOUNCED.search(text[:2_000])
    if announced is None:
        return []
    hue = NAMED.get((announced["colour"] or "").lower(), "")
    below, above = squeezed(rest[:MAX_TEXT]), squeezed(text[:MAX_TEXT])
    found = [
        (colour, said)
        for colour, said in styled.runs(html, _colour_of)
        if (not hue or _hue(colour) == hue) and _is_below(squeezed(said), below, above)
    ]
    chosen = [said for colour, said in found if colour == found[0][0]]
    return chosen if sum(len(squeezed(said)) for said in chosen) < MOST * len(below) else []


def _is_below(said: str, below: str, above: str) -> bool:
    return said in below and (len(said) < SHORT or said not in above)


def _colour_of(name: str, attributes: str, inherited: Rgb | None) -> Rgb | None:
    return None if name == "a" else _colour(attributes, inherited)


def _colour(attributes: str, inherited: Rgb | None) -> Rgb | None:
    found = COLOUR.search(attributes.lower()) if "color" in attributes.lower() else None
    if found is None:
        return inherited
    rgb = _rgb(found[1])
    return rgb if rgb and max(rgb) - min(rgb) > SATURATED else None


def _rgb(said: str) -> Rgb | None:
    if said.startswith("#") and len(said) == 4:
        said = "#" + "".join(2 * digit for digit in said[1:])
    if said.startswith("#") and re.fullmatch(r"#[0-9a-f]{6}", said):
        return int(said[1:3], 16), int(said[3:5], 16), int(said[5:7], 16)
    parts = re.findall(r"\d{1,3}", said) if said.startswith("rgb(") else []
    if len(parts) == 3:
        return int(parts[0]), int(parts[1]), int(parts[2])
    return WORDS.get(said)


def _hue(colour: Rgb) -> str:
    return ("red", "green", "blue")[colour.index(max(colour))]
