"""What the settings are read from: presets, one table laid on another, and where in the file a mistake stands."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Any


class ConfigError(Exception):
    """The settings cannot be used; the message is for the person who wrote them."""


def presets() -> list[str]:
    """Names usable as `preset = …`."""
    files = resources.files("hub") / "presets"
    return sorted(f.name.removesuffix(".toml") for f in files.iterdir() if f.name.endswith(".toml"))


def preset(chosen: str, name: str) -> dict[str, Any]:
    """The tables of a preset, none without one; `name` of the file stands in errors. Raises ConfigError."""
    if not chosen:
        return {}
    if chosen not in presets():
        raise ConfigError(f"{name} : preset « {chosen} » inconnu ; choix : {', '.join(presets())}")
    text = (resources.files("hub") / "presets" / f"{chosen}.toml").read_text("utf-8")
    return tomllib.loads(text)


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`, table by table; lists are replaced whole."""
    found = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = merged(found[key], value) if both else value
    return found


def line_of(text: str, error: str) -> str:
    """`:12` where the key the error names stands in the file, else nothing."""
    named = re.search(r"unknown field `(\w+)`", error) or re.search(r"at `\$[\w.\[\]]*?(\w+)`", error)
    if not named:
        return ""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*{named[1]}\s*=", line) or re.match(rf"\s*\[+[\w.]*\b{named[1]}\]+", line):
            return f":{number}"
    return ""
