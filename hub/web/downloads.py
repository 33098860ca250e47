"""Files on their way out: always as a download, except pictures and PDFs we have recognised ourselves."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncGenerator
from urllib.parse import quote

from aiohttp import web

from hub.mailbox.sniff import PDF
from hub.web.keys import core
from hub.web.middleware import security_headers

SEALED = "sandbox; default-src 'none'"  # even opened in a tab of its own, a file is nobody's page
# Browsers read a PDF in a viewer of their own, out of reach of our pages; it is not there for a sandbox (Firefox, older
# Chromium), and Chromium builds its frame with styles in it. Only a page of ours may hold one (see `holding`).
VIEWED = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"

_FRAMED = {"Content-Security-Policy": VIEWED, "X-Frame-Options": "SAMEORIGIN"}


def holding(request: web.Request, response: web.Response) -> web.Response:
    """A page that holds PDFs of ours in frames, which no other page may."""
    policy = security_headers(core(request).config)["Content-Security-Policy"]
    response.headers["Content-Security-Policy"] = f"{policy}; frame-src 'self'"
    return response


async def send(
    request: web.Request, blob: str, filename: str, content_type: str, size: int, shown: bool = False
) -> web.StreamResponse:
    """Stream a blob of `size` bytes. `shown`: as a picture or a PDF within a page. Raises BlobError before anything is
    sent."""
    chunks = core(request).blobs.stream(blob)
    first = await anext(chunks, b"")  # a blob that cannot be had is still a page with an apology
    response = web.StreamResponse(
        headers={
            "Content-Type": content_type,
            "Content-Length": str(size),
            "Content-Disposition": disposition(filename, "inline" if shown else "attachment"),
            "Cache-Control": "private, max-age=600",
            **(_FRAMED if shown and content_type == PDF else {"Content-Security-Policy": SEALED}),
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
