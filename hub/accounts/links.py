"""Links sent by mail: random, their digest in the database, once, and not for ever. A GET only shows; a POST uses."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any

from hub.accounts.models import AccountLink
from hub.core.base import Core
from hub.core.errors import NotFound
from hub.core.tokens import digest, random_token


class Purpose(StrEnum):
    """What a link is for, and the path it stands under."""

    activate = "activate"
    reset = "reset"
    desk = "desk"
    first = "first"
    address = "address"


PATHS = {
    Purpose.activate: "activation",
    Purpose.reset: "nouveau-mot-de-passe",
    Purpose.desk: "bureau/nouveau-mot-de-passe",
    Purpose.first: "nouveau-mot-de-passe",
    Purpose.address: "adresse",
}


class Links:
    """Makes, finds and uses them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def make(self, purpose: Purpose, life: timedelta, email: str, **owner: Any) -> str:
        """A new link, whole; it is nowhere else. `owner`: the id of the account, agent, guardian or registration."""
        token, now = random_token(), self._core.clock.now()
        await AccountLink.create(
            token=digest(token), purpose=purpose, email=email, created_at=now, expires_at=now + life, **owner
        )
        return f"{self._core.config.web.url.rstrip('/')}/{PATHS[purpose]}/{token}"

    async def usable(self, token: str, *purposes: Purpose) -> AccountLink:
        """The link behind a token that still works. Raises NotFound."""
        found = await AccountLink.get_or_none(
            token=digest(token), purpose__in=purposes, used_at=None, expires_at__gt=self._core.clock.now()
        )
        if found is None:
            raise NotFound
        return found

    async def use(self, token: str, *purposes: Purpose) -> AccountLink:
        """The same, used up: of two at once one wins. Part of the caller's transaction. Raises NotFound."""
        link = await self.usable(token, *purposes)
        if not await AccountLink.filter(id=link.id, used_at=None).update(used_at=self._core.clock.now()):
            raise NotFound
        return link

    async def void(self, purpose: Purpose, **owner: Any) -> None:
        """Make the unused links of an owner useless. Part of the caller's transaction."""
        await AccountLink.filter(purpose=purpose, used_at=None, **owner).update(used_at=self._core.clock.now())

    async def forget(self) -> None:
        """Drop those that lapsed some days ago. For the daily round."""
        await AccountLink.filter(expires_at__lt=self._core.clock.now() - timedelta(days=7)).delete()
