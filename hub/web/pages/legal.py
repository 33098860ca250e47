"""Pages that only say something."""

from __future__ import annotations

from aiohttp import web

from hub.core.french import whole_date
from hub.web import csrf
from hub.web.keys import core
from hub.web.show import page


async def notices(request: web.Request) -> web.Response:
    """Mentions légales."""
    config = core(request).config
    return await page(request, "web/legal.html", {"legal": config.legal, "years": config.retention.messages_years})


async def accessibility(request: web.Request) -> web.Response:
    """Accessibilité."""
    legal = core(request).config.legal
    audited = whole_date(legal.audited_on) if legal.audited_on else ""
    return await page(request, "web/accessibility.html", {"legal": legal, "audited": audited})


async def help_page(request: web.Request) -> web.Response:
    """Comment utiliser le portail ?"""
    csrf.bind(request)
    config = core(request).config
    context = {"registration": config.registration, "entrance": config.entrance, "dossier": config.dossier}
    return await page(request, "web/help.html", {**context, "papers": bool(config.documents)})
