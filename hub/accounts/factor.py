"""The second factor: an authenticator app's codes (TOTP, RFC 6238), and recovery codes for when the app is gone.

A secret is sealed at rest. Until it is confirmed by a first code it is nowhere but, sealed, in the form that shows it.
A recovery code is stored as a signature with the hub's secret: whoever has the database alone can neither use nor
guess one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from hub.accounts import codes
from hub.accounts.login import Login
from hub.accounts.models import Account, Agent, RecoveryCode
from hub.accounts.notices import Notices, What
from hub.accounts.passwords import Passwords
from hub.accounts.sessions import Visitor
from hub.core.base import Core
from hub.core.errors import Conflict, Invalid
from hub.core.seal import SealBroken

Holder = Account | Agent
ENROLMENT = 3600  # seconds in which a new secret has to be confirmed
SEAL = "totp"
EMPTY = "Indiquez le code à six chiffres que montre votre application."
WRONG = "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant : il change toutes les 30 secondes."
WRONG_PASSWORD = "Ce n’est pas votre mot de passe."  # noqa: S105 (a sentence)
TOO_LATE = "Cette page est restée ouverte trop longtemps : voici un nouveau code à photographier."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret to be put into an app. `sealed` travels in the form; `uri` is what the QR code says."""

    secret: str
    sealed: str
    uri: str


@dataclass(frozen=True, slots=True)
class State:
    """Whether somebody has a second factor, and how many recovery codes are left to them."""

    is_on: bool
    codes_left: int


class SecondFactor:
    """Sets it up, checks it, takes it away."""

    def __init__(self, core: Core, login: Login, passwords: Passwords, notices: Notices) -> None:
        self._core = core
        self._login = login
        self._passwords = passwords
        self._notices = notices

    async def state(self, who: Visitor) -> State:
        """As the person's own page shows it."""
        holder = await holder_of(who)
        left = await RecoveryCode.filter(used_at=None, **_owner(holder)).count()
        return State(bool(holder.totp), left)

    async def begin(self, who: Visitor, sealed: str = "") -> Enrolment:
        """A new secret, or the one that `sealed` holds. Raises Invalid when that is too old."""
        holder = await holder_of(who)
        secret = self._opened(holder, sealed) if sealed else codes.new_secret()
        name = holder.login if isinstance(holder, Account) else holder.email
        return Enrolment(
            secret=secret,
            sealed=sealed or self._core.sealer.seal(_pending(holder), secret),
            uri=codes.uri(secret, name, self._core.config.town.name),
        )

    async def enrol(self, who: Visitor, sealed: str, code: str) -> list[str]:
        """The app shows the right code: from now on it is asked for. The recovery codes, which are nowhere else.

        Raises Invalid, and Conflict when there is a second factor already.
        """
        holder = await holder_of(who)
        secret, now = self._opened(holder, sealed), self._core.clock.now()
        step = codes.step_of(secret, codes.plain(code), now)
        if not step:
            raise Invalid({"code": WRONG if codes.plain(code) else EMPTY})
        sealed_secret = self._core.sealer.seal(SEAL, secret)
        async with self._core.db.transaction():
            if not await _table(holder).filter(id=holder.id, totp="").update(totp=sealed_secret, totp_step=step):
                raise Conflict("La double authentification est déjà activée.")
            fresh = await self._renewed(holder)
            await self._notices.tell(holder, What.factor_on)
        return fresh

    async def check(self, who: Visitor, typed: str, address: str) -> None:
        """A code of the app, or a recovery code, which is then used up. Raises Invalid or TooOften."""
        holder, code = await holder_of(who), codes.plain(typed)
        if not code:
            raise Invalid({"code": EMPTY})
        if not await self._login.prove(holder, address, partial(self._accepts, holder, code)):
            raise Invalid({"code": WRONG})

    async def confirm_password(self, who: Visitor, password: str, address: str) -> None:
        """Somebody who is in shows that it is still they. Raises Invalid or TooOften."""
        holder = await holder_of(who)
        fits = partial(self._passwords.verify, holder.password, password)
        if not password or not await self._login.prove(holder, address, fits):
            raise Invalid({"mot_de_passe": WRONG_PASSWORD})

    async def renew(self, who: Visitor) -> list[str]:
        """Ten new recovery codes, for who has just passed `check`; the former ones are worth nothing."""
        async with self._core.db.transaction():
            return await self._renewed(await holder_of(who))

    async def turn_off(self, who: Visitor) -> None:
        """For who has just passed `confirm_password` and `check`."""
        await self.reset(await holder_of(who))

    async def reset(self, holder: Holder, by: str = "") -> bool:
        """Take it away, by its owner or (`by`) by the town for them. Whether there was one."""
        async with self._core.db.transaction():
            had = await _table(holder).filter(id=holder.id).exclude(totp="").update(totp="")
            await RecoveryCode.filter(**_owner(holder)).delete()
            if had:
                await self._notices.tell(holder, What.factor_off, by)
        log.info("second factor taken away", holder=_owner(holder), by=by or "its owner")
        return bool(had)

    async def _accepts(self, holder: Holder, code: str) -> bool:
        return await self._accepts_totp(holder, code) if codes.is_totp(code) else await self._uses_up(holder, code)

    async def _accepts_totp(self, holder: Holder, code: str) -> bool:
        """Each step counts once, whoever looked over the shoulder (RFC 6238 §5.2): the update decides."""
        if not holder.totp:
            return False
        try:
            secret = self._core.sealer.open(SEAL, holder.totp)
        except SealBroken:  # the hub has another secret than when it was sealed: only taking it away helps
            log.error("a second factor cannot be read", holder=_owner(holder))
            return False
        step = codes.step_of(secret, code, self._core.clock.now())
        newer = _table(holder).filter(id=holder.id, totp=holder.totp, totp_step__lt=step)
        return bool(step) and bool(await newer.update(totp_step=step))

    async def _uses_up(self, holder: Holder, code: str) -> bool:
        unused = RecoveryCode.filter(code=self._signed(holder, code), used_at=None, **_owner(holder))
        return bool(await unused.update(used_at=self._core.clock.now()))

    async def _renewed(self, holder: Holder) -> list[str]:
        """Part of the caller's transaction."""
        await RecoveryCode.filter(**_owner(holder)).delete()
        fresh = codes.new_recovery_codes()
        rows = [RecoveryCode(code=self._signed(holder, codes.plain(code)), **_owner(holder)) for code in fresh]
        await RecoveryCode.bulk_create(rows)
        return fresh

    def _signed(self, holder: Holder, code: str) -> str:
        return self._core.signer.sign("recovery code", f"{_owner(holder)} {code}")

    def _opened(self, holder: Holder, sealed: str) -> str:
        try:
            return self._core.sealer.open(_pending(holder), sealed, ENROLMENT)
        except SealBroken as broken:
            raise Invalid({"": TOO_LATE}) from broken


async def holder_of(who: Visitor) -> Holder:
    """The account or the agent behind a session."""
    return await (Account.get(id=who.account) if who.account else Agent.get(id=who.agent))


def _table(holder: Holder) -> type[Account] | type[Agent]:
    return Account if isinstance(holder, Account) else Agent


def _owner(holder: Holder) -> dict[str, Any]:
    return {"account_id": holder.id} if isinstance(holder, Account) else {"agent_id": holder.id}


def _pending(holder: Holder) -> str:
    """What a secret that is not confirmed yet is sealed for: nobody else's form can bring it."""
    return f"new totp {_owner(holder)}"
