"""Where one set of measures is taken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A filled database (`name`: sqlite or postgres) and a folder for files."""

    name: str
    database: str
    folder: Path
    threads: int
