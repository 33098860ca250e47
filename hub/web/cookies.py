"""The cookies: the session's, the one that binds the forms of somebody who is not logged in, and the wizard's."""

from __future__ import annotations

import re

from aiohttp import web

from hub.config import Config

REMEMBERED = 400 * 24 * 3600  # seconds; the longest browsers keep one. What ends a session is the server's row.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # as hub.core.tokens.random_token makes them


def session_name(config: Config) -> str:
    """`__Host-` makes the browser refuse the cookie from another host, another path or plain HTTP (RFC 6265bis)."""
    return "__Host-session" if config.web.secure_cookies else "session"


def form_name(config: Config) -> str:
    """Of the anonymous form cookie."""
    return "__Host-formulaire" if config.web.secure_cookies else "formulaire"


def wizard_name(config: Config) -> str:
    """Of what was typed in the registration wizard, sealed."""
    return "__Host-inscription" if config.web.secure_cookies else "inscription"


def read(request: web.Request, name: str) -> str:
    """The token in a cookie; "" for anything that is not one of ours (it may not even be encodable)."""
    value = request.cookies.get(name, "")
    return value if _TOKEN.fullmatch(value) else ""


def write(response: web.StreamResponse, config: Config, name: str, token: str, remember: bool = False) -> None:
    """SameSite=Lax: a link in a mail opens the mailbox, a form of another site posts nothing."""
    response.set_cookie(
        name,
        token,
        max_age=REMEMBERED if remember else None,
        path="/",
        httponly=True,
        secure=config.web.secure_cookies,
        samesite="Lax",
    )


def erase(response: web.StreamResponse, config: Config, name: str) -> None:
    """Take a cookie back."""
    response.del_cookie(name, path="/", httponly=True, secure=config.web.secure_cookies, samesite="Lax")
