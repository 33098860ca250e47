"""The journal of the desk, for administrators: looked through, and as a file."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from hub.accounts.journal import ANSWERED, AWAY, PAGE, Sought
from hub.accounts.sessions import Visitor
from hub.desk.csvfile import row
from hub.desk.guard import JOURNAL_PAGE
from hub.desk.journal import ACTS
from hub.desk.keys import JOURNAL
from hub.desk.show import page
from hub.web.downloads import disposition
from hub.web.keys import core
from hub.web.views import number

KNOWN = {*ACTS.values(), *AWAY.values(), ANSWERED}
LONGEST = 100  # characters of what is looked for


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The latest acts first."""
    sought, before = _sought(request), number(request.query.get("avant", ""))
    found = await request.app[JOURNAL].lines(sought, before, PAGE + 1)
    query = urlencode({"qui": sought.by, "quoi": sought.act, "sur": sought.about})
    context = {
        "lines": found[:PAGE],
        "sought": sought,
        "acts": sorted(KNOWN),
        "older": f"{JOURNAL_PAGE}?{query}&avant={found[PAGE - 1].id}" if len(found) > PAGE else "",
        "file": f"{JOURNAL_PAGE}/fichier?{query}",
    }
    return await page(request, "desk/journal.html", context)


async def file(request: web.Request, who: Visitor) -> web.StreamResponse:
    """All of it as CSV, written while it is read."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": disposition("journal-du-bureau.csv", "attachment"),
        }
    )
    await response.prepare(request)
    await response.write("\ufeff".encode() + row(["Date", "Agent", "Acte", "Sur"]))
    zone = core(request).config.town.tz
    async for line in request.app[JOURNAL].all(_sought(request)):
        at = line.at.astimezone(zone).isoformat(timespec="seconds")
        await response.write(row([at, line.by, line.act, line.about]))
    await response.write_eof()
    return response


def _sought(request: web.Request) -> Sought:
    by, act, about = (request.query.get(name, "").strip()[:LONGEST] for name in ("qui", "quoi", "sur"))
    return Sought(by, act if act in KNOWN else "", about)
