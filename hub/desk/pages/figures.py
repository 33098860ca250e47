"""Figures of a month: an agent's services, or for administrators all; as a table with bars, and as a file."""

from __future__ import annotations

from datetime import date, timedelta

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.french import month_name
from hub.desk.csvfile import row
from hub.desk.guard import FIGURES_PAGE
from hub.desk.keys import FIGURES, QUEUES
from hub.desk.rights import is_administrator
from hub.desk.show import page
from hub.mailbox.figures import Figure
from hub.mailbox.receipts import months_after
from hub.web.downloads import disposition
from hub.web.keys import core

HEADINGS = ["Service", "Thème", "Reçus", "Répondus", "Hors délai", "Délai médian (heures)"]


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The table."""
    month, found = await _found(request, who)
    before, after = months_after(month, -1), months_after(month, 1)
    most = max((figure.received for figure in found), default=1)
    context = {
        "month": month_name(month),
        "rows": [
            {"figure": figure, "median": spoken(figure.median), "width": round(100 * figure.received / most)}
            for figure in found
        ],
        "before": f"{FIGURES_PAGE}?mois={before:%Y-%m}",
        "after": f"{FIGURES_PAGE}?mois={after:%Y-%m}" if after <= _today(request) else "",
        "file": f"{FIGURES_PAGE}/fichier?mois={month:%Y-%m}",
    }
    return await page(request, "desk/figures.html", context)


async def file(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The same as CSV."""
    month, found = await _found(request, who)
    body = b"".join([row(HEADINGS), *(row(_cells(figure)) for figure in found)])
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": disposition(f"chiffres-{month:%Y-%m}.csv", "attachment"),
    }
    return web.Response(body="\ufeff".encode() + body, headers=headers)


def spoken(wait: timedelta | None) -> str:
    """Pure: a time between, as people say it: "35 min", "5 h", "3 j"."""
    if wait is None:
        return "–"
    minutes = round(wait.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{round(minutes / 60)} h" if minutes < 48 * 60 else f"{round(minutes / 1440)} j"


async def _found(request: web.Request, who: Visitor) -> tuple[date, list[Figure]]:
    month = _month(request)
    mine = [one.id for one in await request.app[QUEUES].services(who.agent)]
    return month, await request.app[FIGURES].of(month, None if is_administrator(request, who) else mine)


def _cells(figure: Figure) -> list[str]:
    hours = "" if figure.median is None else f"{figure.median.total_seconds() / 3600:.1f}".replace(".", ",")
    return [figure.service, figure.theme, str(figure.received), str(figure.answered), str(figure.late), hours]


def _month(request: web.Request) -> date:
    """The first of the month that was asked for, or of this one."""
    try:
        return date.fromisoformat(f"{request.query.get('mois', '')[:7]}-01")
    except ValueError:
        return _today(request).replace(day=1)


def _today(request: web.Request) -> date:
    return core(request).clock.now().astimezone(core(request).config.town.tz).date()
