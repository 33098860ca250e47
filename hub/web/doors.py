"""The two doors, as far as pages about one's own account differ between them: addresses, and the shell around."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Invalid, Refused
from hub.web import show
from hub.web.keys import visitor
from hub.web.pages.login import LOGIN, local
from hub.web.show import see_other
from hub.web.trouble import of_refusal, retry_after

Acting = Callable[[web.Request], AbstractAsyncContextManager[None]]
Page = Callable[[web.Request, Visitor], Awaitable[web.StreamResponse]]


def _plainly(request: web.Request) -> AbstractAsyncContextManager[None]:
    """Nothing is kept of it."""
    return nullcontext()


class Show(Protocol):
    """`hub.web.show.page`, or the desk's."""

    async def __call__(
        self, request: web.Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
    ) -> web.Response: ...


@dataclass(frozen=True, slots=True)
class Door:
    """One of the two. `inside` keeps an address that came with a request to pages behind this door."""

    for_agents: bool
    base: str  # template of the shell
    page: Show
    inside: Callable[[str], str]
    login: str
    logout: str
    account: str
    devices: str
    factor: str
    code: str
    provisional: str
    renewal: str
    terms: str = ""
    acting: Acting = _plainly  # around what changes something: at the desk, with its line in the journal

    def is_of(self, who: Visitor | None) -> bool:
        """Whether that session came in here and stands."""
        return who is not None and not who.lapsed and bool(who.agent if self.for_agents else who.account)

    def owed(self, waits_for: str) -> str:
        """Where a session is led that owes something; "" when it owes nothing."""
        return {"totp": self.code, "password": self.provisional, "terms": self.terms}.get(waits_for, "")

    def onward(self, request: web.Request, waits_for: str, to: str = "") -> str:
        """What is owed next, else the page one wanted to see."""
        wanted = self.inside(to or request.query.get("suite", ""))
        owed = self.owed(waits_for)
        return f"{owed}?suite={quote(wanted, safe='/')}" if owed else wanted

    def owing(self, what: str, page: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """`page` for a session that owes just that."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            who = visitor(request)
            if who is None or not self.is_of(who):
                return see_other(self.login)
            if who.waits_for != what:
                return see_other(self.onward(request, who.waits_for))
            return await page(request, who)

        return guarded

    async def form(
        self,
        request: web.Request,
        template: str,
        context: Mapping[str, Any] | None = None,
        refused: Refused | None = None,
    ) -> web.Response:
        """A page with a form on it; after a refusal with its sentences and its status."""
        trouble = of_refusal(refused) if refused else None
        given = {"door": self, "errors": errors(refused), **(context or {})}
        response = await self.page(request, template, given, trouble.status if trouble else 200)
        return retry_after(response, trouble.retry_after if trouble else 0)


def errors(refused: Refused | None) -> dict[str, str]:
    """By field; a refusal that names none is about all."""
    if refused is None:
        return {}
    return refused.errors if isinstance(refused, Invalid) else {refused.field: refused.message}


PARENTS = Door(
    for_agents=False,
    base="web/base.html",
    page=show.page,
    inside=local,
    login=LOGIN,
    logout="/deconnexion",
    account="/compte",
    devices="/compte/appareils",
    factor="/compte/double-authentification",
    code="/connexion/code",
    provisional="/compte/mot-de-passe-provisoire",
    renewal="/compte/mot-de-passe",
    terms="/connexion/conditions",
)
