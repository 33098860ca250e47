"""An activated account that no dossier was found for asks its service to be linked, by an ordinary conversation."""

from __future__ import annotations

from hub.accounts.registration import Activated, Registrations
from hub.core.base import Core
from hub.core.tokens import random_token
from hub.dossier.models import Guardian
from hub.mailbox.models import Service
from hub.mailbox.threads import Author, Said, Threads

SUBJECT = "Rattachement à mon dossier"


class Joining:
    """The last step of coming in."""

    def __init__(self, core: Core, registrations: Registrations, threads: Threads) -> None:
        self._core = core
        self._registrations = registrations
        self._threads = threads

    async def activate(self, token: str) -> Activated:
        """The account, and, when it is linked to no dossier, its first message. Raises NotFound."""
        async with self._core.db.transaction():
            activated = await self._registrations.activate(token)
            if not activated.is_linked:
                await self._ask(activated)
        return activated

    async def _ask(self, activated: Activated) -> None:
        service = await self._service()
        if service is None:  # a town without services has nobody to ask
            return
        account = activated.account
        guardian = await Guardian.get(id=account.guardian_id)
        author = Author(account.name, account=account.id)
        text = _words(guardian, account.email or "", activated.asked_for)
        said = Said(text, f"rattachement-{random_token()}")
        await self._threads.begin(author, account.family_id, service, None, SUBJECT, said, text)

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
