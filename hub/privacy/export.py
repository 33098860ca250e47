"""Everything held on a family, or on what one guardian may see, in one zip: `famille.json` and the files."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from tortoise import Tortoise
from tortoise.fields import Field

from hub.accounts.typed import PURPOSE as TYPED_PURPOSE
from hub.actions.sealing import PURPOSE
from hub.core.base import Core
from hub.core.blobs import BlobMissing
from hub.core.db import Also
from hub.core.seal import SealBroken
from hub.dossier.file import HEALTH_PURPOSE, IBAN_PURPOSE, UNREADABLE
from hub.dossier.models import FileReading
from hub.mail.inbound import Inbound
from hub.mail.models import InboundMail
from hub.privacy.holdings import AMONG_AGENTS, HOLDINGS, SECRET, WITHHELD, Scope, rows_of, scope_of

FILES = {"attachment": "pieces", "document": "documents", "draft_file": "brouillons"}  # table: folder
MAILS = "courriels"


class Export:
    """Hands data out."""

    def __init__(self, core: Core, inbound: Inbound) -> None:
        self._core = core
        self._inbound = inbound

    async def write(
        self, number: str, path: Path, rank: int = 0, agent: int = 0, also: Also | None = None
    ) -> list[str]:
        """Write the zip of a family at `path`; that it was made is written down. Raises NotFound.

        `rank`: only what the guardian of that rank may see. `agent`: who asked, 0 for the command line.
        `also`: what is written down beside. Returns the names of files that storage has lost: the rest is there.
        """
        scope = await scope_of(self._core, number, rank)
        with _for_its_owner(path) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            lost = await self._fill(archive, scope, rank)
        about = f"responsable {rank}" if rank else ""
        async with self._core.db.transaction():
            await FileReading.create(
                family=scope.family, agent_id=agent or None, what="export", about=about, at=self._core.clock.now()
            )
            if also:
                await also()
        return lost

    async def _fill(self, archive: zipfile.ZipFile, scope: Scope, rank: int) -> list[str]:
        held: dict[str, list[Any]] = {}
        lost: list[str] = []
        for holding in HOLDINGS:
            if rank and holding.table in AMONG_AGENTS:
                continue
            rows = await rows_of(self._core, scope, holding)
            held[holding.table] = [self._shown(holding.table, row, scope) for row in rows]
            if holding.table in FILES:
                lost += await self._files(archive, FILES[holding.table], rows)
        lost += await self._mails(archive, scope)
        held["fichiers_perdus"] = list(lost)
        archive.writestr("famille.json", json.dumps(held, ensure_ascii=False, indent=1, default=_words))
        return lost

    def _shown(self, table: str, row: dict[str, Any], scope: Scope) -> dict[str, Any]:
        """A row without what is secret, and with what is sealed opened."""
        hidden = SECRET | (WITHHELD if table == "family" and scope.is_partial else frozenset())
        shown = {name: _read(table, name, value) for name, value in row.items() if name not in hidden}
        if table == "bank_account":
            shown["iban"] = self._opened(IBAN_PURPOSE, row["iban"])
        if table == "request":
            shown |= {name: self._opened(PURPOSE, row[name]) for name in ("payload", "before") if row[name]}
        if table == "message" and scope.guardian and row["account_id"] is None:
            shown["rest"] = ""  # cut from an agent's mail: private addresses, what colleagues wrote
        if table == "typed_form":
            shown["sealed"] = self._opened(TYPED_PURPOSE, row["sealed"])
        if table == "health_note":
            shown["text"] = self._opened(HEALTH_PURPOSE, row["text"])
        return shown

    def _opened(self, purpose: str, sealed: str) -> str:
        try:
            return self._core.sealer.open(purpose, sealed)
        except SealBroken:
            return UNREADABLE

    async def _files(self, archive: zipfile.ZipFile, folder: str, rows: list[dict[str, Any]]) -> list[str]:
        """The files of these rows; the names of those that storage has lost."""
        lost = []
        for row in rows:
            plain = re.sub(r"[^\w.-]+", "_", row["filename"]).strip("._")[-80:]
            name = f"{folder}/{row['id']}-{plain}"
            pieces = self._core.blobs.stream(row["blob"])
            try:
                first = await anext(pieces, b"")
            except BlobMissing:
                lost.append(name)
            else:
                await _copy(archive, name, first, pieces)
        return lost

    async def _mails(self, archive: zipfile.ZipFile, scope: Scope) -> list[str]:
        """The mails that the family sent, as they came; the names of those that storage has lost."""
        lost = []
        for mail_id in scope.ids["mails"]:
            name = f"{MAILS}/{mail_id}.eml"
            try:
                archive.writestr(name, await self._inbound.raw(await InboundMail.get(id=mail_id)))
            except BlobMissing:
                lost.append(name)
        return lost


@contextmanager
def _for_its_owner(path: Path) -> Iterator[BinaryIO]:
    """A file that only its owner reads, and that has its name once it is whole."""
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            yield target
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


async def _copy(archive: zipfile.ZipFile, name: str, first: bytes, pieces: AsyncIterator[bytes]) -> None:
    """Piece by piece: a file is never in memory whole."""
    with archive.open(name, "w") as target:
        target.write(first)
        async for piece in pieces:
            target.write(piece)


def _read(table: str, column: str, value: Any) -> Any:
    """What a column says, whatever the database keeps it as: SQLite knows neither booleans nor dates nor JSON."""
    return _field(table, column).to_python_value(value)


@cache
def _field(table: str, column: str) -> Field[Any]:
    model = next(m for app in (Tortoise.apps or {}).values() for m in app.values() if m._meta.db_table == table)
    field: Field[Any] = model._meta.fields_map[model._meta.fields_db_projection_reverse[column]]
    return field


def _words(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
