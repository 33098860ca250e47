"""Commands of SMTP and LMTP as a server reads them (RFC 5321 §4.1, RFC 2033): bytes into values. Pure.

Lenient where nothing is at stake: a mail that is refused for its sender's odd address is a mail lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

MOST_ADDRESS = 320  # characters: 64 before the @ and 255 behind it
_QUOTED = r'"(?:[^"\\]|\\.){0,320}"@[^<>\s]+'
_PATH = re.compile(rf" *<(?:@[^<>:\s]+:)?({_QUOTED}|[^<>\s]*)>(.*)| *([^<>\s]+)(.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Syntax(Exception):
    """What was said is no such command; the message says what is."""


class Command(NamedTuple):
    """A verb, in capitals, and what follows it."""

    verb: str
    argument: str


class Path(NamedTuple):
    """A reverse-path or a forward-path. `address` is "" for the null sender; `parameters` have names in capitals."""

    address: str
    parameters: Mapping[str, str]


def command(line: bytes) -> Command:
    """A line without its CRLF. Bytes that are no UTF-8 become surrogates."""
    verb, _, argument = line.decode("utf-8", "surrogateescape").partition(" ")
    return Command(verb.upper(), argument)


def path(argument: str, keyword: str) -> Path:
    """What stands behind MAIL (`keyword` "FROM") or RCPT ("TO"). A source route is passed over (RFC 5321 §3.6.1).

    Raises Syntax.
    """
    if argument[: len(keyword) + 1].upper() != f"{keyword}:" or _CONTROL.search(argument):
        raise Syntax(f"{keyword}:<address>")
    found = _PATH.fullmatch(argument, len(keyword) + 1)
    if not found:
        raise Syntax(f"{keyword}:<address>")
    address, rest = (found[1], found[2]) if found[1] is not None else (found[3], found[4])
    if len(address) > MOST_ADDRESS or (rest and not rest.startswith(" ")):
        raise Syntax(f"{keyword}:<address>")
    return Path(address, _parameters(rest))


def size(parameters: Mapping[str, str]) -> int:
    """Bytes that a mail is said to have (RFC 1870); 0 where nothing is said. Raises Syntax."""
    told = parameters.get("SIZE", "0")
    if not (told.isascii() and told.isdigit()):
        raise Syntax("SIZE=number")
    return int(told)


def _parameters(text: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in text.split())
    return {name.upper(): value for name, _, value in pairs}
