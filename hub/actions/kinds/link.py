"""Rattachement: an account that came in without a dossier asks to be tied to one."""

from __future__ import annotations

from collections.abc import Mapping

from hub.accounts.models import Account
from hub.actions.kinds.base import Asked, Change, Field, Ground, Kind, Payload, read_all
from hub.config import Config
from hub.core.errors import Conflict, NotFound
from hub.dossier.view import FileView
from hub.mailbox.joining import KIND, Linking


class DossierLink(Kind):
    """Once it is accepted there is no way back: what the account has said and sent is the dossier's."""

    slug, title = KIND, "Rattachement à mon dossier"
    sentence = "Je souhaite que mon compte soit rattaché au dossier de ma famille."
    fields = (
        Field(
            "numero", "Numéro de dossier", required=True, most=32, hint="Il figure sur les factures et les courriers."
        ),
        Field("adresse", "Adresse ou téléphone, pour vous reconnaître", most=200),
    )

    def is_offered(self, view: FileView) -> bool:
        return not view.family.is_known

    def service(self, config: Config) -> str:
        return config.registration.service

    async def check(self, ground: Ground, typed: Mapping[str, str]) -> Asked:
        """Whether there is such a dossier is not told here: numbers are not to be found out."""
        found = read_all(self.fields, typed)
        me = ground.view.me
        known = (("Nom", f"{me.first_name} {me.last_name}"), ("Numéro de dossier", found["numero"]))
        told = [*known, *([("Adresse ou téléphone", found["adresse"])] if found["adresse"] else [])]
        return Asked(tuple(Change(what, "", words) for what, words in told), {"numero": found["numero"]})

    async def accept(self, ground: Ground, payload: Payload) -> Payload:
        account = await Account.get_or_none(guardian_id=ground.guardian)
        if account is None:
            raise Conflict("Ce compte n’existe plus.")
        try:
            await Linking(ground.core).link(account, str(payload["numero"]), int(payload.get("rang", 0)))
        except NotFound as unknown:
            raise Conflict(unknown.message) from unknown
        return {}
