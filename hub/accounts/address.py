"""Another e-mail address for an account.

asked ──link to the new address used──┐
      ──link to the old one used──────┴──> in force; the old address is told

An address that was never confirmed has no say. What is asked for never tells whether an address is taken: the page is
the same, and the mail goes to whoever has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from tortoise.exceptions import IntegrityError

from hub.accounts.models import Account, AccountLink, AddressChange
from hub.accounts.names import fold
from hub.accounts.notices import Notices, What
from hub.accounts.people import EMAIL
from hub.accounts.sessions import Visitor
from hub.core.base import Core
from hub.core.errors import Conflict, Forbidden, Invalid, NotFound, TooOften
from hub.core.tokens import digest, random_token
from hub.mail.failures import Event, failing, revive

PURPOSE = "address"
LIFE = timedelta(hours=24)
PER_HOUR = 10  # links: a form that mails whomever it is told to must not be a gun
INCOMPLETE = "Cette adresse e-mail n’est pas complète. Exemple : prenom.nom@exemple.fr"
TAKEN = "Cette adresse e-mail a déjà un compte."
TAKEN_SINCE = "Cette adresse est entre-temps devenue celle d’un autre compte. Demandez-en une autre."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What the person's page shows. `fails`: mail to the address in force comes back; `asked` "" without a change."""

    email: str
    is_verified: bool
    fails: bool
    by_service: bool
    asked: str = ""
    asked_at: datetime | None = None
    waits_for_old: bool = False
    waits_for_new: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link is about: to which address the account goes over, and whether it is that one which confirms."""

    address: str
    is_new: bool


class AddressChanges:
    """Asks for them, and carries them out."""

    def __init__(self, core: Core, notices: Notices) -> None:
        self._core = core
        self._notices = notices

    async def state(self, who: Visitor) -> State:
        """The address in force, and the change under way."""
        account = await Account.get(id=who.account)
        change = await AddressChange.get_or_none(account_id=who.account, created_at__gt=self._core.clock.now() - LIFE)
        email, is_verified = account.email or "", account.email_verified_at is not None
        return State(
            email=email,
            is_verified=is_verified,
            fails=bool(await failing(self._core, [email], only_hard=True)) if email else False,
            by_service=self._core.config.entrance.change_email == "service" and is_verified,
            asked=change.email if change else "",
            asked_at=change.created_at if change else None,
            waits_for_old=change is not None and is_verified and change.old_confirmed_at is None,
            waits_for_new=change is not None and change.new_confirmed_at is None,
        )

    async def ask(self, who: Visitor, typed: str) -> None:
        """A link to each address. Raises Invalid, TooOften, and Forbidden where the service changes addresses."""
        email, account = fold(typed)[:320], await Account.get(id=who.account)
        if self._core.config.entrance.change_email == "service" and account.email_verified_at:
            raise Forbidden("L’adresse e-mail se change auprès du service.")
        if not EMAIL.fullmatch(email):
            raise Invalid({"adresse": INCOMPLETE})
        if email == account.email and account.email_verified_at:
            raise Invalid({"adresse": "C’est déjà votre adresse."})
        async with self._core.db.transaction():
            await self._core.db.lock(f"address of {account.id}")
            await self._check_rate(account)
            await self._withdraw(account.id)
            await AddressChange.create(account_id=account.id, email=email, created_at=self._core.clock.now())
            await self._write_to_old(account, email)
            await self._write_to_new(account, email)

    async def cancel(self, who: Visitor) -> None:
        """Never mind."""
        async with self._core.db.transaction():
            await self._withdraw(who.account)

    async def look(self, token: str) -> Asked:
        """What a link that still works is about; nothing changes. Raises NotFound."""
        link, change = await self._usable(token)
        return Asked(change.email, link.email == change.email)

    async def confirm(self, token: str) -> bool:
        """One of the addresses confirms; whether the change is in force. Raises NotFound, and Conflict if it cannot."""
        link, _ = await self._usable(token)
        async with self._core.db.transaction():
            await self._core.db.lock(f"address of {link.account_id}")
            link, change = await self._usable(token)
            now, account = self._core.clock.now(), await Account.get(id=change.account_id)
            if not await AccountLink.filter(id=link.id, used_at=None).update(used_at=now):
                raise NotFound
            await revive(self._core, link.email, Event.confirmed, f"account {account.id}")
            if link.email == change.email:
                change.new_confirmed_at = now
            else:
                change.old_confirmed_at = now
            await change.save()
            if change.new_confirmed_at is None or (account.email_verified_at and change.old_confirmed_at is None):
                return False
            await self._tell_old(account, change.email)
            await self._put(account, change.email, TAKEN_SINCE)
        return True

    async def set(self, account: Account, typed: str, by: str) -> None:
        """The town vouches for another address, at once. Raises Invalid."""
        email = fold(typed)[:320]
        if not EMAIL.fullmatch(email):
            raise Invalid({"email": INCOMPLETE})
        if await Account.filter(email=email).exclude(id=account.id).exists():
            raise Invalid({"email": TAKEN})
        async with self._core.db.transaction():
            if email != account.email:
                await self._notices.tell(account, What.address, by)
            await revive(self._core, email, Event.vouched, by)
            await self._put(account, email, TAKEN)
        log.info("address changed by the town", account=account.id, by=by)

    async def forget(self) -> None:
        """Drop what was never confirmed. For the daily round."""
        since = self._core.clock.now() - LIFE
        await AddressChange.filter(created_at__lt=since).delete()
        await AccountLink.filter(purpose=PURPOSE, expires_at__lt=since).delete()

    async def _usable(self, token: str) -> tuple[AccountLink, AddressChange]:
        now = self._core.clock.now()
        link = await AccountLink.get_or_none(
            token=digest(token), purpose=PURPOSE, used_at=None, expires_at__gt=now
        ).select_related("account")
        change = await AddressChange.get_or_none(account_id=link.account_id) if link and link.account_id else None
        if (
            link is None
            or link.account is None
            or change is None
            or link.email not in (change.email, link.account.email)
        ):
            raise NotFound
        return link, change

    async def _check_rate(self, account: Account) -> None:
        since = self._core.clock.now() - timedelta(hours=1)
        lately = await AccountLink.filter(account_id=account.id, purpose=PURPOSE, created_at__gt=since).count()
        if lately >= PER_HOUR:
            raise TooOften("Vous avez demandé cela plusieurs fois déjà. Réessayez dans une heure.", 3600)

    async def _write_to_old(self, account: Account, email: str) -> None:
        if not account.email or not account.email_verified_at:
            return
        link = await self._link(account, account.email)
        context = self._context(link, email, is_new=False, both=True)
        await self._notices.post("address-confirm", account.email, account.name, context)

    async def _write_to_new(self, account: Account, email: str) -> None:
        """A link, or, to somebody who has that address for their own account, the news that it was asked for."""
        link = await self._link(account, email)
        owner = await Account.filter(email=email).exclude(id=account.id).first()
        if owner:
            await self._notices.post("address-taken", email, owner.name, {})
            return
        context = self._context(link, email, is_new=True, both=account.email_verified_at is not None)
        await self._notices.post("address-confirm", email, account.name, context)

    def _context(self, link: str, address: str, is_new: bool, both: bool) -> dict[str, object]:
        hours = int(LIFE.total_seconds() // 3600)
        return {"link": link, "address": address, "is_new": is_new, "both": both, "hours": hours}

    async def _link(self, account: Account, email: str) -> str:
        token, now = random_token(), self._core.clock.now()
        await AccountLink.create(
            token=digest(token),
            purpose=PURPOSE,
            account_id=account.id,
            email=email,
            created_at=now,
            expires_at=now + LIFE,
        )
        return f"{self._core.config.web.url.rstrip('/')}/adresse/{token}"

    async def _tell_old(self, account: Account, email: str) -> None:
        if account.email and account.email_verified_at and account.email != email:
            await self._notices.post("address-changed", account.email, account.name, {})

    async def _put(self, account: Account, email: str, taken: str) -> None:
        """In force; links sent to the former address open nothing any more. Part of the caller's transaction."""
        await self._withdraw(account.id)
        await AccountLink.filter(account_id=account.id, used_at=None).update(used_at=self._core.clock.now())
        try:
            async with self._core.db.transaction():
                await Account.filter(id=account.id).update(email=email, email_verified_at=self._core.clock.now())
        except IntegrityError as error:
            raise Conflict(taken) from error

    async def _withdraw(self, account: int) -> None:
        await AddressChange.filter(account_id=account).delete()
        links = AccountLink.filter(account_id=account, purpose=PURPOSE, used_at=None)
        await links.update(used_at=self._core.clock.now())
