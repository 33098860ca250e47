"""Coming in: a name and a password, checked without ever saying which of the two was wrong."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tortoise.expressions import Q

from hub.accounts import throttle
from hub.accounts.models import Account, Agent, LoginFailure, Registration
from hub.accounts.passwords import Passwords
from hub.core.base import Core
from hub.core.db import instant, marks
from hub.core.errors import Invalid, TooOften
from hub.core.tokens import digest

LONGEST = 120  # characters of a name that are looked at: no login is longer
WRONG = "Nom d’utilisateur ou mot de passe incorrect. Vérifiez les majuscules, puis réessayez."

NOT_ACTIVATED = (
    "Votre compte n’est pas encore activé : suivez le lien que nous vous avons envoyé par e-mail. "
    "Rien reçu ? « Mot de passe oublié » vous le renvoie."
)


class Login:
    """Lets guardians and agents in."""

    def __init__(self, core: Core, passwords: Passwords) -> None:
        self._core = core
        self._passwords = passwords

    async def guardian(self, login: str, password: str, address: str) -> Account:
        """The account of `login` (a user name or an e-mail). Raises Invalid or TooOften."""
        folded = fold(login)[:LONGEST]
        by = Q(email=folded) if "@" in folded else Q(login=folded)
        account = await Account.get_or_none(by)
        waiting = None if account else await Registration.get_or_none(by, expires_at__gt=self._core.clock.now())
        known = account or waiting
        await self._check(folded, address, known.password if known else "", password)
        if account is None:
            raise Invalid({"mot_de_passe": NOT_ACTIVATED})
        return account

    async def agent(self, email: str, password: str, address: str) -> Agent:
        """The agent of that e-mail. Raises Invalid or TooOften."""
        folded = fold(email)[:LONGEST]
        agent = await Agent.get_or_none(email=folded)
        await self._check(f"agent {folded}", address, agent.password if agent else "", password)
        assert agent is not None
        return agent

    async def _check(self, who: str, address: str, stored: str, password: str) -> None:
        """A try is counted before it is judged: any number at once get no more guesses than one by one."""
        buckets = Buckets(who, throttle.network(address))
        attempt, slow = await self._count(buckets)
        await asyncio.sleep(slow)
        if not await self._passwords.verify(stored, password):
            raise Invalid({"mot_de_passe": WRONG})
        await LoginFailure.filter(id__in=attempt).delete()
        await LoginFailure.filter(bucket=buckets.pair).delete()

    async def _count(self, buckets: Buckets) -> tuple[list[int], float]:
        """Note the try; the ids of its rows, and by how much to hold back the answer. Raises TooOften."""
        now, security = self._core.clock.now(), self._core.config.security
        async with self._core.db.transaction():
            await self._core.db.lock(buckets.pair)
            found = await self._failures(buckets)
            wait = throttle.wait(
                found.get(buckets.pair, throttle.NONE),
                found.get(buckets.address, throttle.NONE),
                now,
                security.login_free_failures,
            )
            if wait:
                raise TooOften(f"Trop d’essais. Vous pourrez réessayer dans {spoken(wait)}.", wait)
            rows = [await LoginFailure.create(bucket=bucket, at=now) for bucket in buckets.all]
        return [row.id for row in rows], throttle.delay(found.get(buckets.login, throttle.NONE))

    async def _failures(self, buckets: Buckets) -> dict[str, throttle.Failures]:
        since = self._core.clock.now() - timedelta(seconds=self._core.config.security.login_window)
        rows = await self._core.db.rows(
            "SELECT bucket, COUNT(*) AS count, MAX(at) AS last FROM login_failure "
            f"WHERE bucket IN ({marks(buckets.all)}) AND at > ? GROUP BY bucket",
            *buckets.all,
            since,
        )
        return {row["bucket"]: throttle.Failures(row["count"], instant(row["last"])) for row in rows}

    async def forget(self) -> int:
        """Drop failures that no longer count. For the daily round."""
        since = self._core.clock.now() - timedelta(seconds=self._core.config.security.login_window)
        return await LoginFailure.filter(at__lt=since).delete()


class Buckets:
    """The digests under which a try is counted."""

    def __init__(self, who: str, network: str) -> None:
        self.login = digest(f"login {who}")
        self.address = digest(f"address {network}")
        self.pair = digest(f"pair {who} {network}")

    @property
    def all(self) -> tuple[str, str, str]:
        return self.login, self.address, self.pair


def fold(name: str) -> str:
    """How a login or an address is compared: trimmed, lower case."""
    return name.strip().casefold()


def spoken(seconds: int) -> str:
    """A wait as people say it."""
    if seconds < 60:
        return f"{seconds} seconde{'s' if seconds > 1 else ''}"
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'s' if minutes > 1 else ''}"
