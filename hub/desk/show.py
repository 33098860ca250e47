"""Handing pages of the desk over: what its shell needs is added here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from hub.desk.keys import failing, waiting
from hub.web.show import written


async def page(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> web.Response:
    """A page with the shell's context: who is logged in, how many mails wait and addresses fail, the form token."""
    numbers = {"waiting": await waiting(request).count(), "failing": await failing(request).count()}
    return written(request, template, {**numbers, **(context or {})}, status)
