"""What anybody may have of the town, before logging in too: the files that the settings name, and nothing else."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from aiohttp import web

from hub.core.errors import NotFound
from hub.web import csrf
from hub.web.downloads import SEALED, disposition
from hub.web.keys import core
from hub.web.show import page

DOWNLOADS = "/telechargements"


async def listing(request: web.Request) -> web.Response:
    """Documents à télécharger."""
    csrf.bind(request)
    home = core(request).config.home
    there = [(number, one, Path(home.folder) / one.file) for number, one in enumerate(home.downloads, 1)]
    shown = [
        {"title": one.title, "name": path.name, "size": path.stat().st_size, "url": f"{DOWNLOADS}/{number}"}
        for number, one, path in there
        if path.is_file()
    ]
    return await page(request, "web/downloads.html", {"downloads": shown})


async def download(request: web.Request) -> web.StreamResponse:
    """One of them. Raises NotFound."""
    home = core(request).config.home
    number = int(request.match_info["number"])
    if not 1 <= number <= len(home.downloads):
        raise NotFound
    path = Path(home.folder) / home.downloads[number - 1].file
    if not path.is_file():
        raise NotFound
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {
        "Content-Type": kind,
        "Content-Disposition": disposition(path.name, "attachment"),
        "Content-Security-Policy": SEALED,
        "Cache-Control": "public, max-age=600",
    }
    return web.FileResponse(path, headers=headers)
