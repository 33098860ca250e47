"""Forms as they stream in: fields into memory within limits, files straight into the blob store.

Limits hold while reading: a file is refused at its first byte too many, one file too many before its first byte.
After a refusal the rest is still read, so that the fields and the good files that follow are kept too, but only when
little is left of it; otherwise the answer is given at once.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from aiohttp import ClientPayloadError, web

from hub.config import Limits
from hub.core.errors import Refused, TooLarge
from hub.web import csrf
from hub.web.keys import core
from hub.web.multipart import BadMultipart, Parts
from hub.web.receiving import FIELDS, FILES, TEXT, Form, Keep, Receiving, clean

SENT = web.RequestKey("sent", Form)  # the genuine form that came with the request, once it is read
READ = 64 * 1024  # bytes at a time
GRACE = 10.0  # seconds that are still given to a body after something in it was refused
TRUNCATED = "L’envoi s’est interrompu avant la fin. Vérifiez ce qui est arrivé, puis envoyez à nouveau."
SLOW = "L’envoi a duré trop longtemps et s’est arrêté. Vérifiez ce qui est arrivé, puis envoyez à nouveau."


async def read(request: web.Request, keep: Keep | None = None, limits: Limits | None = None) -> Form:
    """The genuine form in the body. `keep` is given each stored file, and answers for it whatever happens next.

    `limits`: what may be sent here, where that is not what a message may carry.
    Raises Forbidden (not our form), TooLarge (too much text), HTTPUnsupportedMediaType.
    """
    form = Form()
    if request.content_type == "multipart/form-data":
        await _multipart(form, request, keep, limits)
    elif request.content_type == "application/x-www-form-urlencoded":
        await _urlencoded(form, request)
    elif request.body_exists:
        raise web.HTTPUnsupportedMediaType
    csrf.check(request, form.fields)
    request[SENT] = form
    return form


async def plain(request: web.Request) -> Form:
    """A form that carries no files. Raises what `read` raises, and the first refusal there is."""
    form = await read(request)
    form.check()
    return form


async def _multipart(form: Form, request: web.Request, keep: Keep | None, limits: Limits | None) -> None:
    """Read the parts until the end, or until it is hopeless. However it ends, no half file stays."""
    receiving = Receiving(form, core(request), keep, lambda: csrf.check(request, form.fields), limits)
    try:
        parts = Parts(request.headers["Content-Type"])
        await _pump(request, parts, receiving)
        if not parts.ended and not receiving.refused_at:
            form.refusals.append(Refused(TRUNCATED, FILES))
    except TimeoutError:
        if not receiving.refused_at:
            form.refusals.append(Refused(SLOW, FILES))
    except (BadMultipart, ClientPayloadError, ConnectionError):
        form.refusals.append(Refused(TRUNCATED, FILES))
    finally:
        await receiving.close()


async def _pump(request: web.Request, parts: Parts, receiving: Receiving) -> None:
    """Only the waiting for bytes is timed: a file that has arrived is always put away in peace."""
    now = asyncio.get_running_loop().time
    deadline, left = now() + core(request).config.limits.upload_seconds, request.content_length
    while chunk := await _more(request, deadline):
        for event in parts.feed(chunk):
            await receiving.take(event)
        left = left - len(chunk) if left is not None else None
        if receiving.gives_up(left):
            return
        if receiving.refused_at:
            deadline = min(deadline, receiving.refused_at + GRACE)


async def _more(request: web.Request, deadline: float) -> bytes:
    async with asyncio.timeout_at(deadline):
        return await request.content.read(READ)


async def _urlencoded(form: Form, request: web.Request) -> None:
    body = bytearray()
    deadline = asyncio.get_running_loop().time() + core(request).config.limits.upload_seconds
    try:
        while chunk := await _more(request, deadline):
            body += chunk
            if len(body) > TEXT:
                raise TooLarge("Ce formulaire contient trop de texte.")
    except (TimeoutError, ClientPayloadError, ConnectionError) as error:
        raise Refused(TRUNCATED) from error
    form.fields.update(_pairs(bytes(body)))


def _pairs(body: bytes) -> dict[str, str]:
    try:
        found = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError as error:
        raise TooLarge("Ce formulaire contient trop de champs.") from error
    return {name: clean(value) for name, value in found}
