"""Identifiers for the post: accounts opened for guardians in the file, with a provisional password each.

In three steps, so that no password is lost and none is left lying about: made, put on paper, stored. A password is in
clear on the sheet only; what stops before the last step leaves a sheet that opens nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

import structlog
from tortoise.exceptions import IntegrityError

from hub.accounts.models import Account
from hub.accounts.names import fold, known_as, user_name
from hub.accounts.notices import Notices, What
from hub.accounts.paper import Writer, Written, letters
from hub.accounts.people import EMAIL
from hub.accounts.provisional import Hashed, Provisional
from hub.accounts.sessions import Sessions
from hub.core import french
from hub.core.base import Core
from hub.core.errors import Conflict
from hub.dossier.models import Guardian

MOVED = "Un de ces comptes a été ouvert ou changé entre-temps. Recommencez : rien n’a été enregistré."
log = structlog.get_logger(__name__)


class Renew(StrEnum):
    """Which of the accounts that exist get a new password."""

    none = "none"
    unused = "unused"  # those that nobody has come into yet
    all = "all"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One guardian's identifiers, to be put on paper. `account`: the one they have already, or None."""

    guardian: Guardian
    account: Account | None
    login: str
    email: str | None  # as the file has it, still to be confirmed; None when it is somebody's already
    made: Hashed


class Identifiers:
    """Makes them, and stores them once they are on paper."""

    def __init__(self, core: Core, provisional: Provisional, sessions: Sessions, notices: Notices) -> None:
        self._core = core
        self._provisional = provisional
        self._sessions = sessions
        self._notices = notices

    async def guardians(self, families: Sequence[str] = ()) -> list[Guardian]:
        """Those of the families with these numbers, or all who have no account; by family, the responsable first."""
        found = Guardian.filter(family__is_known=True).select_related("family").order_by("family__number", "rank", "id")
        return await (found.filter(family__number__in=list(families)) if families else found.filter(account=None))

    async def make(self, guardians: Sequence[Guardian], renew: Renew = Renew.none) -> list[Sheet]:
        """Sheets for those who have no account, and for those whom `renew` names. Nothing is stored yet."""
        ids = [guardian.id for guardian in guardians]
        accounts = {a.guardian_id: a for a in await Account.filter(guardian_id__in=ids)}
        wanted = [g for g in guardians if g.id not in accounts or _renews(accounts[g.id], renew)]
        made = await asyncio.gather(*(self._provisional.make() for _ in wanted))
        names, addresses = await self._taken()
        sheets = []
        for guardian, hashed in zip(wanted, made, strict=True):
            account = accounts.get(guardian.id)
            login = account.login if account else _login(guardian, names)
            email = account.email if account else _address(guardian, addresses)
            sheets.append(Sheet(guardian, account, login, email, hashed))
        return sheets

    async def _taken(self) -> tuple[set[str], set[str]]:
        """User names and addresses that are somebody's."""
        rows = await self._core.db.rows("SELECT login, email FROM account UNION SELECT login, email FROM registration")
        return {row["login"] for row in rows}, {row["email"] for row in rows}

    async def paper(self, sheets: Sequence[Sheet]) -> bytes:
        """The letters, a page each (PDF)."""
        town, zone = self._core.config.town, self._core.config.town.tz
        writer = Writer(
            name=town.name,
            address=town.address,
            phone=town.phone,
            colour=town.colour,
            url=self._core.config.web.url.rstrip("/"),
            day=french.whole_date(self._core.today()),
        )
        by = self._core.config.entrance.by
        return await asyncio.to_thread(letters, writer, [written(sheet, zone, by) for sheet in sheets])

    async def store(self, sheets: Sequence[Sheet], by: str) -> None:
        """What the sheets say holds from now on: all of them or none. Raises Conflict when somebody was faster."""
        try:
            async with self._core.db.transaction():
                await Account.bulk_create([self._opened(one) for one in sheets if not one.account], batch_size=500)
                for sheet in sheets:
                    if sheet.account:
                        await self._renew(sheet, sheet.account, by)
        except IntegrityError as error:
            raise Conflict(MOVED) from error
        log.info("identifiers given", count=len(sheets), by=by)

    def _opened(self, sheet: Sheet) -> Account:
        guardian = sheet.guardian
        return Account(
            guardian_id=guardian.id,
            family_id=guardian.family_id,
            login=sheet.login,
            name=f"{guardian.first_name} {guardian.last_name}".strip(),
            email=sheet.email,
            password=sheet.made.stored,
            must_change=True,
            provisional_until=sheet.made.given.until,
            created_at=self._core.clock.now(),
        )

    async def _renew(self, sheet: Sheet, account: Account, by: str) -> None:
        standing = Account.filter(id=account.id, password=account.password)
        if not await standing.update(
            password=sheet.made.stored, must_change=True, provisional_until=sheet.made.given.until
        ):
            raise Conflict(MOVED)
        await self._sessions.end_others(account)
        await self._notices.tell(account, What.provisional, by)


def written(sheet: Sheet, zone: tzinfo, by: str) -> Written:
    """What the letter says. `by`: what one logs in by in this town."""
    guardian, until = sheet.guardian, sheet.made.given.until.astimezone(zone).date()
    title = {"Mme": "Madame", "M.": "Monsieur"}.get(guardian.civility, "")
    town = f"{guardian.postcode} {guardian.city}".strip()
    label, login = known_as(by, sheet.login, sheet.email)
    return Written(
        name=" ".join(filter(None, [guardian.civility, guardian.first_name, guardian.last_name])),
        greeting=f"Bonjour {title} {guardian.last_name}," if title else "Bonjour,",
        address=tuple(filter(None, [*guardian.address.splitlines(), town])),
        family=guardian.family.number,
        login=login,
        password=sheet.made.given.password,
        until=french.whole_date(until),
        has_address=bool(sheet.email),
        label=label,
    )


def _renews(account: Account, renew: Renew) -> bool:
    is_unused = account.must_change or not account.password
    return renew is Renew.all or (renew is Renew.unused and is_unused)


def _login(guardian: Guardian, taken: set[str]) -> str:
    login = user_name(guardian.first_name, guardian.last_name, guardian.family.number, taken)
    taken.add(login)
    return login


def _address(guardian: Guardian, taken: set[str]) -> str | None:
    email = fold(guardian.email)
    if email in taken or not EMAIL.fullmatch(email):
        return None
    taken.add(email)
    return email
