"""A password that was forgotten, never given, or is to be another one.

"Mot de passe oublié" answers everybody alike; what it did stands in a mail to the owner of the address.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from tortoise.exceptions import IntegrityError

from hub.accounts.attempts import Attempts
from hub.accounts.factor import holder_of
from hub.accounts.links import Links, Purpose
from hub.accounts.models import Account, Agent
from hub.accounts.names import entered, fold, known_as
from hub.accounts.passwords import Passwords
from hub.accounts.people import free_name
from hub.accounts.policy import password_fault
from hub.accounts.registration import Registrations
from hub.accounts.sessions import Sessions, Visitor
from hub.core.base import Core
from hub.core.errors import Invalid, NotFound
from hub.core.tokens import random_token
from hub.dossier.models import Guardian
from hub.mail.failures import Event, revive
from hub.mail.letters import Envelope, Letters
from hub.mail.outbox import Outbox

FREE_LETTERS = 3  # letters about one name before the next has to wait
FREE_ADDRESS = 12  # askings from one network
FREE_GUESSES = 5  # wrong passwords given as the present one
ALIKE = 0.4  # seconds within which everybody is answered: a name that exists takes longer to serve
BOTH = (Purpose.reset, Purpose.first)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose password a link is about. `is_first`: there is no account yet, the link opens it."""

    name: str
    login: str
    email: str | None
    is_first: bool


class Renewals:
    """Gives new passwords."""

    def __init__(
        self,
        core: Core,
        passwords: Passwords,
        links: Links,
        sessions: Sessions,
        registrations: Registrations,
        letters: Letters,
        outbox: Outbox,
    ) -> None:
        self._core = core
        self._passwords = passwords
        self._links = links
        self._sessions = sessions
        self._registrations = registrations
        self._letters = letters
        self._outbox = outbox
        self._attempts = Attempts(core)

    async def ask(self, name: str, address: str) -> None:
        """Send a link to the owner of a user name or an address, if there is one. Raises TooOften.

        `address`: of the visitor's network.
        """
        await self._alike("name", entered(name), address, self._send)

    async def ask_for_desk(self, email: str, address: str) -> None:
        """The same for an agent who comes in at the desk. Raises TooOften."""
        await self._alike("agent", fold(email), address, self._send_to_agent)

    async def owner(self, token: str) -> Owner:
        """Whose password the link is about. Raises NotFound."""
        link = await self._links.usable(token, *BOTH)
        if link.account_id:
            account = await Account.get(id=link.account_id)
            return Owner(account.name, account.login, account.email, is_first=False)
        guardian = await Guardian.get(id=link.guardian_id)
        name = f"{guardian.first_name} {guardian.last_name}"
        await guardian.fetch_related("family")
        login = await free_name(guardian.first_name, guardian.last_name, guardian.family.number)
        return Owner(name, login, link.email, is_first=True)

    async def renew(self, token: str, password: str, again: str) -> Account:
        """Set the password; every session ends. Raises NotFound, or Invalid and then the link still works."""
        owner = await self.owner(token)
        self._check(password, again, (*owner.name.split(), owner.login))
        hashed = await self._passwords.hash(password)
        async with self._core.db.transaction():
            link = await self._links.use(token, *BOTH)
            if link.account_id:
                account = await self._set(await Account.get(id=link.account_id), hashed, proven=link.email)
            else:
                account = await self._open(await Guardian.get(id=link.guardian_id), link.email, owner.login, hashed)
            await revive(self._core, link.email, Event.confirmed, f"account {account.id}")
        await self._sessions.end_others(account)
        return account

    async def agent(self, token: str) -> Agent:
        """The agent whose password a link is about. Raises NotFound."""
        link = await self._links.usable(token, Purpose.desk)
        return await Agent.get(id=link.agent_id)

    async def renew_at_desk(self, token: str, password: str, again: str) -> None:
        """The same as `renew` for an agent; their second factor stays. Raises NotFound, Invalid."""
        agent = await self.agent(token)
        self._check(password, again, (*agent.name.split(), agent.email))
        hashed = await self._passwords.hash(password)
        async with self._core.db.transaction():
            await self._links.use(token, Purpose.desk)
            await self._set_agent(agent, hashed)
        await self._sessions.end_others(agent)

    async def invite(self, agent: Agent, by: str) -> None:
        """To an agent whom the administrator `by` has added: a link to choose a password by. Part of the caller's
        transaction."""
        hours = self._core.config.registration.activation_hours
        link = await self._links.make(Purpose.desk, timedelta(hours=hours), agent.email, agent_id=agent.id)
        await self._write("agent-welcome", agent.email, agent.name, {"link": link, "by": by, "hours": hours})

    async def confirm(self, who: Visitor, present: str) -> None:
        """Somebody who is in shows that it is still they. Raises Invalid, or TooOften for who guesses."""
        holder = await holder_of(who)
        about = f"{'account' if who.account else 'agent'} {holder.id}"
        await self._attempts.count("password of", about, free=FREE_GUESSES)
        if not await self._passwords.verify(holder.password, present):
            raise Invalid({"actuel": "Ce n’est pas votre mot de passe actuel."})
        await self._attempts.forget("password of", about)

    async def change(self, who: Visitor, password: str, again: str) -> None:
        """Another password, for who has just passed `confirm`; every other session ends. Raises Invalid."""
        holder = await holder_of(who)
        login = holder.login if isinstance(holder, Account) else holder.email
        self._check(password, again, (*holder.name.split(), login))
        hashed = await self._passwords.hash(password)
        async with self._core.db.transaction():
            if isinstance(holder, Account):
                await self._set(holder, hashed)
            else:
                await self._set_agent(holder, hashed)
            await self._sessions.end_others(who, keep=who.session)

    async def _alike(self, what: str, name: str, address: str, send: Callable[[str], Awaitable[None]]) -> None:
        """Counted by name and by network, and answered no sooner for a name that does not exist."""
        begun = time.monotonic()
        await self._attempts.count("renewal of", f"{what} {name}", free=FREE_LETTERS)
        await self._attempts.count("renewal from", f"address {address}", free=FREE_ADDRESS)
        await send(name)
        await asyncio.sleep(max(0.0, ALIKE - (time.monotonic() - begun)))

    async def _send_to_agent(self, email: str) -> None:
        """To an agent who was given a password once; whoever only answers mail has no need of the desk."""
        agent = await Agent.get_or_none(email=email, left_at=None)
        if agent is None or not agent.password:
            return
        hours = self._core.config.entrance.reset_hours
        async with self._core.db.transaction():
            link = await self._links.make(Purpose.desk, timedelta(hours=hours), email, agent_id=agent.id)
            await self._write("reset-password", email, agent.name, {"link": link, "login": email, "hours": hours})

    async def _set_agent(self, agent: Agent, hashed: str) -> None:
        await Agent.filter(id=agent.id).update(password=hashed, must_change=False, provisional_until=None)
        await self._links.void(Purpose.desk, agent_id=agent.id)
        await self._write("password-changed", agent.email, agent.name, {"login": agent.email})

    async def _send(self, name: str) -> None:
        """To an account; else to a guardian of the file who has none; else the activation link once more."""
        async with self._core.db.transaction():
            known = Account.get_or_none(email=name) if "@" in name else Account.get_or_none(login=name)
            account = await known
            if account is not None:
                if account.email:
                    await self._send_reset(account, account.email)
            elif "@" in name and not await self._send_first(name):
                await self._registrations.remind(name)

    async def _send_reset(self, account: Account, email: str) -> None:
        """To an address that was confirmed, or to the file's where the first password may come by it."""
        if account.email_verified_at is None and not self._core.config.entrance.first_password:
            return
        life = timedelta(hours=self._core.config.entrance.reset_hours)
        link = await self._links.make(Purpose.reset, life, email, account_id=account.id)
        context = {"link": link, "login": self._known(account), "hours": self._core.config.entrance.reset_hours}
        await self._write("reset-password", email, account.name, context)

    async def _send_first(self, email: str) -> bool:
        """Whether exactly one guardian without an account bears that address in the file."""
        if not self._core.config.entrance.first_password:
            return False
        guardians = await Guardian.filter(email=email, family__is_known=True, account__id=None).limit(2)
        if len(guardians) != 1:
            return False
        [guardian] = guardians
        hours = self._core.config.registration.activation_hours
        link = await self._links.make(Purpose.first, timedelta(hours=hours), email, guardian_id=guardian.id)
        name = f"{guardian.first_name} {guardian.last_name}"
        await self._write("first-password", email, name, {"link": link, "hours": hours})
        return True

    async def _open(self, guardian: Guardian, email: str, login: str, hashed: str) -> Account:
        now = self._core.clock.now()
        try:
            return await Account.create(
                guardian=guardian,
                family_id=guardian.family_id,
                login=login,
                name=f"{guardian.first_name} {guardian.last_name}",
                email=email,
                email_verified_at=now,
                password=hashed,
                created_at=now,
            )
        except IntegrityError as error:  # an account was opened another way meanwhile
            raise NotFound from error

    async def _set(self, account: Account, hashed: str, proven: str = "") -> Account:
        """`proven`: the address whose link was used."""
        account.password, account.must_change, account.provisional_until = hashed, False, None
        if proven and proven == account.email and account.email_verified_at is None:
            account.email_verified_at = self._core.clock.now()
        await account.save(update_fields=["password", "must_change", "provisional_until", "email_verified_at"])
        await self._links.void(Purpose.reset, account_id=account.id)
        if account.email and account.email_verified_at:
            await self._write("password-changed", account.email, account.name, {"login": self._known(account)})
        return account

    def _known(self, account: Account) -> str:
        """What letters say that they log in by."""
        return known_as(self._core.config.entrance.by, account.login, account.email)[1]

    def _check(self, password: str, again: str, known: tuple[str, ...]) -> None:
        security = self._core.config.security
        fault = password_fault(password, security.password_length, security.password_mixed, known)
        if fault:
            raise Invalid({"mot_de_passe": fault})
        if password != again:
            raise Invalid({"mot_de_passe2": "Les deux mots de passe ne sont pas les mêmes."})

    async def _write(self, template: str, email: str, name: str, context: dict[str, object]) -> None:
        envelope = Envelope(key=f"{template}:{random_token()[:16]}", address=email, name=name)
        await self._outbox.queue([self._letters.write(template, envelope, context)])
