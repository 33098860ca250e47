"""Forms are only believed when a page of ours, shown to the same person, has sent them.

Two checks. Where the request comes from (Sec-Fetch-Site, else Origin) is judged before a byte of the body is read.
The token in the form, a signature over the session's cookie (or over an anonymous cookie before login), is judged
before any file is stored and before anything happens.

A form in which a guardian writes also carries the key of its message, signed for its writer. That key is as good as a
token: a page left open while its session lapsed, and was renewed in another tab, still sends. Under another account it
does not: what one person typed never ends up in somebody else's drafts. Under none at all (logged out in another tab,
a cookie that the browser has dropped) it says whose words they are, and they are kept, unseen, until their writer is
back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import web

from hub.core.base import Core
from hub.core.errors import Forbidden
from hub.core.tokens import Signer, random_token
from hub.web.keys import ABSENT, FORM_COOKIE, SESSION, core, visitor

FORM = "csrf"
SENDING = "envoi"
_WRITING = "écrire"
_KEY = re.compile(r"([A-Za-z0-9_-]{43}\.([0-9]{1,15}))\.([a-z2-7]{20})")  # 80 characters at most: a key's column
_STALE = "Cette page est restée ouverte trop longtemps. Revenez en arrière, rechargez-la et recommencez."


def token(request: web.Request) -> str:
    """What the forms of this visitor carry; "" when there is nothing to bind them to."""
    bound = _bound_to(request)
    return core(request).signer.sign(FORM, bound) if bound else ""


def bind(request: web.Request) -> None:
    """Make sure that forms of somebody who is not logged in are bound to a cookie. Before the page is written."""
    if visitor(request) is None and FORM_COOKIE not in request:
        request[FORM_COOKIE] = random_token()


def check(request: web.Request, fields: Mapping[str, str]) -> None:
    """Raises Forbidden unless the form is genuine."""
    bound, given = _bound_to(request), fields.get("csrf", "")
    if bound and core(request).signer.verify(FORM, bound, given):
        return
    who, writer = visitor(request), writer_of(core(request).signer, fields.get(SENDING, ""))
    genuine = writer == who.account if who else request.get(ABSENT, False)
    if not writer or not genuine:
        raise Forbidden(_STALE)


def check_origin(request: web.Request) -> None:
    """Raises Forbidden for a form that another site posts."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Forbidden(_STALE)
        return
    origin = request.headers.get("Origin")
    if origin is not None and not _is_ours(origin, request.host, core(request)):
        raise Forbidden(_STALE)


def writing_key(signer: Signer, account: int) -> str:
    """The key of a message yet to be sent, for the form in which a guardian writes it. It says whose it is."""
    fresh = f"{random_token()}.{account}"
    return f"{fresh}.{signer.sign(_WRITING, fresh)}"


def writer_of(signer: Signer, key: str) -> int:
    """The account for which `key` was made; 0 for a key that is none of ours."""
    found = _KEY.fullmatch(key)
    return int(found[2]) if found and signer.verify(_WRITING, found[1], found[3]) else 0


def _bound_to(request: web.Request) -> str:
    bound: str = request.get(SESSION, "") or request.get(FORM_COOKIE, "")
    return bound


def _is_ours(origin: str, host: str, ground: Core) -> bool:
    """The address families know, or the one this very request was sent to: a page cannot make a browser lie there."""
    try:
        given, ours = urlsplit(origin), urlsplit(ground.config.web.url)
    except ValueError:
        return False
    return bool(given.netloc) and (given.netloc == host or (given.scheme, given.netloc) == (ours.scheme, ours.netloc))
