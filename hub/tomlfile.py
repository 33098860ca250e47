"""What the settings are read from: a town's file laid on a preset, and where in either a mistake stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from hub.tomlcheck import Complaint
from hub.tomllines import Path, dotted, lines

# Shorter names that `preset = …` takes as well
ALIASES = {
    "blainville-sur-orne": "blainville",
    "puiseux-en-france": "puiseux",
    "saint-michel-sur-orge": "saint-michel",
    "wallet": "porte-monnaie",
}

_SYNTAX = {
    "Cannot declare": "cette table est déclarée deux fois",
    "Cannot mutate": "cette table est déjà donnée sous une autre forme",
    "Cannot redefine": "cette table est déjà donnée sous une autre forme",
    "Cannot overwrite a value": "cette clé est donnée deux fois",
    "Duplicate inline table key": "cette clé est donnée deux fois",
    "Expected '=' after a key": "il manque = après la clé",
    "Expected newline or end of document": "il y a quelque chose de trop après la valeur",
    "Expected ']'": "il manque ] à la fin du nom de la table",
    'Expected "\'"': "il manque une apostrophe à la fin du texte",
    "Escaped character": "une barre \\ est suivie d’un signe qui n’existe pas",
    "Found invalid character": "un signe n’a pas le droit d’être ici (apostrophe non fermée ?)",
    "Illegal character": "un signe n’a pas le droit d’être ici (guillemets non fermés ?)",
    "Invalid date": "cette date n’existe pas",
    "Invalid hex": "une barre \\ est suivie d’un signe qui n’existe pas",
    "Invalid initial character for a key": "une clé ne peut pas commencer ainsi",
    "Invalid statement": "cette ligne n’est ni une table ni une clé = valeur",
    "Invalid value": "la valeur manque, ou il manque des guillemets autour",
    "Unclosed array": "il manque ] à la fin de la liste",
    "Unclosed inline table": "il manque } à la fin de la table",
    "Unescaped '\\'": "une barre \\ se double entre guillemets, ou l’on prend des apostrophes",
    "Unterminated string": "il manque des guillemets à la fin du texte",
}


class ConfigError(Exception):
    """The settings cannot be used; the message is for the person who wrote them, one line a mistake."""


@dataclass(frozen=True, slots=True)
class Source:
    """A TOML text that was read: how errors name it, what it holds, and on which lines."""

    name: str
    tables: dict[str, Any]
    lines: dict[Path, int]


def presets() -> list[str]:
    """Names usable as `preset = …`."""
    files = resources.files("hub") / "presets"
    return sorted(f.name.removesuffix(".toml") for f in files.iterdir() if f.name.endswith(".toml"))


def source(text: str, name: str) -> Source:
    """Read TOML. Raises ConfigError with the line."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(text, name, str(error))) from error
    return Source(name, tables, lines(text))


def preset(town: Source) -> Source:
    """The preset that a town's file starts from; an empty one where it names none. Raises ConfigError."""
    asked = town.tables.get("preset", "")
    if not asked:
        return Source("", {}, {})
    chosen = ALIASES.get(asked, asked) if isinstance(asked, str) else ""
    if chosen not in presets():
        where = f"{town.name}:{town.lines.get(('preset',), 1)}"
        raise ConfigError(f"{where} : preset : « {asked} » inconnu ; attendu : {', '.join(presets())}")
    text = (resources.files("hub") / "presets" / f"{chosen}.toml").read_text("utf-8")
    found = source(text, f"preset {chosen}")
    return Source(found.name, {**found.tables, "preset": chosen}, found.lines)


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`, table by table; lists are replaced whole."""
    found = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = merged(found[key], value) if both else value
    return found


def told(found: Iterable[Complaint], sources: Sequence[Source]) -> str:
    """Complaints as lines "file:line : key : what is wrong", in the order of the files; the strongest source first."""
    placed = [(_place(complaint.paths[0], sources), complaint) for complaint in found]
    placed.sort(key=lambda each: (-sources.index(each[0][0]), each[0][1]))
    return "\n".join(_line(complaint, sources) for _, complaint in placed)


def _line(complaint: Complaint, sources: Sequence[Source]) -> str:
    first, *others = complaint.paths
    also = "".join(f" ({dotted(path)} : {_stands(path, sources)})" for path in others)
    key = f"{dotted(first)} : " if first else ""
    return f"{_where(first, sources)} : {key}{complaint.sentence}{also}"


def _stands(path: Path, sources: Sequence[Source]) -> str:
    written = any(path in each.lines for each in sources)
    return _where(path, sources) if written else "laissé à sa valeur habituelle"


def _where(path: Path, sources: Sequence[Source]) -> str:
    found, line = _place(path, sources)
    return f"{found.name}:{line}" if line else found.name


def _place(path: Path, sources: Sequence[Source]) -> tuple[Source, int]:
    """Who says it, and on which line; else where the nearest table above it stands."""
    for length in range(len(path), 0, -1):
        for each in sources:
            if path[:length] in each.lines:
                return each, each.lines[path[:length]]
    return sources[0], 0


def _syntax(text: str, name: str, error: str) -> str:
    """tomllib's complaint in French, its line in front."""
    found = re.search(r"^(.*) \(at line (\d+), column \d+\)$", error)
    line, what = (int(found[2]), found[1]) if found else (text.count("\n") + 1, error)
    known = next((french for english, french in _SYNTAX.items() if english in what), what)
    return f"{name}:{line} : ce n’est pas du TOML : {known}"
