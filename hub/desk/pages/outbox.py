"""Mail that did not arrive: why, and once more; for administrators."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.desk.guard import OUTBOX_PAGE
from hub.desk.journal import acting
from hub.desk.keys import OUTBOX, UNSENT_MAIL
from hub.desk.show import page
from hub.mail.unsent import PAGE
from hub.web import forms
from hub.web.show import see_other
from hub.web.views import number

STATES = {
    "rejected": "Refusé par le serveur du destinataire",
    "given_up": "Abandonné après plusieurs essais",
    "bounced": "Revenu après l’envoi",
}
KINDS = {  # of letters, in words
    "agent-message": "Message d’une famille",
    "colleague-answer": "Réponse d’un collègue",
    "service-copy": "Réponse en copie à un autre service",
    "town-answer": "Réponse à une famille",
    "acknowledgement": "Accusé de réception",
    "silence-warning": "Avertissement d’échéance",
    "confirm-mail": "Confirmation d’un e-mail retenu",
    "not-posted": "Refus d’un e-mail",
    "activation": "Activation d’un compte",
    "reset-password": "Nouveau mot de passe",
}


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The latest failures, and how much waits."""
    before = number(request.query.get("avant", ""))
    found = await request.app[UNSENT_MAIL].failed(before, PAGE + 1)
    context = {
        "mails": [
            {"mail": mail, "words": STATES[mail.state], "kind": KINDS.get(mail.kind, "Autre e-mail du portail")}
            for mail in found[:PAGE]
        ],
        "outgoing": await request.app[UNSENT_MAIL].waiting(),
        "older": f"{OUTBOX_PAGE}?avant={found[PAGE - 1].id}" if len(found) > PAGE else "",
        "again": "relance" in request.query,
    }
    return await page(request, "desk/outbox.html", context)


async def retry(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Réessayer."""
    await forms.plain(request)
    async with acting(request):
        await request.app[OUTBOX].retry(int(request.match_info["mail"]))
    return see_other(f"{OUTBOX_PAGE}?relance=1")
