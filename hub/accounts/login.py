"""Coming in: a name and a password, checked without ever saying which of the two was wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from tortoise.expressions import Q

from hub.accounts import throttle
from hub.accounts.models import Account, Agent, LoginFailure, Registration
from hub.accounts.names import entered
from hub.accounts.names import fold as fold
from hub.accounts.passwords import Passwords
from hub.core.base import Core
from hub.core.db import instant, marks
from hub.core.errors import Invalid, TooOften
from hub.core.tokens import digest

LONGEST = 120  # characters of a name that are looked at: no login is longer
WRONG = "{what} ou mot de passe incorrect. Vérifiez les majuscules, puis réessayez."
LAPSED = "Votre mot de passe provisoire n’est plus valable. Demandez-en un nouveau à la mairie."
DAY = timedelta(days=1)  # over which tries at a second factor are counted


class Lapsed(Invalid):
    """The password is the right one, but it was provisional and its time is over."""


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
        """The account of `login` (a user name or an e-mail). Raises Invalid (Lapsed) or TooOften."""
        folded = entered(login)[:LONGEST]
        by = Q(email=folded) if "@" in folded else Q(login=folded)
        account = await Account.get_or_none(by)
        if account and account.email_verified_at and "@" not in folded and self._core.config.entrance.by == "email":
            account = None  # a user name is for who was given one by letter and has no address yet
        waiting = None if account else await Registration.get_or_none(by, expires_at__gt=self._core.clock.now())
        known = account or waiting
        await self._check(folded, address, known.password if known else "", password)
        if account is None:
            raise Invalid({"mot_de_passe": NOT_ACTIVATED})
        self._check_lapse(account)
        return account

    async def agent(self, email: str, password: str, address: str) -> Agent:
        """The agent of that e-mail. Raises Invalid (Lapsed) or TooOften."""
        folded = fold(email)[:LONGEST]
        agent = await Agent.get_or_none(email=folded)
        await self._check(f"agent {folded}", address, agent.password if agent else "", password)
        assert agent is not None
        self._check_lapse(agent)
        return agent

    async def prove(self, who: Account | Agent, address: str, judge: Callable[[], Awaitable[bool]]) -> bool:
        """Whether `judge` accepts what somebody gives who is in already: a password again, a code. Raises TooOften.

        Whoever tries has come so far by the password, so the wait holds from every address: here nobody can be locked
        out by a stranger. Over a day of it six digits are guessed in one case of thousands.
        """
        kind = "account" if isinstance(who, Account) else "agent"
        buckets = Buckets(f"proof {kind} {who.id}", throttle.network(address), anywhere=True)
        return await self._attempt(buckets, self._core.clock.now() - DAY, judge)

    async def _check(self, who: str, address: str, stored: str, password: str) -> None:
        judge = partial(self._passwords.verify, stored, password)
        if not await self._attempt(Buckets(who, throttle.network(address)), self._window(), judge):
            what = "Adresse e-mail" if self._core.config.entrance.by == "email" else "Nom d’utilisateur"
            raise Invalid({"mot_de_passe": WRONG.format(what=what)})

    async def _attempt(self, buckets: Buckets, since: datetime, judge: Callable[[], Awaitable[bool]]) -> bool:
        """A try is counted before it is judged: any number at once get no more guesses than one by one."""
        attempt, slow = await self._count(buckets, since)
        await asyncio.sleep(slow)
        if not await judge():
            return False
        await LoginFailure.filter(id__in=attempt).delete()
        await LoginFailure.filter(bucket=buckets.pair).delete()
        return True

    async def _count(self, buckets: Buckets, since: datetime) -> tuple[list[int], float]:
        """Note the try; the ids of its rows, and by how much to hold back the answer. Raises TooOften."""
        now, security = self._core.clock.now(), self._core.config.security
        async with self._core.db.transaction():
            await self._core.db.lock(buckets.pair)
            found = await self._failures(buckets, since)
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

    async def _failures(self, buckets: Buckets, since: datetime) -> dict[str, throttle.Failures]:
        rows = await self._core.db.rows(
            "SELECT bucket, COUNT(*) AS count, MAX(at) AS last FROM login_failure "
            f"WHERE bucket IN ({marks(buckets.all)}) AND at > ? GROUP BY bucket",
            *buckets.all,
            since,
        )
        return {row["bucket"]: throttle.Failures(row["count"], instant(row["last"])) for row in rows}

    async def forget(self) -> int:
        """Drop failures that no longer count. For the daily round."""
        return await LoginFailure.filter(at__lt=min(self._window(), self._core.clock.now() - DAY)).delete()

    def _window(self) -> datetime:
        return self._core.clock.now() - timedelta(seconds=self._core.config.security.login_window)

    def _check_lapse(self, who: Account | Agent) -> None:
        if who.must_change and who.provisional_until and who.provisional_until <= self._core.clock.now():
            raise Lapsed({"mot_de_passe": LAPSED})


class Buckets:
    """The digests under which a try is counted."""

    def __init__(self, who: str, network: str, anywhere: bool = False) -> None:
        self.login = "" if anywhere else digest(f"login {who}")  # the pair refuses already: nothing left to slow
        self.address = digest(f"address {network}")
        self.pair = digest(f"pair {who}" if anywhere else f"pair {who} {network}")

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.login, self.address, self.pair)))


def spoken(seconds: int) -> str:
    """A wait as people say it."""
    if seconds < 60:
        return f"{seconds} seconde{'s' if seconds > 1 else ''}"
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'s' if minutes > 1 else ''}"
