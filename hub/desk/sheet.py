"""A form of the desk on one thing: its fields, what was typed, what is wrong, and whether somebody else was first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from hub.core.editing import OVERTAKEN, Overtaken
from hub.core.errors import Invalid
from hub.desk.journal import acting
from hub.desk.show import page
from hub.web import forms
from hub.web.show import see_other
from hub.web.views import number

Typed = Mapping[str, str]
Preview = Callable[[Typed], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind`: line | text | email | tel | number | day | tick | choice."""

    name: str
    label: str
    kind: str = "line"
    most: int = 0  # characters, or the number
    hint: str = ""
    required: bool = False
    choices: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Now:
    """The thing as it is stored: its fields as they are typed, and its version."""

    typed: Typed = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form itself. `back` (address, words): what it belongs to, and where one is led when it is saved."""

    title: str
    back: tuple[str, str]
    fields: Sequence[Field]
    button: str = "Enregistrer"
    preview: Preview | None = None
    hint: str = ""


async def shown(
    request: web.Request, sheet: Sheet, now: Now, errors: Typed | None = None, status: int = 200
) -> web.Response:
    """The page with the form."""
    context: dict[str, Any] = {
        "sheet": sheet,
        "typed": now.typed,
        "version": now.version,
        "preview": sheet.preview(now.typed) if sheet.preview and any(now.typed.values()) else None,
        "errors": errors or {},
        "action": request.path,
    }
    return await page(request, "desk/sheet.html", context, status)


async def kept(
    request: web.Request,
    sheet: Sheet,
    save: Callable[[Typed, int], Awaitable[object]],
    stored: Callable[[], Awaitable[Now]] | None = None,
) -> web.Response:
    """What the button does: show how it would look, save it, or say what is wrong with everything typed still there.
    `stored`: how the thing stands now; None for a new one."""
    form = await forms.plain(request)
    version = number(form.text("version"))
    if form.text("apercu"):
        return await shown(request, sheet, Now(form.fields, version))
    try:
        async with acting(request):
            await save(form.fields, version)
    except Invalid as refused:
        return await shown(request, sheet, Now(form.fields, version), refused.errors, 422)
    except Overtaken:
        return await _overtaken(request, sheet, form.fields, await stored() if stored else Now())
    return see_other(sheet.back[0])


async def _overtaken(request: web.Request, sheet: Sheet, typed: Typed, now: Now) -> web.Response:
    """Beside each field, what the other has put there; to save once more is to have the last word, knowingly."""
    other = {one.name: _told(one, now.typed) for one in sheet.fields if _differs(one, typed, now.typed)}
    if not other:  # both have written the same
        return see_other(sheet.back[0])
    first = next(iter(other))
    other[first] = f"{OVERTAKEN} {other[first]}"
    return await shown(request, sheet, Now(typed, now.version), other, 409)


def _differs(one: Field, typed: Typed, now: Typed) -> bool:
    return _plain(typed.get(one.name, "")) != _plain(now.get(one.name, ""))


def _told(one: Field, now: Typed) -> str:
    value = _plain(now.get(one.name, ""))
    if one.kind == "tick":
        return "La case est maintenant cochée." if value else "La case n’est maintenant plus cochée."
    if one.kind == "choice":
        value = dict(one.choices).get(value, "")
    return f"Maintenant enregistré : « {value} »." if value else "Maintenant enregistré : rien."


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
