"""Files on their way out: always as a download, except pictures we have recognised ourselves."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncGenerator
from urllib.parse import quote

from aiohttp import web

from hub.web.keys import core

SEALED = "sandbox; default-src 'none'"  # even opened in a tab of its own, a file is nobody's page


async def send(
    request: web.Request, blob: str, filename: str, content_type: str, size: int, shown: bool = False
) -> web.StreamResponse:
    """Stream a blob of `size` bytes. `shown`: as a picture within a page. Raises BlobError before anything is sent."""
    chunks = core(request).blobs.stream(blob)
    first = await anext(chunks, b"")  # a blob that cannot be had is still a page with an apology
    response = web.StreamResponse(
        headers={
            "Content-Type": content_type,
            "Content-Length": str(size),
            "Content-Disposition": disposition(filename, "inline" if shown else "attachment"),
            "Content-Security-Policy": SEALED,
            "Cache-Control": "private, max-age=600",
        }
    )
    try:
        await response.prepare(request)
        if request.method != "HEAD":
            await response.write(first)
            async for chunk in chunks:
                await response.write(chunk)
        await response.write_eof()
    except ConnectionResetError:  # the reader has left
        pass
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
    return response


def disposition(filename: str, kind: str) -> str:
    """Content-Disposition (RFC 6266): plain ASCII for old clients, the true name in UTF-8 (RFC 8187) for the others."""
    folded = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    plain = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in folded).strip() or "fichier"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
