"""Pure: on which line of a TOML text each key stands.

tomllib says what a file holds, not where. This reads a text that tomllib has taken already, so it never has to say
what is wrong with it: strings, comments and brackets are told apart, and every key and item is noted by its path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

Path = tuple[str | int, ...]  # ("services", 0, "themes", 1, "name")

_TOKEN = re.compile(
    r"(?P<skip>[ \t\r]+|\#[^\n]*)|(?P<end>\n)|(?P<sign>[\[\]{},=.])"
    r'|(?P<long>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5})'
    r'|(?P<quoted>"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')|(?P<bare>[^\s\[\]{},=."\'\#]+)',
    re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def lines(text: str) -> dict[Path, int]:
    """Path → line, counted from 1, for every table, key and item of a list."""
    return _Reader(list(_tokens(text))).document()


def dotted(path: Path) -> str:
    """A path as people write it: services[2].name, items counted from 1."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).lstrip(".")


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "skip":
            yield _Token(found.lastgroup or "", found[0], line)
        line += found[0].count("\n")


class _Reader:
    """Goes through the tokens once."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = [*tokens, _Token("end", "", 0)]
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._last: dict[Path, int] = {}  # of each array of tables, the index of the latest

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while self._at < len(self._tokens) - 1:
            if self._here.kind == "end":
                self._at += 1
            elif self._here.text == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    @property
    def _here(self) -> _Token:
        return self._tokens[min(self._at, len(self._tokens) - 1)]

    def _took(self, sign: str) -> bool:
        found = self._here.kind == "sign" and self._here.text == sign
        self._at += found
        return found

    def _header(self) -> Path:
        """[a.b] or [[a.b]]; what follows belongs to the latest table of each array on the way."""
        line = self._here.line
        array = self._took("[") and self._took("[")
        keys = self._keys()
        while self._took("]"):
            pass
        path: Path = ()
        for position, key in enumerate(keys, 1):
            path = (*path, key)
            self._lines.setdefault(path, line)
            if array and position == len(keys):
                self._last[path] = self._last.get(path, -1) + 1
            if path in self._last:
                path = (*path, self._last[path])
                self._lines.setdefault(path, line)
        return path

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._took("."):
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        token = self._here
        self._at += 1
        return token.text[1:-1] if token.kind == "quoted" else token.text

    def _pair(self, base: Path) -> None:
        line, path = self._here.line, base
        for key in self._keys():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._took("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._took("["):
            self._items(path)
        elif self._took("{"):
            self._inline(path)
        else:
            self._at += 1  # a value has a token at least
            while self._here.kind != "end" and self._here.text not in (",", "]", "}"):
                self._at += 1

    def _items(self, path: Path) -> None:
        index = 0
        while not self._closed("]"):
            self._lines[(*path, index)] = self._here.line
            self._value((*path, index))
            index += 1

    def _inline(self, path: Path) -> None:
        while not self._closed("}"):
            self._pair(path)

    def _closed(self, sign: str) -> bool:
        """Past line ends and commas; whether the bracket closes here."""
        while self._at < len(self._tokens) and (self._here.kind == "end" or self._here.text == ","):
            self._at += 1
        return self._at >= len(self._tokens) or self._took(sign)
