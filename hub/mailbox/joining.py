"""An activated account that no dossier was found for asks its service to be linked, by an ordinary conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hub.accounts.models import Account
from hub.accounts.registration import Activated, Registrations
from hub.core.base import Core
from hub.core.db import marks
from hub.core.errors import Conflict, NotFound
from hub.core.tokens import random_token
from hub.dossier.matching import folded
from hub.dossier.models import Document, Family, Guardian
from hub.mailbox.mailings import LAYING
from hub.mailbox.models import Service, Thread
from hub.mailbox.sending import Sender
from hub.mailbox.threads import Author, Said, Threads
from hub.mailbox.words import family_mark

SUBJECT = "Rattachement à mon dossier"


KIND = "rattachement"  # of the request that carries a number


class Asks(Protocol):
    """Turns the number that somebody gave into a request: that room lies above."""

    async def submit(
        self, sender: Sender, guardian: int, slug: str, child: int, typed: Mapping[str, str], key: str
    ) -> int: ...


class Linking:
    """Ties an account that waits to its dossier, with all it has said and sent."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def link(self, account: Account, number: str, rank: int = 0) -> Guardian:
        """To the guardian of that `rank`; 0: to who bears its name, or the only one without an account, unless the
        parents live apart: that one might be the other.

        Part of the caller's transaction. Raises NotFound, Conflict.
        """
        await self._core.db.lock("registration")
        waiting = await Family.get(id=account.family_id)
        family = await Family.get_or_none(number=number.strip(), is_known=True)
        if family is None:
            raise NotFound(f"Aucun dossier ne porte le numéro {number}.")
        if waiting.is_known:
            raise Conflict(f"Ce compte est déjà rattaché au dossier {waiting.number}.")
        guardian = await self._seat(account, family, rank)
        await self._move(account, waiting, family, guardian)
        return guardian

    async def _seat(self, account: Account, family: Family, rank: int) -> Guardian:
        """The guardian whom the account is for. Raises Conflict."""
        held = {one.guardian_id for one in await Account.filter(family=family)}
        free = [one for one in await Guardian.filter(family=family).order_by("rank") if one.id not in held]
        if rank:
            chosen = [one for one in free if one.rank == rank]
        else:
            same = [one for one in free if folded(f"{one.first_name} {one.last_name}") == folded(account.name)]
            chosen = same or (free if len(free) == 1 and not family.is_separated else [])
        if not chosen:
            names = ", ".join(f"{one.rank} {one.first_name} {one.last_name}" for one in free) or "aucun"
            raise Conflict(f"À quel responsable ? Sans compte dans ce dossier : {names}.")
        return chosen[0]

    async def _move(self, account: Account, waiting: Family, family: Family, guardian: Guardian) -> None:
        """Everything of the waiting family becomes the dossier's: conversations, with the mark search finds them by."""
        await self._core.db.lock(LAYING)
        threads = [thread.id for thread in await Thread.filter(family=waiting)]
        await Thread.filter(id__in=threads).update(family_id=family.id)
        await self._core.db.execute(
            f"UPDATE message SET words = REPLACE(words, ?, ?) WHERE thread_id IN ({marks(threads)})",
            family_mark(waiting.id),
            family_mark(family.id),
            *threads,
        )
        await Document.filter(family=waiting).update(family_id=family.id, guardian_id=None)
        await Account.filter(id=account.id).update(family_id=family.id, guardian_id=guardian.id)
        await Guardian.filter(family=waiting).delete()
        await waiting.delete()


class Joining:
    """The last step of coming in."""

    def __init__(self, core: Core, registrations: Registrations, threads: Threads, asks: Asks) -> None:
        self._core = core
        self._linking = Linking(core)
        self._asks = asks
        self._registrations = registrations
        self._threads = threads

    async def activate(self, token: str) -> Activated:
        """The account, and, when it is linked to no dossier, its first message. Raises NotFound."""
        async with self._core.db.transaction():
            activated = await self._registrations.activate(token)
            if not activated.is_linked:
                await self._ask(activated)
        return activated

    async def link(self, account: Account, number: str, rank: int = 0) -> Guardian:
        """As Linking does; the family is told. Raises NotFound, Conflict."""
        async with self._core.db.transaction():
            guardian = await self._linking.link(account, number, rank)
            await self._tell(account, number.strip())
        return guardian

    async def _tell(self, account: Account, number: str) -> None:
        asked = await Thread.filter(entries__account_id=account.id, subject=SUBJECT).order_by("-id").first()
        if asked is not None:
            text = f"Votre compte est rattaché au dossier {number}."
            town = Author(self._core.config.town.name)
            await self._threads.post(asked, town, Said(text, f"rattaché-{random_token()}", via="desk"), text)

    async def _ask(self, activated: Activated) -> None:
        account = activated.account
        guardian = await Guardian.get(id=account.guardian_id)
        if activated.asked_for and await self._ask_for(account, activated.asked_for):
            return
        service = await self._service()
        if service is None:  # a town without services has nobody to ask
            return
        author = Author(account.name, account=account.id)
        text = _words(guardian, account.email or "", activated.asked_for)
        said = Said(text, f"rattachement-{random_token()}")
        await self._threads.begin(author, account.family_id, service, None, SUBJECT, said, text)

    async def _ask_for(self, account: Account, number: str) -> bool:
        """As a request that can be accepted. False: the town takes none of this kind."""
        sender = Sender(account.id, account.family_id, account.name)
        typed = {"numero": number, "adresse": account.email or ""}
        try:
            await self._asks.submit(sender, account.guardian_id, KIND, 0, typed, f"rattachement-{random_token()}")
        except NotFound:
            return False
        return True

    async def _service(self) -> Service | None:
        chosen = self._core.config.registration.service
        services = Service.filter(closed_at=None)
        return await (services.filter(slug=chosen) if chosen else services).order_by("position", "id").first()


def _words(guardian: Guardian, email: str, asked_for: str) -> str:
    known = f"Numéro de dossier indiqué : {asked_for}" if asked_for else "Je n’ai pas mon numéro de dossier."
    return (
        "Bonjour,\n\nJe viens de créer mon compte et je souhaite qu’il soit rattaché au dossier de ma famille.\n\n"
        f"Nom : {guardian.last_name}\nPrénom : {guardian.first_name}\nAdresse e-mail : {email}\n{known}\n\nMerci."
    )
