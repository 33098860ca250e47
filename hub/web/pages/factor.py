"""The second factor: asked for at login, set up, renewed and turned off. The same behind both doors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import segno
from aiohttp import web
from markupsafe import Markup

from hub.accounts.codes import grouped
from hub.accounts.factor import Enrolment
from hub.accounts.sessions import Visitor
from hub.core.errors import Conflict, Forbidden, Invalid, Refused
from hub.web import forms
from hub.web.doors import Door
from hub.web.keys import core, rooms
from hub.web.pages.login import LONGEST, client
from hub.web.receiving import Form
from hub.web.show import see_other


class Factor:
    """The pages, behind one door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def ask(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """Between the password and everything else: a code, or for who has no second factor yet, setting it up."""
        if not (await rooms(request).factor.state(who)).is_on:
            return await self._enrolment(request, who, self._door.code)
        return await self._ask(request)

    async def answer(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """The code; then on to what else is owed, or to the page one wanted."""
        form = await forms.plain(request)
        if form.text("secret"):
            return await self._enrol(request, who, form, self._door.code)
        try:
            await rooms(request).factor.check(who, form.text("code"), client(request))
        except Refused as refused:
            return await self._ask(request, form, refused)
        owed = await rooms(request).sessions.go_on(who)
        return see_other(self._door.onward(request, owed, form.text("suite")))

    async def show(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """On or off, and what one can do about it."""
        state = await rooms(request).factor.state(who)
        if not state.is_on:
            return await self._enrolment(request, who, self._door.factor)
        return await self._settings(request, who)

    async def enrol(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """Activer, with the password: an open page must not be enough to shut its owner out."""
        form = await forms.plain(request)
        try:
            await rooms(request).factor.confirm_password(who, form.text("mot_de_passe")[:LONGEST], client(request))
        except Refused as refused:
            return await self._enrolment(request, who, self._door.factor, form, refused)
        return await self._enrol(request, who, form, self._door.factor)

    async def renew(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """Ten other recovery codes."""
        form = await forms.plain(request)
        try:
            await rooms(request).factor.check(who, form.text("code"), client(request))
            async with self._door.acting(request):
                fresh = await rooms(request).factor.renew(who)
        except Refused as refused:
            return await self._settings(request, who, "renew", refused)
        return await self._codes(request, fresh, self._door.factor)

    async def turn_off(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        """Désactiver. Raises Forbidden where the town asks for it."""
        form = await forms.plain(request)
        if self._must_stay(request):
            raise Forbidden("La mairie demande la double authentification à tous ses agents.")
        password = form.text("mot_de_passe")[:LONGEST]
        try:
            await rooms(request).factor.confirm_password(who, password, client(request))
            await rooms(request).factor.check(who, form.text("code_fin"), client(request))
            async with self._door.acting(request):
                await rooms(request).factor.turn_off(who)
        except Refused as refused:
            return await self._settings(request, who, "off", refused)
        return see_other(self._door.account)

    async def _ask(
        self, request: web.Request, form: Form | None = None, refused: Refused | None = None
    ) -> web.Response:
        suite = form.text("suite") if form else request.query.get("suite", "")
        return await self._door.form(request, "own/code.html", {"next": self._door.inside(suite)}, refused)

    async def _enrol(self, request: web.Request, who: Visitor, form: Form, action: str) -> web.StreamResponse:
        try:
            async with nullcontext() if who.waits_for else self._door.acting(request):
                fresh = await rooms(request).factor.enrol(who, form.text("secret"), form.text("code"))
        except Conflict:
            return see_other(action)
        except Refused as refused:
            return await self._enrolment(request, who, action, form, refused)
        owed = await rooms(request).sessions.go_on(who) if who.waits_for else ""
        onward = self._door.onward(request, owed, form.text("suite")) if who.waits_for else self._door.factor
        return await self._codes(request, fresh, onward)

    async def _enrolment(
        self,
        request: web.Request,
        who: Visitor,
        action: str,
        form: Form | None = None,
        refused: Refused | None = None,
    ) -> web.Response:
        """The same secret again while its form is fresh, so that an app that has it already shows the right code."""
        sealed = form.text("secret") if form else ""
        try:
            enrolment = await rooms(request).factor.begin(who, sealed)
        except Invalid as too_old:
            enrolment, refused = await rooms(request).factor.begin(who), too_old
        suite = form.text("suite") if form else request.query.get("suite", "")
        context = {
            "action": action,
            "qr": qr(enrolment),
            "secret": grouped(enrolment.secret),
            "uri": enrolment.uri,
            "sealed": enrolment.sealed,
            "next": self._door.inside(suite),
            "is_login": bool(who.waits_for),
        }
        return await self._door.form(request, "own/enrol.html", context, refused)

    async def _settings(
        self, request: web.Request, who: Visitor, about: str = "", refused: Refused | None = None
    ) -> web.Response:
        state = await rooms(request).factor.state(who)
        if about == "off" and isinstance(refused, Invalid) and "code" in refused.errors:
            refused = Invalid({"code_fin": refused.errors["code"]})
        context = {"state": state, "about": about, "must_stay": self._must_stay(request)}
        return await self._door.form(request, "own/factor.html", context, refused)

    def _must_stay(self, request: web.Request) -> bool:
        return self._door.for_agents and core(request).config.security.agents_totp

    async def _codes(self, request: web.Request, fresh: Sequence[str], onward: str) -> web.Response:
        """Shown this once."""
        return await self._door.page(request, "own/codes.html", {"door": self._door, "codes": fresh, "onward": onward})


def qr(enrolment: Enrolment) -> Markup:
    """The QR code as a drawing in the page: no file that a cache might keep, and no style of its own (CSP)."""
    drawn = segno.make(enrolment.uri, error="m", micro=False).svg_inline(
        border=3, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(drawn)  # noqa: S704 (made here, of squares)
