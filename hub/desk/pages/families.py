"""What is held on families: brought in from the town's software, handed out to who asks, erased."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from aiohttp import web
from msgspec.structs import replace

from hub.accounts.finding import Person
from hub.accounts.sessions import Visitor
from hub.desk.journal import record
from hub.desk.keys import ERASURE, EXPORT, FINDING
from hub.desk.pages.accounts import ACCOUNTS
from hub.desk.show import page
from hub.dossier.importing import FamilyImport, Kind, Told
from hub.dossier.table import FileFault
from hub.mailbox.threads import StoredFile
from hub.web import forms
from hub.web.downloads import disposition
from hub.web.keys import core
from hub.web.show import see_other

IMPORT = "/bureau/import"
IMPORT_BYTES = 32 * 1024 * 1024  # of a file of families; 40 000 rows are 5 MB
SHOWN = 1_000  # rows of a report that stand on the page
WORDS = {Kind.new: "Nouveau", Kind.changed: "Modifié", Kind.failed: "Refusé"}
NO_FILE = "Choisissez le fichier des familles."
OTHER_NUMBER = "Ce n’est pas le numéro de ce dossier."


@dataclass(slots=True)
class Report:
    """What a run comes to: all counted, and the rows that fail or change, as many as a page can show."""

    counts: Counter[Kind] = field(default_factory=Counter)
    failed: list[Told] = field(default_factory=list)
    done: list[Told] = field(default_factory=list)

    def note(self, told: Told) -> None:
        """One row."""
        self.counts[told.kind] += 1
        rows = self.failed if told.kind is Kind.failed else self.done
        if told.kind is not Kind.same and len(rows) < SHOWN:
            rows.append(told)

    def shown(self) -> Mapping[str, Any]:
        """For the page: what fails first."""
        rows = [*self.failed, *self.done][:SHOWN]
        listed = sum(self.counts[kind] for kind in WORDS)
        return {
            "counts": {kind.value: self.counts[kind] for kind in Kind},
            "rows": [
                {"line": t.line, "dossier": t.dossier, "kind": t.kind.value, "fate": WORDS[t.kind], "words": t.words}
                for t in rows
            ],
            "left": listed - len(rows),
        }


async def ask(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Which file."""
    return await _asked(request)


async def bring_in(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Essayer changes nothing, Importer does; either way each row that fails or changes is told."""
    arrived: list[StoredFile] = []
    limits = replace(core(request).config.limits, files=1, file_bytes=IMPORT_BYTES, mail_bytes=IMPORT_BYTES)
    try:
        form = await forms.read(request, arrived.append, limits)
        if form.refusals:
            return await _asked(request, form.refusals[0].message, 413)
        if not arrived:
            return await _asked(request, NO_FILE, 422)
        trial = form.text("acte") != "importer"
        async with _opened(request, arrived[0]) as file:
            report = await _run(request, file, trial)
    except FileFault as fault:
        return await _asked(request, str(fault), 422)
    finally:  # a list of families is not kept
        for each in arrived:
            await core(request).blobs.delete(each.blob)
    return await page(request, "desk/import.html", {"errors": {}, "report": report.shown(), "trial": trial})


async def hand_out(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Everything held on the family, or what this guardian may see of it, as one zip."""
    form = await forms.plain(request)
    guardian = await request.app[FINDING].guardian(_id(request))
    rank = guardian.rank if form.text("etendue") == "personne" else 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dossier.zip"
        await request.app[EXPORT].write(guardian.family.number, path, rank, who.agent, partial(record, request))
        archive = await asyncio.to_thread(path.open, "rb")  # what is open can still be read once it has no name
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": disposition(f"dossier-{guardian.family.number}.zip", "attachment"),
        "Cache-Control": "no-store",
    }
    return web.Response(body=archive, headers=headers)


async def warn(request: web.Request, who: Visitor) -> web.StreamResponse:
    """What would go, and what the law makes the town keep."""
    return await _warned(request, await request.app[FINDING].one(_id(request)))


async def erase(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Effacer le dossier: its number is typed by hand, since nothing brings it back."""
    form = await forms.plain(request)
    person = await request.app[FINDING].one(_id(request))
    if form.text("dossier").strip() != person.family:
        return await _warned(request, person, {"dossier": OTHER_NUMBER}, form.text("dossier")[:40])
    await request.app[ERASURE].run(person.family, who.agent, also=partial(record, request))
    return see_other(f"{ACCOUNTS}?efface=1")


async def _run(request: web.Request, file: BinaryIO, trial: bool) -> Report:
    report = Report()
    async for told in FamilyImport(core(request)).run(file, trial, partial(record, request)):
        report.note(told)
    return report


@asynccontextmanager
async def _opened(request: web.Request, stored: StoredFile) -> AsyncIterator[BinaryIO]:
    """The bytes of a stored file as a file of the system: what reads tables wants one."""
    with tempfile.TemporaryFile() as file:
        async for piece in core(request).blobs.stream(stored.blob):
            file.write(piece)
        file.seek(0)
        yield cast(BinaryIO, file)


async def _asked(request: web.Request, wrong: str = "", status: int = 200) -> web.Response:
    errors = {"piece": wrong} if wrong else {}
    return await page(request, "desk/import.html", {"errors": errors, "report": None, "trial": True}, status)


async def _warned(
    request: web.Request, person: Person, errors: Mapping[str, str] | None = None, typed: str = ""
) -> web.Response:
    context = {
        "person": person,
        "url": f"{ACCOUNTS}/{person.guardian}",
        "erased": await request.app[ERASURE].run(person.family, trial=True),
        "years": core(request).config.retention.messages_years,
        "errors": errors or {},
        "typed": typed,
    }
    return await page(request, "desk/erase.html", context, 422 if errors else 200)


def _id(request: web.Request) -> int:
    return int(request.match_info["guardian"])
