"""Around every handler, outermost first: the log, errors as French pages, who is asking, foreign forms."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from hub.config import Config
from hub.web import cookies, csrf, trouble
from hub.web.keys import BEGUN, FORM_COOKIE, INCIDENT, ROOMS, SESSION, VISITOR, core

log = structlog.get_logger(__name__)


def middlewares() -> list[Middleware]:
    """All of them, in order."""
    return [logged, trouble.explained, known, own_forms]


@web.middleware
async def logged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One line a request. The route is logged, never the path or the query: they may hold a secret link."""
    request[INCIDENT] = secrets.token_hex(4)
    started, status = time.perf_counter(), 0
    with structlog.contextvars.bound_contextvars(request=request[INCIDENT]):
        try:
            response = await handler(request)
            status = response.status
            return response
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            log.info("request", method=request.method, route=route(request), status=status, ms=milliseconds)


def route(request: web.Request) -> str:
    """The pattern that matched: `/courriel/{token}`; "" for an address we do not have."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


def security_headers(config: Config) -> dict[str, str]:
    """What every response carries unless its handler says otherwise. No inline script or style anywhere."""
    logo = urlsplit(config.town.logo)
    images = f"'self' {logo.scheme}://{logo.netloc}" if logo.netloc else "'self'"
    away = urlsplit(config.entrance.after_logout)  # a form may only lead there by its redirection
    forms = f"'self' {away.scheme}://{away.netloc}" if away.netloc else "'self'"
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; connect-src 'self'; "
        f"form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # not "no-referrer": it makes browsers send "Origin: null" with our own forms
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
        "Cache-Control": "no-store",
    }
    if config.web.secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def securing(config: Config) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Adds the headers as any response starts, where its handler has not set its own. For `on_response_prepare`."""
    headers = security_headers(config)

    async def secure(request: web.Request, response: web.StreamResponse) -> None:
        request[BEGUN] = response
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        response.headers.pop("Server", None)  # versions help nobody but an attacker

    return secure


@web.middleware
async def known(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Finds out who is asking: one query, and none without a cookie or for a static file."""
    if not request.path.startswith("/static/"):
        await _recognise(request)
    response = await handler(request)
    if FORM_COOKIE in request and not response.prepared:
        ground = core(request)
        name = cookies.form_name(ground.config)
        if cookies.read(request, name) != request[FORM_COOKIE]:
            cookies.write(response, ground.config, name, request[FORM_COOKIE])
    return response


async def _recognise(request: web.Request) -> None:
    rooms, config = request.app[ROOMS], core(request).config
    token = cookies.read(request, cookies.session_name(config))
    found = await rooms.sessions.find(token) if token else None
    if found is not None:
        request[VISITOR], request[SESSION] = found, token
    elif anonymous := cookies.read(request, cookies.form_name(config)):
        request[FORM_COOKIE] = anonymous


@web.middleware
async def own_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses what another site posts before reading it."""
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        csrf.check_origin(request)
    return await handler(request)
