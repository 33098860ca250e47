"""Pages that only say something."""

from __future__ import annotations

from aiohttp import web

from hub.web import csrf
from hub.web.keys import core
from hub.web.show import page


async def notices(request: web.Request) -> web.Response:
    """Mentions légales."""
    return await page(request, "web/legal.html")


async def accessibility(request: web.Request) -> web.Response:
    """Accessibilité."""
    return await page(request, "web/accessibility.html")


async def help_page(request: web.Request) -> web.Response:
    """Comment utiliser le portail ?"""
    csrf.bind(request)
    config = core(request).config
    context = {"registration": config.registration, "entrance": config.entrance, "dossier": config.dossier}
    return await page(request, "web/help.html", {**context, "papers": bool(config.documents)})
