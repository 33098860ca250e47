"""Pure: what is wrong with settings, all of it at once, in words for the person who wrote them."""

from __future__ import annotations

import datetime
import difflib
import types
from collections.abc import Mapping
from typing import Any, NamedTuple, get_args, get_origin

import msgspec
from msgspec import inspect

from hub.tomllines import Path

MOST = 3  # near misses that are named


class Wrong(ValueError):
    """A value, or several together, that a section cannot use. `keys`: theirs, as the section has them:
    "themes.0.name"."""

    def __init__(self, sentence: str, *keys: str) -> None:
        super().__init__(sentence)
        self.keys = keys


class Complaint(NamedTuple):
    """What is wrong, and with which keys. The first one is where to look."""

    paths: tuple[Path, ...]
    sentence: str


def complaints(given: Any, kind: type[msgspec.Struct], path: Path = ()) -> list[Complaint]:
    """Everything that keeps `given`, the tables of a TOML file, from being a `kind`."""
    if not isinstance(given, dict):
        return [Complaint((path,), f"attendu une table, trouvé {_found(given)}")]
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    found = [_unknown((*path, key), known) for key in given if key not in known]
    for name, field in known.items():
        if name in given:
            found += _of_value(given[name], field.type, (*path, name))
        elif field.required:
            found.append(Complaint((path,), f"il manque « {name} » ({_expected(field.type)})"))
    return found or _together(given, kind, path)


def _unknown(path: Path, known: Mapping[str, Any]) -> Complaint:
    near = difflib.get_close_matches(str(path[-1]), known, MOST) or sorted(known)
    names = " ou ".join(f"« {name} »" for name in near) if len(near) <= MOST else ", ".join(near)
    asked = "vouliez-vous dire" if len(near) <= MOST else "attendu l’un de"
    return Complaint((path,), f"réglage inconnu ; {asked} {names}{' ?' if len(near) <= MOST else ''}")


def _of_value(value: Any, kind: Any, path: Path) -> list[Complaint]:
    kind = _plain(kind)
    struct, listed = _struct_in(kind)
    if struct and not listed:
        return complaints(value, struct, path)
    if struct and isinstance(value, list):
        return [each for index, item in enumerate(value) for each in complaints(item, struct, (*path, index))]
    if isinstance(value, list) and get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return [each for index, item in enumerate(value) for each in _of_value(item, inner, (*path, index))]
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return [Complaint((path,), f"attendu {_expected(kind)}, trouvé {_found(value, kind)}")]
    return []


def _together(given: dict[str, Any], kind: type[msgspec.Struct], path: Path) -> list[Complaint]:
    """What its values contradict each other in, each being right by itself."""
    try:
        msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        wrong = error.__cause__
        if isinstance(wrong, Wrong):
            return [Complaint(tuple((*path, *_path(key)) for key in wrong.keys), str(wrong))]
        return [Complaint((path,), str(error))]
    return []


def _path(key: str) -> Path:
    """Of "themes.0.name"."""
    return tuple(int(part) if part.isdigit() else part for part in key.split("."))


def _struct_in(kind: Any) -> tuple[type[msgspec.Struct] | None, bool]:
    """The section that a setting of this type is, and whether it may be repeated."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind, False
    inner = get_args(kind)[0] if get_origin(kind) is tuple else None
    return (inner, True) if isinstance(inner, type) and issubclass(inner, msgspec.Struct) else (None, False)


def _plain(kind: Any) -> Any:
    """Without the None that may stand beside it, which TOML cannot say."""
    return get_args(kind)[0] if get_origin(kind) is types.UnionType else kind


def _expected(kind: Any) -> str:
    """A type in French."""
    kind = _plain(kind)
    struct, listed = _struct_in(kind)
    if struct:
        return "une suite de tables [[…]]" if listed else "une table"
    if get_origin(kind) is tuple:
        return f"une liste entre crochets, chaque élément étant {_expected(get_args(kind)[0])}"
    told = inspect.type_info(kind)
    if isinstance(told, inspect.LiteralType):
        return " ou ".join(f'"{value}"' for value in get_args(kind))
    if isinstance(told, inspect.IntType | inspect.FloatType):
        return ("un nombre entier" if isinstance(told, inspect.IntType) else "un nombre") + _range(told.ge, told.le)
    names = {inspect.BoolType: "true ou false", inspect.DateType: "une date (2026-11-30, sans guillemets)"}
    return names.get(type(told), "un texte entre guillemets")


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f" de {least} à {most}"
    return f" d’au moins {least}" if least is not None else f" d’au plus {most}" if most is not None else ""


def _found(value: Any, kind: Any = None) -> str:
    """What stands there. A text is shown only where it is one of a choice: elsewhere it may be a password."""
    if isinstance(value, str):
        choice = kind is not None and isinstance(inspect.type_info(kind), inspect.LiteralType)
        return f'"{value}"' if choice else "un texte"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | datetime.date | datetime.time):
        return str(value)
    return "une liste" if isinstance(value, list) else "une table"
