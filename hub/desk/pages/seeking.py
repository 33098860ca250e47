"""Recherche: families by who they are, and conversations of the agent's services by what was said in them."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from hub.accounts.finding import MOST
from hub.accounts.sessions import Visitor
from hub.desk.guard import SEEKING
from hub.desk.keys import FINDING, SOUGHT
from hub.desk.pages.accounts import LONGEST_QUESTION, row_of
from hub.desk.queue import QueuedRows
from hub.desk.show import page
from hub.mailbox.queues import Listing
from hub.mailbox.seeking import FOUND
from hub.web.keys import core
from hub.web.views import calendar

SHOWN = 10  # people; the page of accounts has them all


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """What fits `?q=`."""
    question = request.query.get("q", "").strip()[:LONGEST_QUESTION]
    people = await request.app[FINDING].search(question)
    numbers = list(dict.fromkeys(person.family for person in people)) if len(people) < MOST else []
    found = await request.app[SOUGHT].threads(who.agent, question, numbers) if question else Listing(())
    dates, months = calendar(request), core(request).config.acknowledgement.months
    context = {
        "question": question,
        "people": [row_of(request, person) for person in people[:SHOWN]],
        "more": f"/bureau/comptes?q={quote(question)}" if len(people) > SHOWN else "",
        "rows": QueuedRows(found, dates, months, says=True),
        "is_cut": len(found.rows) == FOUND,
        "address": SEEKING,
    }
    return await page(request, "desk/seeking.html", context)
