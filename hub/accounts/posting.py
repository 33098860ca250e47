"""Letters with identifiers as files, for the town's printer: one PDF for all, or one for each guardian in a folder.

Written first under another name, then what they say is stored, then they get their own: nobody is given a password
whose letter was lost with the disk full, and a letter that says nothing true never looks finished.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.accounts.identifiers import Identifiers, Renew, Sheet
from hub.accounts.names import folded
from hub.core.errors import NotFound

BY = "la mairie"


@dataclass(frozen=True, slots=True)
class Posted:
    """How many letters there are, in which files, and how many guardians had identifiers already."""

    letters: int
    had_some: int
    files: tuple[Path, ...]


async def post(identifiers: Identifiers, output: Path, families: Sequence[str], again: bool) -> Posted:
    """Letters for the families with these numbers, or for all who have no account. Raises NotFound and Conflict.

    `again`: also for those who had a letter and have not come in since. A password that somebody chose stays.
    """
    guardians = await identifiers.guardians(families)
    missing = sorted(set(families) - {guardian.family.number for guardian in guardians})
    if missing:
        raise NotFound(f"Aucune famille n’a ce numéro de dossier : {', '.join(missing)}")
    sheets = await identifiers.make(guardians, Renew.unused if again else Renew.none)
    groups = {output: sheets} if output.suffix.lower() == ".pdf" else {output / _name(one): [one] for one in sheets}
    drafts = []
    try:
        for path, group in groups.items():
            if group:
                drafts.append((_draft(path, await identifiers.paper(group)), path))
        await identifiers.store(sheets, BY)
    except BaseException:
        for draft, _ in drafts:
            draft.unlink(missing_ok=True)
        raise
    for draft, path in drafts:
        draft.replace(path)
    return Posted(len(sheets), len(guardians) - len(sheets), tuple(path for _, path in drafts))


def _draft(path: Path, content: bytes) -> Path:
    """On the disk for good, and for its owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _name(sheet: Sheet) -> str:
    guardian = sheet.guardian
    words = folded(f"{guardian.family.number} {guardian.last_name} {guardian.first_name}")
    plain = "-".join("".join(letter if letter.isalnum() else " " for letter in words).split())
    return f"identifiants-{plain}-{guardian.id}.pdf"
