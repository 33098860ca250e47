"""Whatever goes wrong, as a French page: the person's fault with its sentence, ours with a number for the log."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from tortoise.exceptions import OperationalError

from hub.core.blobs import BlobError
from hub.core.errors import Conflict, Forbidden, NotFound, Refused, TooLarge, TooOften
from hub.web.keys import BEGUN, INCIDENT
from hub.web.show import written

RETRY = 60  # seconds: what we tell machines when the hub cannot store anything
log = structlog.get_logger(__name__)

# Errors of aiohttp itself, and pages that say the same
_PAGES = {403: "403", 404: "404", 405: "404", 409: "409", 410: "404", 413: "413", 429: "429", 500: "500", 503: "503"}
_SENTENCES = {
    400: "Cette demande est arrivée abîmée. Revenez en arrière, rechargez la page et recommencez.",
    405: "Cette adresse ne s’ouvre pas de cette façon.",
    408: "L’envoi a duré trop longtemps. Essayez avec une meilleure connexion ou des fichiers plus petits.",
    415: "Ce formulaire est arrivé sous une forme que le portail ne lit pas.",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What to tell: HTTP status, a sentence ("" for the page's own), and headers."""

    status: int
    sentence: str = ""
    retry_after: int = 0
    allow: str = ""
    ours: bool = False


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns exceptions into pages; ours are logged with all their circumstances."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return told(request, _of_http(error))
    except Refused as refused:
        return told(request, of_refusal(refused))
    except (BlobError, OperationalError):
        log.exception("the hub cannot store or read")
        return broken_off(request) or told(request, Trouble(503, retry_after=RETRY, ours=True))
    except Exception:
        log.exception("a page failed")
        return broken_off(request) or told(request, Trouble(500, ours=True))


def broken_off(request: web.Request) -> web.StreamResponse | None:
    """The response that is half sent already, its connection cut: the reader must not take it for whole."""
    begun: web.StreamResponse | None = request.get(BEGUN)
    if begun is not None and request.transport is not None:
        request.transport.abort()
    return begun


def of_refusal(refused: Refused) -> Trouble:
    """The status of a refusal."""
    match refused:
        case NotFound():
            return Trouble(404)
        case Forbidden():
            return Trouble(403, refused.message)
        case TooLarge():
            return Trouble(413, refused.message)
        case TooOften():
            return Trouble(429, refused.message, refused.retry_after)
        case Conflict():
            return Trouble(409, refused.message)
    return Trouble(422, refused.message)


def told(request: web.Request, trouble: Trouble) -> web.Response:
    """The answer, as JSON where a script asked for that."""
    incident = request[INCIDENT] if trouble.ours else ""
    if "application/json" in request.headers.get("Accept", ""):
        response = web.json_response({"message": trouble.sentence, "incident": incident}, status=trouble.status)
    else:
        template = f"errors/{_PAGES.get(trouble.status, '422')}.html"
        context = {"message": trouble.sentence, "incident": incident, "wait": trouble.retry_after}
        response = written(request, template, context, trouble.status)
    retry_after(response, trouble.retry_after)
    if trouble.allow:
        response.headers["Allow"] = trouble.allow
    return response


def retry_after(response: web.Response, seconds: int) -> web.Response:
    """Say when to try again (RFC 9110 §10.2.3), if it is known."""
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    return response


def _of_http(error: web.HTTPException) -> Trouble:
    allow = error.headers.get("Allow", "")
    return Trouble(error.status, _SENTENCES.get(error.status, ""), allow=allow, ours=error.status >= 500)
