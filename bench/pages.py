"""inbox_page, thread_page and queue_page: what guardians and agents look at, against a bare page of the same rows.

The hub recognises the visitor, reads the database and renders; the bare server renders the same template with the same
rows, which it has in memory. Four connections ask each in turn.
"""

from __future__ import annotations

from functools import partial

from bench.child import running
from bench.figures import Figure, Scale, take_turns
from bench.http import Target, page_rate
from bench.places import Place

PAGES = {
    "inbox_page": "/messagerie",
    "thread_page": "/messagerie/{thread}",
    "queue_page": "/bureau/conversations?vue=toutes",
}


async def measure(place: Place, scale: Scale) -> list[Figure]:
    """All pages."""
    given = {"database": place.database, "folder": str(place.folder)}
    async with (
        running("bench.server:hub", place.folder, **given) as hub,
        running("bench.server:bare", place.folder, **given) as bare,
    ):
        town = await hub.ask()
        figures = []
        for name, path in PAGES.items():
            who = town["agents" if name == "queue_page" else "visitors"]
            targets = [Target(path.format(**visitor), visitor["session"]) for visitor in who]
            shown = await bare.ask(path=path)
            value, limit = await take_turns(
                partial(page_rate, town["port"], targets, scale.seconds),
                partial(page_rate, shown["port"], [Target("/page")], scale.seconds),
                scale.rounds,
            )
            figures.append(Figure(name, place.name, place.threads, value, "pages/s", limit))
    return figures
