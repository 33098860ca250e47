"""The two servers that a browser can ask: the hub with its web door open, and bare aiohttp."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.barepage import QUEUE_PAGE, BarePage
from bench.child import Answer
from bench.town import settings
from hub.accounts.models import Account, Agent
from hub.app import Hub, build

VISITORS = 50  # people who look at their pages in turn, at most
READ = 64 * 1024  # bytes of an upload that are read at a time


@asynccontextmanager
async def hub(database: str, folder: str) -> AsyncIterator[Answer]:
    """The hub as `hub serve --no-workers` runs it. Tells its port and the visitors it has let in."""
    async with build(settings(database, folder)).opened() as town, town.serving() as port:
        visitors, agents = await let_in(town), await let_agents_in(town)

        async def told() -> dict[str, Any]:
            return {"port": port, "visitors": visitors, "agents": agents}

        yield told


@asynccontextmanager
async def bare(database: str, folder: str) -> AsyncIterator[Answer]:
    """Bare aiohttp. Given the path of a page of the hub, it shows the same rows at /page from then on.
    /upload reads a body to disk. Tells its port."""
    pages, uploads = [BarePage(), BarePage(QUEUE_PAGE)], BareUploads(Path(folder))
    shown = pages[0]

    async def show(request: web.Request) -> web.Response:
        return await shown.show(request)

    app = web.Application()
    app.router.add_get("/page", show)
    app.router.add_post("/upload", uploads.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()

    async def told(path: str = "") -> dict[str, Any]:
        nonlocal shown
        if path:
            shown = pages[path.startswith("/bureau")]
            async with build(settings(database, folder)).opened() as town:
                [first, *_] = await (let_agents_in if path.startswith("/bureau") else let_in)(town)
                await shown.learn(town, path.format(**first), first["session"])
        return {"port": runner.addresses[0][1]}

    try:
        yield told
    finally:
        await runner.cleanup()


class BareUploads:
    """Reading a body to disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def take(self, request: web.Request) -> web.Response:
        """The body as it comes, into one file, which is then synced: what was taken must be safe here too."""
        path = self._folder / f"{id(request)}.upload"
        with path.open("wb", buffering=0) as file:
            async for data in request.content.iter_chunked(READ):
                file.write(data)
            os.fsync(file.fileno())
        path.unlink()
        return web.Response(status=303, headers={"Location": "/"})


async def let_in(town: Hub) -> list[dict[str, Any]]:
    """Guardians of families spread over the whole town, each with a session and the longest of their threads."""
    families = await town.core.db.rows("SELECT COUNT(*) AS n FROM family")
    every = max(1, families[0]["n"] // VISITORS)
    accounts = await Account.filter(guardian__rank=1).order_by("id")
    return [
        {"session": await town.sessions.begin(account), "thread": await _longest_thread(town, account.family_id)}
        for account in accounts[::every][:VISITORS]
    ]


async def let_agents_in(town: Hub) -> list[dict[str, Any]]:
    """Those who work for a service, each with a session."""
    agents = await Agent.filter(services__id__isnull=False).distinct().order_by("id")
    return [{"session": await town.sessions.begin(agent)} for agent in agents]


async def _longest_thread(town: Hub, family: int) -> int:
    rows = await town.core.db.rows(
        "SELECT id FROM thread WHERE family_id = ? ORDER BY messages_count DESC, id DESC LIMIT 1", family
    )
    return int(rows[0]["id"])
