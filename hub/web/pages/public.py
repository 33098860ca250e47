"""What anybody may have of the town, before logging in too: the files that the settings name, and nothing else."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from hub.config import Home
from hub.core.errors import NotFound
from hub.tomlvalues import is_local, is_picture
from hub.web import csrf
from hub.web.downloads import SEALED, disposition
from hub.web.keys import core, rooms
from hub.web.show import page

DOWNLOADS = "/telechargements"
PICTURES = "/actualites/images"
LARGEST = 500 * 1024  # bytes of a picture: parents look at it on a telephone


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
    return _sent(path, "attachment")


async def picture(request: web.Request) -> web.StreamResponse:
    """The picture of a piece of news. Raises NotFound."""
    home, file = core(request).config.home, request.match_info["picture"]
    if not is_picture(file) or not await rooms(request).news.has_picture(file) or not is_fit(home, file):
        raise NotFound
    return _sent(Path(home.folder) / file, "inline")


def picture_url(home: Home, file: str) -> str:
    """Where the picture of a piece of news is; "" when there is none that may be shown."""
    if not file or is_local(file):
        return file
    return f"{PICTURES}/{quote(file)}" if is_fit(home, file) else ""


def pictures(home: Home) -> list[str]:
    """The files that news can be given as a picture."""
    folder = Path(home.folder)
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [name for name in names if is_picture(name) and is_fit(home, name)]


def is_fit(home: Home, file: str) -> bool:
    """Whether a picture is there and light enough."""
    path = Path(home.folder) / file
    return path.is_file() and path.stat().st_size <= LARGEST


def _sent(path: Path, how: str) -> web.StreamResponse:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {
        "Content-Type": kind,
        "Content-Disposition": disposition(path.name, how),
        "Content-Security-Policy": SEALED,
        "Cache-Control": "public, max-age=600",
    }
    return web.FileResponse(path, headers=headers)
