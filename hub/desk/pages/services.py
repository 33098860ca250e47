"""Organisation: the town's services, each with its themes, its people and its answers; kept by whoever may."""

from __future__ import annotations

from asyncio import gather
from typing import Any

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.config import Config
from hub.core.editing import at_desk
from hub.desk.guard import ORGANISATION, THREADS
from hub.desk.journal import acting
from hub.desk.keys import CANNED, CONCERNS, SERVICES, STAFF
from hub.desk.rights import is_administrator
from hub.desk.sheet import Field, Now, Sheet, Typed, kept, shown
from hub.desk.show import page
from hub.mailbox.models import ServiceAgent, Theme
from hub.mailbox.services import LINE, MONTHS, NAME, OWN, PHONE, SENTENCE, Services
from hub.mailbox.staff import seen
from hub.mailbox.writing import snippet
from hub.web import forms
from hub.web.keys import core
from hub.web.show import see_other

FIELDS = (
    Field("nom", "Nom", most=NAME, required=True, hint="Comme les familles le lisent."),
    Field("description", "Description", most=LINE, hint="Une ligne : ce dont le service s’occupe."),
    Field("telephone", "Téléphone", "tel", PHONE),
    Field("delai", "Délai de réponse", most=NAME, hint="Après « Répond en général… ». Exemple : sous 2 jours ouvrés"),
    Field("adresse", "Adresse postale", most=LINE, hint="Elle figure sur les accusés de réception."),
    Field(
        "email",
        "Adresse e-mail du service",
        "email",
        hint="Celle où les familles écrivent. Vide pour un nouveau service : formée d’après son nom.",
    ),
    Field(
        "partagee",
        "Boîte partagée",
        "email",
        hint="Elle reçoit les messages à la place de chaque agent. Vide : chaque agent les reçoit.",
    ),
    Field("sante", "Ses agents s’occupent d’enfants : ils peuvent lire les données sanitaires", "tick"),
)
THEME = (
    Field("nom", "Nom", most=NAME, required=True, hint="Ce que les familles choisissent."),
    Field(
        "silence",
        "Si personne ne répond",
        most=SENTENCE,
        hint="La phrase de l’accusé de réception, où {date} devient le jour dit. Vide : celle de la ville.",
    ),
    Field("mois", "Mois avant ce jour", "number", MONTHS, hint="0 : le délai de la ville."),
    Field("accord", "Le silence vaut accord : une pièce manquante suspend alors le délai jusqu’à son arrivée", "tick"),
)


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """All of them for administrators, their own for heads."""
    in_full = is_administrator(request, who)
    rows = await _services(request).overview(None if in_full else await request.app[STAFF].led(who.agent))
    context = {
        "rows": [_row(row._asdict()) for row in rows if row.is_open],
        "closed": [_row(row._asdict()) for row in rows if not row.is_open],
        "first_stands_in": _first_stands_in(core(request).config),
        **shell(request, who),
    }
    return await page(request, "desk/services.html", context)


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """One of them."""
    return await one(request, who)


async def one(request: web.Request, who: Visitor, errors: Typed | None = None) -> web.Response:
    """The page of a service; `errors` are of the form that adds a member."""
    service = await _services(request).one(_id(request))
    themes, members, others, answers = await gather(
        _services(request).themes(service.id),
        request.app[STAFF].of(service.id),
        request.app[STAFF].others(service.id),
        request.app[CANNED].of(service.id),
    )
    context = {
        "service": service,
        "url": f"{ORGANISATION}/{service.id}",
        "themes": [_theme(one, core(request).config.acknowledgement.months) for one in themes],
        "members": [_member(one, is_administrator(request, who)) for one in members],
        "others": [(one.id, f"{one.name} ({one.email})") for one in others],
        "answers": [{"id": one.id, "name": one.name, "text": snippet(one.text)} for one in answers],
        "is_heard": bool(service.shared) or any(not one.is_delegate for one in members),
        "conversations": f"{THREADS}?vue=toutes&service={service.id}",
        "errors": errors or {},
        **shell(request, who),
    }
    return await page(request, "desk/service.html", context, 422 if errors else 200)


async def compose(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Ouvrir un service."""
    return await shown(request, _new(), Now({"delai": "sous 2 jours ouvrés"}))


async def open_one(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The new service."""

    async def save(typed: Typed, version: int) -> None:
        request[CONCERNS] = f"service {await _services(request).open(typed)}"

    return await kept(request, _new(), save)


async def edit(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Modifier: all of it for an administrator, for a head what is theirs to say."""
    return await shown(request, await _sheet(request, who), await _now(request))


async def change(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Enregistrer."""
    in_full = is_administrator(request, who)

    async def save(typed: Typed, version: int) -> None:
        await _services(request).change(_id(request), version, typed, in_full)

    return await kept(request, await _sheet(request, who), save, lambda: _now(request))


async def close(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Fermer."""
    await forms.plain(request)
    async with acting(request):
        await _services(request).close(_id(request))
    return see_other(f"{ORGANISATION}/{_id(request)}")


async def reopen(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Rouvrir."""
    await forms.plain(request)
    async with acting(request):
        await _services(request).reopen(_id(request))
    return see_other(f"{ORGANISATION}/{_id(request)}")


async def order(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Monter, descendre."""
    form = await forms.plain(request)
    async with acting(request):
        await _services(request).move(_id(request), form.text("sens") == "haut")
    return see_other(f"{ORGANISATION}#service-{_id(request)}")


async def compose_theme(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Ajouter un thème."""
    return await shown(request, await _theme_sheet(request, "Ajouter un thème"), Now())


async def add_theme(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The new theme."""

    async def save(typed: Typed, version: int) -> None:
        request[CONCERNS] = f"thème {await _services(request).add_theme(_id(request), typed)}"

    return await kept(request, await _theme_sheet(request, "Ajouter un thème"), save)


async def edit_theme(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Modifier un thème."""
    return await shown(request, await _theme_sheet(request, "Modifier un thème"), await _theme_now(request))


async def change_theme(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Enregistrer."""

    async def save(typed: Typed, version: int) -> None:
        await _services(request).change_theme(_id(request), _theme_id(request), version, typed)

    return await kept(request, await _theme_sheet(request, "Modifier un thème"), save, lambda: _theme_now(request))


async def close_theme(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Fermer un thème."""
    await forms.plain(request)
    async with acting(request):
        await _services(request).close_theme(_id(request), _theme_id(request))
    return see_other(f"{ORGANISATION}/{_id(request)}#themes")


async def reopen_theme(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Rouvrir un thème."""
    await forms.plain(request)
    async with acting(request):
        await _services(request).reopen_theme(_id(request), _theme_id(request))
    return see_other(f"{ORGANISATION}/{_id(request)}#themes")


async def order_theme(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Monter, descendre un thème."""
    form = await forms.plain(request)
    async with acting(request):
        await _services(request).move_theme(_id(request), _theme_id(request), form.text("sens") == "haut")
    return see_other(f"{ORGANISATION}/{_id(request)}#themes")


def shell(request: web.Request, who: Visitor) -> dict[str, Any]:
    """What every page of Organisation needs: whether things are changed here, and by whom."""
    return {"is_administrator": is_administrator(request, who), "may_edit": at_desk(core(request))}


async def back_to(request: web.Request, service: int, part: str = "") -> tuple[str, str]:
    """The page of a service and its name, for the pages below it. Raises NotFound."""
    return f"{ORGANISATION}/{service}{part}", (await _services(request).one(service)).name


def _new() -> Sheet:
    hint = "Les familles le voient dès qu’il est enregistré. Ajoutez ensuite ses agents et ses thèmes."
    return Sheet("Ouvrir un service", (ORGANISATION, "Organisation"), FIELDS, "Ouvrir le service", hint=hint)


async def _sheet(request: web.Request, who: Visitor) -> Sheet:
    in_full = is_administrator(request, who)
    fields = [one for one in FIELDS if in_full or one.name in OWN]
    back = await back_to(request, _id(request))
    return Sheet(f"Modifier « {back[1]} »", back, fields)


async def _now(request: web.Request) -> Now:
    service = await _services(request).one(_id(request))
    typed = {
        "nom": service.name,
        "description": service.description,
        "telephone": service.phone,
        "delai": service.delay,
        "adresse": service.address,
        "email": service.email,
        "partagee": service.shared,
        "sante": "1" if service.health else "",
    }
    return Now(typed, service.version)


async def _theme_sheet(request: web.Request, title: str) -> Sheet:
    return Sheet(title, await back_to(request, _id(request), "#themes"), THEME)


async def _theme_now(request: web.Request) -> Now:
    theme = await _services(request).theme(_id(request), _theme_id(request))
    return Now(
        {
            "nom": theme.name,
            "silence": theme.silence,
            "mois": str(theme.months),
            "accord": "1" if theme.accepts else "",
        },
        theme.version,
    )


def _first_stands_in(config: Config) -> bool:
    """Whether the order decides where something goes that no family has addressed."""
    return not (config.dossier.service and config.registration.service)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"url": f"{ORGANISATION}/{row['id']}", "is_heard": bool(row["shared"] or row["receivers"])}


def _theme(theme: Theme, months: int) -> dict[str, Any]:
    return {
        "id": theme.id,
        "name": theme.name,
        "silence": theme.silence,
        "months": theme.months or months,
        "is_open": theme.closed_at is None,
    }


def _member(member: ServiceAgent, may_name_heads: bool) -> dict[str, Any]:
    return {
        "id": member.agent_id,
        "name": member.agent.name,
        "email": member.agent.email,
        "is_delegate": member.is_delegate,
        "is_head": member.is_head,
        "seen": seen(member.is_delegate, member.is_head),
        "may_go": may_name_heads or not member.is_head,
    }


def _services(request: web.Request) -> Services:
    return request.app[SERVICES]


def _id(request: web.Request) -> int:
    return int(request.match_info["service"])


def _theme_id(request: web.Request) -> int:
    return int(request.match_info["theme"])
