"""Answers written between quotes, which are no signature whomever they name. Pure."""

from collections.abc import Sequence

from hub.mail.reading.device import last_written


def answers(lines: list[str], left: list[str], breaks: Sequence[int], *, closed: bool) -> bool:
    """Whether what would be cut is an answer: « Zoé Durand, 06 12 … », below « > Votre nom et votre numéro ? ».

    A signature stands below the last quote with something above it, or closes (`closed`) what is above all quotes.
    `left`: what of the lines would stay. `breaks`: where in the lines a quote stood.
    """
    if not breaks:
        return False
    start = next((at for at, (one, other) in enumerate(zip(lines, left, strict=False)) if one is not other), len(left))
    last = last_written(lines, len(lines)) or 0
    floor = max((at for at in breaks if at <= last), default=0)
    if not floor or (closed and start <= breaks[0]):
        return False
    return start < floor or not any(line.strip() for line in lines[floor:start])
