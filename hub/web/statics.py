"""Files that every page shares: read, compressed and named after their content once, at start.

The hash stands in the folder's name, so that scripts which name each other relatively stay together, and a new
version is fetched at once while the present one is never asked for twice.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from aiohttp import web

from hub.web.colour import stylesheet

FOR_EVER = "public, max-age=31536000, immutable"
CHECKED = "public, no-cache"
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `packed` is its gzip form, or empty where that would not be smaller."""

    content_type: str
    plain: bytes
    packed: bytes
    etag: str


class Statics:
    """The files of hub/web/static, and the town's colours."""

    def __init__(self, colour: str) -> None:
        files = _files() | {"town.css": stylesheet(colour).encode()}
        self._assets = {name: _asset(name, data) for name, data in files.items()}
        self.version = _digest(*(name.encode() + data for name, data in sorted(files.items())))

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for one that does not exist: a template is wrong."""
        self._assets[name]
        return f"/static/{self.version}/{name}"

    def respond(self, name: str, version: str, headers: Mapping[str, str]) -> web.Response:
        """The file, or 304. A page of an older version gets today's file, unkept. Raises HTTPNotFound."""
        asset = self._assets.get(name)
        if asset is None:
            raise web.HTTPNotFound
        kept = {"ETag": asset.etag, "Cache-Control": FOR_EVER if version == self.version else CHECKED}
        kept["Vary"] = "Accept-Encoding"
        if asset.etag in headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=kept)
        packed = asset.packed and "gzip" in headers.get("Accept-Encoding", "")
        if packed:
            kept["Content-Encoding"] = "gzip"
        body = asset.packed if packed else asset.plain
        return web.Response(body=body, content_type=asset.content_type, charset=_charset(asset), headers=kept)


@cache
def _files() -> dict[str, bytes]:
    folder = resources.files("hub.web") / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@cache
def _asset(name: str, data: bytes) -> Asset:
    packed = gzip.compress(data, 9, mtime=0)
    kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    return Asset(kind, data, packed if len(packed) < len(data) else b"", f'W/"{_digest(data)}"')


def _charset(asset: Asset) -> str | None:
    return "utf-8" if asset.content_type.startswith("text/") else None


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
