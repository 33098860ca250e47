"""Handing pages of the desk over: what its shell needs is added here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from hub.desk.keys import waiting
from hub.web.show import written


async def page(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> web.Response:
    """A page with the shell's context: who is logged in, how many mails wait (one query), the form token."""
    return written(request, template, {"waiting": await waiting(request).count(), **(context or {})}, status)
