"""Making accounts: guardians' and agents'."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hub.accounts.models import Account, Agent, Registration
from hub.accounts.names import fold, kept, login_fault, user_name
from hub.accounts.passwords import Passwords
from hub.core.base import Core
from hub.core.errors import Invalid
from hub.dossier.matching import folded
from hub.dossier.models import Family, Guardian

TO_FOUND = "Pour en ouvrir un nouveau : --new-dossier"
EMAIL = re.compile(r"[^@\s<>()\[\]\\,;:\"]+@[^@\s<>()\[\]\\,;:\"]+\.[^@\s<>()\[\]\\,;:\"]+")


@dataclass(frozen=True, slots=True)
class NewGuardian:
    """What it takes to open a guardian's account."""

    family_number: str
    first_name: str
    last_name: str
    login: str
    email: str
    password: str
    civility: str = ""


async def free_name(first_name: str, last_name: str, number: str) -> str:
    """A user name for who never chose one: an account has one even where nobody logs in by it. `number`: of the
    dossier. Within a transaction that nobody else opens accounts beside."""
    alike = user_name(first_name, last_name, number, ())
    taken = {account.login for account in await Account.filter(login__startswith=alike)}
    taken |= {waiting.login for waiting in await Registration.filter(login__startswith=alike)}
    return user_name(first_name, last_name, number, taken)


async def _in_the_file(family: Family, new: NewGuardian) -> Guardian | None:
    """The guardian of that name whom the town's software knows already, and who has no account."""
    free = await Guardian.filter(family=family, account=None).order_by("rank", "id")
    asked = folded(new.first_name), folded(new.last_name)
    return next((one for one in free if (folded(one.first_name), folded(one.last_name)) == asked), None)


class People:
    """Opens accounts."""

    def __init__(self, core: Core, passwords: Passwords) -> None:
        self._core = core
        self._passwords = passwords

    async def add_guardian(self, new: NewGuardian, may_found: bool = True) -> Account:
        """Open an account whose address counts as verified (the service vouches). Raises Invalid.

        `may_found`: a family of which nobody knew is made; else its number is a slip of the pen.
        """
        login, email = kept(new.login), fold(new.email)
        await self._check_guardian(new, login, email)
        if not may_found and not await Family.exists(number=new.family_number.strip()):
            raise Invalid({"dossier": f"Aucun dossier ne porte le numéro {new.family_number.strip()}. {TO_FOUND}"})
        password, now = await self._passwords.hash(new.password), self._core.clock.now()
        async with self._core.db.transaction():
            family, _ = await Family.get_or_create(
                number=new.family_number.strip(), defaults={"name": new.last_name.strip(), "created_at": now}
            )
            guardian = await _in_the_file(family, new) or await Guardian.create(
                family=family,
                rank=1 + await Guardian.filter(family=family).count(),
                civility=new.civility,
                first_name=new.first_name.strip(),
                last_name=new.last_name.strip(),
            )
            return await Account.create(
                guardian=guardian,
                family=family,
                login=login,
                name=f"{guardian.first_name} {guardian.last_name}",
                email=email,
                email_verified_at=now,
                password=password,
                created_at=now,
            )

    async def add_agent(self, name: str, email: str, password: str = "", aliases: tuple[str, ...] = ()) -> Agent:
        """An agent, or the same one with a new name, aliases or password; who had left is back. Raises Invalid."""
        folded = fold(email)
        if not EMAIL.fullmatch(folded):
            raise Invalid({"email": "Cette adresse e-mail n’est pas complète."})
        if password:
            self._check_password(password)
        said: dict[str, Any] = {"name": name.strip(), "aliases": [fold(alias) for alias in aliases], "left_at": None}
        if password:
            chosen = await self._passwords.hash(password)
            said |= {"password": chosen, "must_change": False, "provisional_until": None}
        # only these columns: every process that starts comes by here, while the agent may be setting up their factor
        agent, is_new = await Agent.get_or_create(email=folded, defaults={"created_at": self._core.clock.now(), **said})
        if not is_new:
            await agent.update_from_dict(said).save(update_fields=list(said))
        return agent

    async def _check_guardian(self, new: NewGuardian, login: str, email: str) -> None:
        errors: dict[str, str] = {}
        if not new.family_number.strip():
            errors["dossier"] = "Indiquez le numéro de dossier."
        if not new.last_name.strip():
            errors["nom"] = "Indiquez le nom."
        if fault := login_fault(login):
            errors["login"] = fault
        elif await Account.exists(login=login):
            errors["login"] = "Ce nom d’utilisateur est déjà pris."
        if not EMAIL.fullmatch(email):
            errors["email"] = "Cette adresse e-mail n’est pas complète."
        elif await Account.exists(email=email):
            errors["email"] = "Cette adresse e-mail a déjà un compte."
        if errors:
            raise Invalid(errors)
        self._check_password(new.password)

    def _check_password(self, password: str) -> None:
        shortest = self._core.config.security.password_length
        if len(password) < shortest:
            raise Invalid({"password": f"Le mot de passe doit avoir au moins {shortest} caractères."})
