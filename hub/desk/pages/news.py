"""Actualités: what families read on their home page."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.french import whole_date
from hub.desk.guard import ORGANISATION
from hub.desk.journal import acting
from hub.desk.keys import CONCERNS
from hub.desk.pages.services import shell
from hub.desk.sheet import Field, Now, Sheet, Typed, kept, shown
from hub.desk.show import page
from hub.mailbox.models import News
from hub.mailbox.news import ALT, TEXT, TITLE
from hub.mailbox.writing import snippet
from hub.web import forms
from hub.web.keys import core, rooms
from hub.web.pages.public import pictures
from hub.web.show import see_other

NEWS = f"{ORGANISATION}/actualites"
FIRST = (
    Field("titre", "Titre", most=TITLE, required=True),
    Field("texte", "Texte", "text", TEXT),
    Field("lien", "Lire la suite", most=500, hint="Une adresse en https://, ou une page du portail comme /documents"),
)
LAST = (
    Field("description", "Description de l’image", most=ALT, hint="Pour qui ne la voit pas. Vide : décorative."),
    Field("debut", "Premier jour", "day", hint="Vide : dès maintenant."),
    Field("fin", "Dernier jour", "day", hint="Vide : jusqu’à ce que vous la supprimiez."),
)


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """All of them, with when they are shown."""
    today = core(request).today()
    rows = [_row(one, today) for one in await rooms(request).news.all()]
    return await page(request, "desk/news.html", {"rows": rows, **shell(request, who)})


async def compose(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Écrire une actualité."""
    return await shown(request, _sheet(request, "Écrire une actualité"), Now())


async def add(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The new one."""

    async def save(typed: Typed, version: int) -> None:
        request[CONCERNS] = f"actualité {await rooms(request).news.add(typed)}"

    return await kept(request, _sheet(request, "Écrire une actualité"), save)


async def edit(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Modifier une actualité."""
    now = await _now(request)
    return await shown(request, _sheet(request, "Modifier une actualité", now.typed["image"]), now)


async def change(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Enregistrer."""

    async def save(typed: Typed, version: int) -> None:
        await rooms(request).news.change(_id(request), version, typed)

    sheet = _sheet(request, "Modifier une actualité", (await _now(request)).typed["image"])
    return await kept(request, sheet, save, lambda: _now(request))


async def delete(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Supprimer."""
    await forms.plain(request)
    async with acting(request):
        await rooms(request).news.delete(_id(request))
    return see_other(NEWS)


async def order(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Monter, descendre."""
    form = await forms.plain(request)
    async with acting(request):
        await rooms(request).news.move(_id(request), form.text("sens") == "haut")
    return see_other(NEWS)


def _sheet(request: web.Request, title: str, now: str = "") -> Sheet:
    """`now`: the picture that it has, which stays a choice."""
    home = core(request).config.home
    files = dict.fromkeys([*filter(None, [now]), *pictures(home)])
    chosen = (("", "Aucune"), *((file, file) for file in files))
    hint = f"Un fichier du dossier « {Path(home.folder).name} » du portail."
    picture = Field("image", "Image", "choice", choices=chosen, hint=hint)
    return Sheet(title, (NEWS, "Actualités"), (*FIRST, picture, *LAST), preview=_preview)


def _preview(typed: Typed) -> dict[str, str]:
    return {"title": typed.get("titre", ""), "text": typed.get("texte", ""), "link": typed.get("lien", "")}


async def _now(request: web.Request) -> Now:
    found = await rooms(request).news.one(_id(request))
    days = {"debut": found.since, "fin": found.until}
    typed = {"titre": found.title, "texte": found.text, "lien": found.link, "image": found.picture}
    typed["description"] = found.alt
    return Now(typed | {name: day.isoformat() if day else "" for name, day in days.items()}, found.version)


def _row(one: News, today: date) -> dict[str, Any]:
    if one.until and one.until < today:
        state = ("Passée", "", "close")
    elif one.since and one.since > today:
        state = ("À venir", "warn", "clock")
    else:
        state = ("Affichée", "good", "check")
    days = {"since": _day(one.since), "until": _day(one.until)}
    return {"id": one.id, "title": one.title, "text": snippet(one.text), "state": state, **days}


def _day(day: date | None) -> str:
    return whole_date(day) if day else ""


def _id(request: web.Request) -> int:
    return int(request.match_info["news"])
