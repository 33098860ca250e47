"""How to join a meeting, which programs put below a line drawn across, and often below the signature. Pure."""

import re

from hub.mail.reading import phrases

MEETING = re.compile(
    r"\bréunion (?:microsoft )?(?:teams|zoom)|\b(?:participer à|rejoindre) la (?:réunion|visio)"
    r"|\bid de (?:la )?réunion\b|\bteams\.(?:microsoft|live)\.com/|\bzoom\.us/j/|\bmeet\.google\.com/|\bwebconf\."
    r"|\bmeet\.jit\.si/|\bmot de passe ?: ?\S",
    re.IGNORECASE,
)
"""What the mail was written for."""

NEAR = 3  # lines below the one drawn
DRAWN = ("_", "-", "=", "*", "_ ")


def split(lines: list[str]) -> tuple[list[str], list[str]]:
    """From the line drawn above a meeting on, where somebody wrote above it."""
    for at, line in enumerate(lines):
        if not line.endswith(DRAWN) or not phrases.RULE.match(line):
            continue
        if any(map(tells, lines[at + 1 : at + 1 + NEAR])):
            return (lines[:at], lines[at:]) if any(above.strip() for above in lines[:at]) else (lines, [])
    return lines, []


def tells(line: str) -> bool:
    """Whether a line says how to join a meeting, or by which password."""
    return MEETING.search(line[:400]) is not None
