"""Provisional passwords: made by the hub, given by the town or by letter, changed at the first login, or lapsed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from hub.accounts.factor import holder_of
from hub.accounts.models import Account, Agent
from hub.accounts.notices import Notices, What
from hub.accounts.passwords import Passwords
from hub.accounts.policy import password_fault
from hub.accounts.sessions import Sessions, Visitor
from hub.accounts.words import WORDS
from hub.core.base import Core
from hub.core.errors import Conflict, Invalid

LENGTH = 4  # words
SAME = "Choisissez un autre mot de passe que le mot de passe provisoire."
log = structlog.get_logger(__name__)


def readable_password() -> str:
    """One that can be read out and typed on a phone: "tilleul-galet-hibou-moulin-427".

    Four of some 680 words and three digits: 47 bits. Few for a secret that may be tried offline, and enough here: it
    is stored as argon2id, every try costs the hub 60 ms and is throttled (see throttle.py), and it lapses. Even with
    twenty thousand letters on their way, guesses as fast as the hub can check them need years to hit one.
    """
    return "-".join([*(secrets.choice(WORDS) for _ in range(LENGTH)), str(100 + secrets.randbelow(900))])


@dataclass(frozen=True, slots=True)
class Given:
    """A provisional password, shown to whoever hands it over and kept nowhere. `until`: when it lapses."""

    password: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Hashed:
    """The same, with what is stored of it."""

    given: Given
    stored: str


class Provisional:
    """Gives them, and takes them back when they are changed."""

    def __init__(
        self,
        core: Core,
        passwords: Passwords,
        sessions: Sessions,
        notices: Notices,
    ) -> None:
        self._core = core
        self._passwords = passwords
        self._sessions = sessions
        self._notices = notices

    async def make(self) -> Hashed:
        """A fresh one, of nobody yet."""
        password, days = readable_password(), self._core.config.security.provisional_days
        until = self._core.clock.now() + timedelta(days=days)
        return Hashed(Given(password, until), await self._passwords.hash(password))

    async def give(self, who: Account | Agent, by: str) -> Given:
        """In place of the password there was, which works no more. Everybody who is in with that one is out."""
        made = await self.make()
        async with self._core.db.transaction():
            await (
                type(who)
                .filter(id=who.id)
                .update(password=made.stored, must_change=True, provisional_until=made.given.until)
            )
            await self._sessions.end_others(who)
            await self._notices.tell(who, What.provisional, by)
        log.info("provisional password given", to=who.id, agent=isinstance(who, Agent), by=by)
        return made.given

    async def replace(self, who: Visitor, password: str) -> None:
        """The password of the person's own choice. Raises Invalid, and Conflict when it is chosen already."""
        holder, security = await holder_of(who), self._core.config.security
        known = (*holder.name.split(), holder.login if isinstance(holder, Account) else "")
        fault = password_fault(password, security.password_length, security.password_mixed, known)
        if fault:
            raise Invalid({"mot_de_passe": fault})
        if await self._passwords.verify(holder.password, password):
            raise Invalid({"mot_de_passe": SAME})
        stored = await self._passwords.hash(password)
        async with self._core.db.transaction():
            waiting = type(holder).filter(id=holder.id, must_change=True, password=holder.password)
            if not await waiting.update(password=stored, must_change=False, provisional_until=None):
                raise Conflict("Votre mot de passe a déjà été changé.")
            await self._sessions.end_others(who, who.session)
