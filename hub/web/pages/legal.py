"""Pages that only say something."""

from __future__ import annotations

from aiohttp import web

from hub.web.show import page


async def notices(request: web.Request) -> web.Response:
    """Mentions légales."""
    return await page(request, "web/legal.html")


async def accessibility(request: web.Request) -> web.Response:
    """Accessibilité."""
    return await page(request, "web/accessibility.html")
