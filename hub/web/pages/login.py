"""Coming in and going out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from hub.accounts.devices import device
from hub.accounts.login import Lapsed
from hub.accounts.models import Account, Agent
from hub.accounts.names import entered
from hub.core.errors import Invalid, TooOften
from hub.web import cookies, csrf, forms
from hub.web.keys import PROXIES, SESSION, core, rooms, visitor
from hub.web.receiving import Form
from hub.web.show import page, see_other
from hub.web.trouble import retry_after

LOGIN = "/connexion"
LONGEST_EMAIL = 320  # characters (RFC 5321 §4.5.3.1)
LONGEST_NAME = 120  # characters of a user name
LONGEST = 1_000  # characters of a password: argon2 takes any, hashing them is not free
_EMPTY = {"mot_de_passe": "Indiquez votre mot de passe."}
BY_EMAIL = (
    "Ici, on se connecte avec votre adresse e-mail. Le nom d’utilisateur d’un courrier de la mairie sert tant que vous "
    "n’avez pas donné d’adresse, avec le mot de passe de ce courrier."
)
NAMES = {  # what one logs in by: the label, and the same in a sentence
    "name": ("Nom d'utilisateur", "votre nom d’utilisateur"),
    "email": ("Adresse e-mail", "votre adresse e-mail"),
    "both": ("Nom d'utilisateur ou adresse e-mail", "votre nom d’utilisateur ou votre adresse e-mail"),
}


async def show(request: web.Request) -> web.Response:
    """The form; whoever is in already goes on."""
    who = visitor(request)
    onward = local(request.query.get("suite", "/"))
    if who is not None and who.account and not who.lapsed:
        return see_other(onward)
    return await _form(request, onward)


async def enter(request: web.Request) -> web.Response:
    """A name and a password. Whatever is wrong with them, the answer is the same."""
    form = await forms.plain(request)
    onward = local(form.text("suite"))
    errors = _faults(form.text("identifiant"), core(request).config.entrance.by)
    errors |= {name: sentence for name, sentence in _EMPTY.items() if not form.text(name).strip()}
    if errors:
        return await _form(request, onward, form.fields, errors, 422)
    try:
        account = await rooms(request).login.guardian(
            shortened(form.text("identifiant")), form.text("mot_de_passe")[:LONGEST], client(request)
        )
    except TooOften as refused:
        response = await _form(request, onward, form.fields, {"": refused.message}, 429)
        return retry_after(response, refused.retry_after)
    except Invalid as refused:
        return await _form(request, onward, form.fields, _refusal(request, form, refused), 422)
    remember = core(request).config.entrance.remember and bool(form.text("memoire"))
    return await admit(request, account, onward, remember)


async def leave(request: web.Request) -> web.Response:
    """Déconnexion: to the login page, or where the town wants people to go."""
    return await dismiss(request, core(request).config.entrance.after_logout or LOGIN)


async def admit(request: web.Request, who: Account | Agent, onward: str, remember: bool = False) -> web.Response:
    """A session begins; on to the page `onward`."""
    await _end_session(request)  # whatever the browser had ends: its cookie may be known to somebody else
    named = device(request.headers.get("User-Agent", ""))
    token = await rooms(request).sessions.begin(who, remember, named)
    response = see_other(onward)
    config = core(request).config
    cookies.write(response, config, cookies.session_name(config), token, remember)
    cookies.erase(response, config, cookies.form_name(config))
    return response


async def dismiss(request: web.Request, onward: str) -> web.Response:
    """The session ends, here and in every open page; on to the page `onward`."""
    await forms.plain(request)
    await _end_session(request)
    response = see_other(onward)
    response.headers["Clear-Site-Data"] = '"cache"'  # on a shared computer the way back shows nothing
    config = core(request).config
    cookies.erase(response, config, cookies.session_name(config))
    return response


def _faults(name: str, by: str) -> dict[str, str]:
    """What is wrong with the name, whoever it is."""
    asked = NAMES[by][1]
    if not name.strip():
        return {"identifiant": f"Indiquez {asked}."}
    if by == "name" and "@" in name:
        return {"identifiant": f"Ici, on se connecte avec {asked}."}
    return {}


def _refusal(request: web.Request, form: Form, refused: Invalid) -> dict[str, str]:
    """Where one comes in by an address, whoever gave a name is told so: known or not, right password or wrong."""
    by_email = core(request).config.entrance.by == "email"
    if by_email and "@" not in form.text("identifiant") and not isinstance(refused, Lapsed):
        return {"identifiant": BY_EMAIL}
    return {"": refused.message}


def client(request: web.Request) -> str:
    """The address failed logins are counted against."""
    return request.app[PROXIES].client(request.remote or "", request.headers.getall("X-Forwarded-For", []))


def local(url: str) -> str:
    """`url` when it is a path of ours, else the home page: a link to us must not lead on to somebody else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    ours = url.startswith("/") and not url.startswith("//") and not parts.netloc and not parts.scheme
    return url if plain and ours and len(url) <= 500 else "/"


def shortened(typed: str) -> str:
    """What is looked for: cut to what any account could be called, after folding, which may lengthen it."""
    name = entered(typed)[:LONGEST_EMAIL]
    return name if "@" in name else name[:LONGEST_NAME]


async def _form(
    request: web.Request,
    onward: str,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    csrf.bind(request)
    given, who = typed or {}, visitor(request)
    context: dict[str, Any] = {
        "form": {"identifiant": given.get("identifiant", "")[:LONGEST_EMAIL], "memoire": bool(given.get("memoire"))},
        "errors": errors or {},
        "next": onward,
        "by_email": core(request).config.entrance.by == "email",
        "label": NAMES[core(request).config.entrance.by][0],
        "remember": core(request).config.entrance.remember,
        "wizard": core(request).config.registration.wizard,
        "downloads": bool(core(request).config.home.downloads),
        "expired": who is not None and who.lapsed,
        "kept": request.query.get("garde", ""),
    }
    return await page(request, "web/login.html", context, status)


async def _end_session(request: web.Request) -> None:
    who = visitor(request)
    if who is not None:
        await rooms(request).sessions.end(request[SESSION])
