"""Coming in by oneself, in three or four steps.

What was typed travels in a cookie, sealed (the password as its hash) and lapsing soon: a wizard that is broken off
leaves nothing behind, back and forward and a reload keep everything, and no script is needed.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from hub.accounts import throttle
from hub.accounts.names import LONGEST as LONGEST_LOGIN
from hub.accounts.names import fold, kept
from hub.accounts.registration import Applicant, Person
from hub.config import Config
from hub.core.errors import Conflict, Invalid, NotFound, TooOften
from hub.core.french import unbroken
from hub.core.seal import SealBroken
from hub.web import cookies, csrf, forms
from hub.web.keys import core, rooms
from hub.web.pages.login import client
from hub.web.receiving import Form
from hub.web.show import page, see_other
from hub.web.trouble import retry_after

WIZARD = "/inscription"
THANKS = f"{WIZARD}/merci"
LIFE = 3600  # seconds of what was typed
LONGEST = 320  # characters of a field that are kept
COOKIE = 3_800  # characters: browsers keep 4096 with the name and the attributes
PURPOSE = "wizard"
PERSON = ("nom", "prenom", "email", "email2", "identifiant")
REFERENCES = ("dossier", "dossier_nom", "sans")
Typed = dict[str, str]
UNREAD = "Pour continuer, lisez les conditions et cochez la case « J’ai lu et j’accepte »."


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the wizard. `name` is the last part of its path."""

    name: str
    title: str


INFORMATION = Step("", "Mes informations")
DOSSIER = Step("dossier", "Mes références dossier")
TERMS = Step("conditions", "Conditions d’utilisation")
SUMMARY = Step("recapitulatif", "Récapitulatif")


_DONE = {INFORMATION: "etape1", DOSSIER: "etape2", TERMS: "conditions", SUMMARY: ""}  # what says that a step is


def steps(config: Config) -> tuple[Step, ...]:
    """The steps of this town: without conditions to accept there are three."""
    conditions = (TERMS,) if config.registration.terms else ()
    return (INFORMATION, DOSSIER, *conditions, SUMMARY)


async def show(request: web.Request) -> web.Response:
    """A step, with what was typed; one whose predecessors are not done leads back to the first of them."""
    step, typed = _step(request), _typed(request)
    owed = _owed(request, step, typed)
    return see_other(_url(owed)) if owed else await _page(request, step, typed, _faults(step, typed))


async def go_on(request: web.Request) -> web.Response:
    """What was typed in a step is checked; on to the next, or the form again with everything in it."""
    step, form = _step(request), await forms.plain(request)
    if form.text("aller") == "annuler":
        return _forgotten(request, see_other(WIZARD))
    typed = _typed(request)
    owed = _owed(request, step, typed)
    if owed:
        return see_other(_url(owed))
    given = _unchecked(step, typed, form)
    if form.text("aller") == "retour":
        return _kept(request, see_other(_url(_before(request, step))), given)
    try:
        return await _CHECKS[step](request, form, given)
    except TooOften as refused:
        response = await _page(request, step, given, {"": refused.message}, 429)
        return retry_after(response, refused.retry_after)
    except Invalid as refused:
        return await _refused(request, step, given, refused.errors)


async def thanks(request: web.Request) -> web.Response:
    """The account is made and waits for its owner: the same for everyone, whatever was known of the address."""
    typed = _typed(request)
    if "fait" not in typed:
        return see_other(WIZARD)
    csrf.bind(request)
    hours = core(request).config.registration.activation_hours
    return await page(request, "web/registered.html", {"typed": typed, "hours": hours, "again": False})


async def resend(request: web.Request) -> web.Response:
    """ "Renvoyer le lien": to the address that was registered, or to the one that is typed."""
    form = await forms.plain(request)
    if not core(request).config.registration.wizard:
        raise NotFound
    email = form.text("email") or _typed(request).get("email", "")
    if not email.strip():  # a page that stood open longer than what was typed is kept
        return see_other(WIZARD)
    hours = core(request).config.registration.activation_hours
    context = {"typed": {"email": email[:LONGEST]}, "hours": hours, "again": True}
    try:
        await rooms(request).registrations.resend(email)
    except TooOften as refused:
        response = await page(request, "web/registered.html", {**context, "error": refused.message}, 429)
        return retry_after(response, refused.retry_after)
    return await page(request, "web/registered.html", context)


async def _check_person(request: web.Request, form: Form, given: Typed) -> web.Response:
    person = Person(
        first_name=given["prenom"],
        last_name=given["nom"],
        email=given["email"],
        email_again=given["email2"],
        login=given["identifiant"],
        password=form.text("mot_de_passe")[:1_000],
        password_again=form.text("mot_de_passe2")[:1_000],
    )
    hashed = await rooms(request).registrations.check_person(person, keeps_password=bool(given.get("cle")))
    if hashed:
        given["cle"] = hashed
    given.setdefault("dossier_nom", given["nom"])  # "reprise de l'étape 1"
    given["etape1"] = "1"
    return _kept(request, see_other(_url(DOSSIER)), given)


async def _check_references(request: web.Request, form: Form, given: Typed) -> web.Response:
    given["trouve"] = ""
    if not (given["sans"] and core(request).config.registration.without_dossier):
        network = throttle.network(client(request))
        number = await rooms(request).registrations.check_references(given["dossier"], given["dossier_nom"], network)
        given["trouve"] = number
    given["etape2"] = "1"
    return _kept(request, see_other(_url(_after(request, DOSSIER))), given)


async def _check_terms(request: web.Request, form: Form, given: Typed) -> web.Response:
    if not form.text("accepte"):
        raise Invalid({"accepte": UNREAD})
    given["conditions"] = core(request).config.registration.terms_version
    return _kept(request, see_other(_url(SUMMARY)), given)


async def _register(request: web.Request, form: Form, given: Typed) -> web.Response:
    applicant = Applicant(
        first_name=given["prenom"].strip(),
        last_name=given["nom"].strip(),
        email=fold(given["email"]),
        login=kept(given["identifiant"]),
        password=given["cle"],
        dossier=given["trouve"],
        dossier_name=given["dossier_nom"].strip() if given["trouve"] else "",
        terms=given.get("conditions", ""),
    )
    try:
        await rooms(request).registrations.register(applicant, throttle.network(client(request)))
    except Conflict as refused:
        return await _refused(request, INFORMATION, given, {refused.field: refused.message})
    done = {"fait": "1", "nom": given["nom"], "prenom": given["prenom"], "email": given["email"]}
    return _kept(request, see_other(THANKS), done)


async def _refused(request: web.Request, step: Step, given: Typed, errors: Mapping[str, str]) -> web.Response:
    """What is wrong is kept as well and shown by a GET: a browser's way back can show that again, but no answer to a
    form. Where a cookie cannot hold it all, the form is answered all the same."""
    given.pop(_DONE[step], None)
    response = _kept(request, see_other(_url(step)), {**given, "fautes": json.dumps([step.name, dict(errors)])})
    if len(response.cookies[_cookie(request)].value) > COOKIE:
        return await _page(request, step, given, errors, 422)
    return response


def _faults(step: Step, typed: Typed) -> dict[str, str]:
    """What was wrong with a step when it was last sent."""
    name, errors = json.loads(typed.get("fautes") or '["", {}]')
    return dict(errors) if name == step.name else {}


def _unchecked(step: Step, typed: Typed, form: Form) -> Typed:
    """What was typed so far and in this step, which is not done until its check says so."""
    told = _given(step, form)
    kept = {name: value for name, value in typed.items() if name != "fautes" and not (told and name == _DONE[step])}
    return {**kept, **told}


_Check = Callable[[web.Request, Form, Typed], Awaitable[web.Response]]
_CHECKS: Mapping[Step, _Check] = {
    INFORMATION: _check_person,
    DOSSIER: _check_references,
    TERMS: _check_terms,
    SUMMARY: _register,
}


async def _page(
    request: web.Request, step: Step, typed: Typed, errors: Mapping[str, str] | None = None, status: int = 200
) -> web.Response:
    csrf.bind(request)
    config = core(request).config
    every = steps(config)
    context: dict[str, Any] = {
        "step": step,
        "steps": [{"title": one.title, "url": _url(one)} for one in every],
        "position": every.index(step) + 1,
        "url": _url(step),
        "typed": typed,
        "errors": errors or {},
        "longest_login": LONGEST_LOGIN,
        "by_email": config.entrance.by == "email",
        "registration": config.registration,
        "paragraphs": paragraphs(config.registration.terms),
        "security": config.security,
    }
    return await page(request, "web/register.html", context, status)


def paragraphs(terms: str) -> list[str]:
    """Of the conditions, as a page shows them."""
    return [unbroken(part) for part in terms.split("\n\n") if part.strip()]


def _step(request: web.Request) -> Step:
    """Raises NotFound where the wizard, or this step of it, is not offered."""
    config, name = core(request).config, request.match_info.get("step", "")
    found = next((step for step in steps(config) if step.name == name), None)
    if found is None or not config.registration.wizard:
        raise NotFound
    return found


def _owed(request: web.Request, step: Step, typed: Typed) -> Step | None:
    """The first step before this one that is not done yet."""
    for before in steps(core(request).config):
        if before is step:
            return None
        if not typed.get(_DONE[before]):
            return before
    return None


def _before(request: web.Request, step: Step) -> Step:
    every = steps(core(request).config)
    return every[max(0, every.index(step) - 1)]


def _after(request: web.Request, step: Step) -> Step:
    every = steps(core(request).config)
    return every[every.index(step) + 1]


def _given(step: Step, form: Form) -> Typed:
    """What a step's form holds; a box that is not ticked is not sent."""
    names = {INFORMATION: PERSON, DOSSIER: REFERENCES}.get(step, ())
    return {name: form.text(name)[:LONGEST] for name in names}


def _url(step: Step) -> str:
    return f"{WIZARD}/{step.name}".rstrip("/")


def _cookie(request: web.Request) -> str:
    return cookies.wizard_name(core(request).config)


def _typed(request: web.Request) -> Typed:
    """What was typed so far; nothing once it has lapsed."""
    try:
        sealed = core(request).sealer.open(PURPOSE, request.cookies.get(_cookie(request), ""), LIFE)
    except SealBroken:
        return {}
    found: Typed = json.loads(sealed)
    return found


def _kept(request: web.Request, response: web.Response, typed: Typed) -> web.Response:
    sealed = core(request).sealer.seal(PURPOSE, json.dumps(typed, ensure_ascii=False))
    cookies.write(response, core(request).config, _cookie(request), sealed)
    return response


def _forgotten(request: web.Request, response: web.Response) -> web.Response:
    cookies.erase(response, core(request).config, _cookie(request))
    return response
