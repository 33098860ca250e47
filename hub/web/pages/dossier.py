"""The family's file: what the town knows, what may be changed at once, and whom to ask for the rest."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.actions.kinds.new_child import NewChild
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.french import BLANK, NARROW, whole_date
from hub.dossier.file import HEALTH, PHONES, NewBank, readable
from hub.dossier.models import Child, Guardian
from hub.dossier.view import FileView, age
from hub.web import forms
from hub.web.guard import given_back
from hub.web.keys import PROFILES, core, rooms
from hub.web.receiving import Form
from hub.web.show import page, see_other

Context = dict[str, Any]
FILE, CHILDREN = "/dossier", "/enfants"
NEW = "/demandes/nouvelle"
NOTHING = "–"
DONE = {
    "coordonnees": "Vos coordonnées sont enregistrées.",
    "banque": "Vos coordonnées bancaires sont enregistrées.",
    "autorises": "La liste des personnes autorisées est à jour.",
    "sante": "Les données sanitaires sont enregistrées.",
}
_SEX = {"F": "Féminin", "M": "Masculin"}


async def show(request: web.Request, who: Visitor) -> web.Response:
    """Mon dossier."""
    return await _file(request, who, form=await given_back(request, who))


async def set_contact(request: web.Request, who: Visitor) -> web.Response:
    """Telephones and "factures par e-mail", as far as the town lets them be changed here."""
    form, lets = await forms.plain(request), core(request).config.dossier.lets
    me = await _me(request, who)
    if not lets("phones") and not lets("bills"):
        raise NotFound
    try:
        if lets("phones"):
            await rooms(request).files.set_phones(me, {field: form.text(field) for field in PHONES.values()})
    except Invalid as refused:
        return await _file(request, who, refused.errors, form)
    if lets("bills"):
        await rooms(request).files.set_bills(me, bool(form.text("factures")))
    return see_other(f"{FILE}?fait=coordonnees")


async def set_bank(request: web.Request, who: Visitor) -> web.Response:
    """Coordonnées bancaires."""
    form = await forms.plain(request)
    if not core(request).config.dossier.lets("bank"):
        raise NotFound
    new = NewBank(form.text("titulaire")[:200], form.text("iban")[:80], bool(form.text("prelevement")))
    try:
        await rooms(request).files.set_bank(await _me(request, who), new)
    except Invalid as refused:
        return await _file(request, who, refused.errors, form)
    return see_other(f"{FILE}?fait=banque")


async def children(request: web.Request, who: Visitor) -> web.Response:
    """Mes enfants."""
    view = await rooms(request).files.of(await _me(request, who))
    today = _today(request)
    context = {
        "children": [{**_card(child, today), "url": f"{CHILDREN}/{child.id}"} for child in view.children],
        "ask": await _ask(request, view, "Ajouter un enfant", NewChild.slug),
    }
    return await page(request, "web/children.html", context)


async def child(request: web.Request, who: Visitor) -> web.Response:
    """A child's page."""
    return await _child(request, who, form=await given_back(request, who))


async def add_collector(request: web.Request, who: Visitor) -> web.Response:
    """One more person who may collect the child."""
    form = await _direct(request, "collectors")
    given = form.text("nom")[:200], form.text("lien")[:100], form.text("telephone")[:40]
    try:
        await rooms(request).files.add_collector(await _me(request, who), _id(request), *given)
    except Invalid as refused:
        return await _child(request, who, refused.errors, form)
    return see_other(f"{CHILDREN}/{_id(request)}?fait=autorises")


async def drop_collector(request: web.Request, who: Visitor) -> web.Response:
    """One person less."""
    await _direct(request, "collectors")
    collector = int(request.match_info["collector"])
    await rooms(request).files.drop_collector(await _me(request, who), _id(request), collector)
    return see_other(f"{CHILDREN}/{_id(request)}?fait=autorises")


async def set_health(request: web.Request, who: Visitor) -> web.Response:
    """Données sanitaires."""
    form = await _direct(request, "health")
    try:
        await rooms(request).files.set_health(await _me(request, who), _id(request), form.fields, form.text("vu"))
    except Invalid as refused:
        return await _child(request, who, refused.errors, form)
    except Conflict as late:
        return await _child(request, who, {"": late.message}, form, 409)
    return see_other(f"{CHILDREN}/{_id(request)}?fait=sante")


async def _file(
    request: web.Request, who: Visitor, errors: Mapping[str, str] | None = None, form: Form | None = None
) -> web.Response:
    view = await rooms(request).files.of(await _me(request, who))
    settings = core(request).config.dossier
    typed = form.fields if form else {}
    context = {
        "number": view.family.number,
        "blocks": _blocks(view),
        "bank": view.bank,
        "apart": view.family.is_separated,
        "contact": {field: typed.get(field, getattr(view.me, column)) for column, field in PHONES.items()},
        "bills": bool(typed.get("factures")) if form and "mobile" in typed else view.me.wants_bills,
        "typed": typed,
        "back": form is not None and not errors,
        "errors": errors or {},
        "lets": settings.lets,
        "done": DONE.get(request.query.get("fait", ""), ""),
        "ask": await _ask(request, view, "Modification de mon dossier"),
        "manager": (view.family.manager, view.family.manager_contact),
    }
    return await page(request, "web/dossier.html", context, 422 if errors else 200)


async def _child(
    request: web.Request,
    who: Visitor,
    errors: Mapping[str, str] | None = None,
    form: Form | None = None,
    status: int = 422,
) -> web.Response:
    me, files = await _me(request, who), rooms(request).files
    (view, found), health, version, readers = await gather(
        files.child(me, _id(request)),
        files.health(me, _id(request)),
        files.health_version(me, _id(request)),
        files.readers(me, _id(request)),
    )
    typed = form.fields if form else {}
    lets = core(request).config.dossier.lets
    shown = readable(health) if lets("health") else health
    lost = health.keys() - shown.keys()
    context = {
        "child": {**_card(found, _today(request)), "url": f"{CHILDREN}/{found.id}"},
        "collectors": view.collectors[found.id],
        "authorisations": sorted(found.authorisations.items()),
        "health": [(kind, label, typed.get(kind, shown.get(kind, ""))) for kind, label in HEALTH.items()],
        "saved": {kind: health.get(kind, NOTHING) for kind in HEALTH if status == 409 or kind in lost},
        "version": version if errors else typed.get("vu", version),
        "readers": readers,
        "typed": typed,
        "back": form is not None and not errors,
        "errors": errors or {},
        "lets": lets,
        "done": DONE.get(request.query.get("fait", ""), ""),
        "ask": await _ask(request, view, f"Modification pour {found.first_name}", child=found.id),
    }
    return await page(request, "web/child.html", context, status if errors else 200)


def _blocks(view: FileView) -> list[Context]:
    """What stands on the page of the file, block by block: a title and facts."""
    titles = {1: "Responsable", 2: "Conjoint"}
    guardians = sorted((g for g in (view.me, view.partner) if g is not None), key=lambda one: one.rank)
    blocks = [{"title": titles.get(g.rank, "Responsable"), "facts": _facts(g, view)} for g in guardians]
    return [*blocks, {"title": "Informations famille", "facts": _family(view)}]


def _facts(guardian: Guardian, view: FileView) -> list[tuple[str, str]]:
    facts = [
        ("Civilité", guardian.civility),
        ("Nom", guardian.last_name),
        ("Prénom", guardian.first_name),
        ("Qualité", guardian.quality),
        ("Situation", guardian.situation),
        ("Adresse", guardian.address),
        ("Code postal", guardian.postcode),
        ("Ville", guardian.city),
        ("Tél. domicile", guardian.phone_home),
        ("Tél. prof.", guardian.phone_work),
        ("Mobile", guardian.mobile),
        ("E-mail", guardian.email),
        ("Profession", guardian.profession),
        ("CSP", guardian.csp),
        ("Employeur", guardian.employer),
        ("Adresse employeur", guardian.employer_address),
        ("Organisme de rattachement", guardian.affiliation),
        ("Autorisation courriel", "Oui" if guardian.accepts_mail else "Non"),
        ("Autorisation SMS", "Oui" if guardian.accepts_sms else "Non"),
        ("Factures par e-mail", "Oui" if guardian.wants_bills else "Non"),
    ]
    return [(label, value or NOTHING) for label, value in facts]


def _family(view: FileView) -> list[tuple[str, str]]:
    family = view.family
    facts = [("N° famille", family.number)]
    if view.shows_incomes:
        facts += [
            ("Quotient familial", "" if family.quotient is None else str(family.quotient)),
            ("Revenus", "" if family.income is None else _euros(family.income)),
            ("Mis à jour le", whole_date(family.quotient_on) if family.quotient_on else ""),
            ("Nom de l’allocataire", family.allocataire),
            ("Régime allocataire", family.regime),
            ("N° allocataire", family.allocataire_number),
        ]
    facts.append(("Enfants à charge", "" if family.dependent_children is None else str(family.dependent_children)))
    return [(label, value or NOTHING) for label, value in facts]


def _euros(amount: int) -> str:
    return f"{amount:,}{BLANK}€".replace(",", NARROW)


def _card(child: Child, today: Any) -> Context:
    years = age(child.born_on, today)
    facts = [
        ("Âge", "" if years is None else f"{years} an{'s' if years > 1 else ''}"),
        ("Naissance", whole_date(child.born_on) if child.born_on else ""),
        ("Sexe", _SEX.get(child.sex, "")),
        ("École", child.school),
        ("Classe", child.grade),
    ]
    return {
        "name": f"{child.first_name} {child.last_name}",
        "first_name": child.first_name,
        "facts": [(label, value or NOTHING) for label, value in facts],
    }


async def _ask(request: web.Request, view: FileView, subject: str, kind: str = "", child: int = 0) -> str:
    """Where a change that is not made here is asked for: by a request, or where the town offers none by a message."""
    offered = rooms(request).requests.offered(view)
    if kind and any(one.slug == kind for one in offered):
        return f"{NEW}/{kind}"
    if any((one.about == "child") == bool(child) for one in offered) and not kind:
        return f"{NEW}?enfant={child}" if child else NEW
    choices = await rooms(request).directory.choices()
    slug = core(request).config.dossier.service
    found = next((one for one in choices if one.slug == slug), choices[0] if choices else None)
    return f"/messagerie/nouveau?objet={quote(subject)}" + (f"&service={found.id}" if found else "")


async def _direct(request: web.Request, what: str) -> Form:
    """The form of something a family changes by itself. Raises NotFound where it does not."""
    form = await forms.plain(request)
    if not core(request).config.dossier.lets(what):
        raise NotFound
    return form


async def _me(request: web.Request, who: Visitor) -> int:
    return (await request.app[PROFILES].of(who.account)).guardian


def _id(request: web.Request) -> int:
    return int(request.match_info["child"])


def _today(request: web.Request) -> Any:
    return core(request).clock.now().astimezone(core(request).config.town.tz).date()
