"""Files that came by mail: the same limits as in the web inbox. What is over them is set aside and said."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core import french
from hub.core.base import Core
from hub.mail.addresses import Addresses
from hub.mail.parse import ParsedAttachment, ParsedMail
from hub.mailbox.orders import holds_link
from hub.mailbox.sniff import HEAD, content_type, safe_name
from hub.mailbox.threads import StoredFile

# What a mail program adds by itself. They carry the writer's private address and no document.
CARDS = {
    "application/pkcs7-signature": "la signature électronique de l’e-mail",
    "application/x-pkcs7-signature": "la signature électronique de l’e-mail",
    "application/pgp-signature": "la signature électronique de l’e-mail",
    "application/pgp-keys": "la clé de signature de l’e-mail",
    "text/vcard": "une carte de visite",
    "text/x-vcard": "une carte de visite",
}
# What Outlook and phones send without a name: without its suffix no machine opens it.
NAMELESS = {
    "message/rfc822": "message.eml",
    "text/calendar": "rendez-vous.ics",
    "application/pdf": "document.pdf",
    "image/jpeg": "image.jpg",
    "image/png": "image.png",
    "image/gif": "image.gif",
    "image/heic": "image.heic",
    "text/plain": "texte.txt",
    "text/html": "page.html",
}
INLINE_MOST = 10  # pictures inside the text do not count as files, up to here


class Intake:
    """Makes a mail's files durable."""

    def __init__(self, core: Core, addresses: Addresses) -> None:
        self._core = core
        self._addresses = addresses

    async def keep(self, mail: ParsedMail) -> tuple[StoredFile, ...]:
        """The files of a mail, stored or set aside, in order. The whole mail stays stored either way."""
        left = {False: self._core.config.limits.files, True: INLINE_MOST}
        kept = []
        for attachment in mail.attachments:
            aside = self._aside(attachment, left[attachment.inline])
            left[attachment.inline] -= not aside
            kept.append(await self._store(attachment, aside))
        return tuple(kept)

    async def drop(self, files: Sequence[StoredFile]) -> None:
        """Forget the files of a mail that was not posted: they are still in its raw bytes."""
        for file in files:
            if file.blob:
                await self._core.blobs.delete(file.blob)

    def _aside(self, attachment: ParsedAttachment, left: int) -> str:
        limits = self._core.config.limits
        if card := CARDS.get(attachment.content_type.lower()):
            return f"Fichier mis de côté : c’est {card}."
        if attachment.size > limits.file_bytes:
            return (
                f"Fichier mis de côté : il fait {french.size(attachment.size)}, "
                f"la limite est de {french.size(limits.file_bytes)}."
            )
        # A mail of ours, attached: its Reply-To speaks for its reader, its link decides in their name.
        if self._addresses.is_in(attachment.content) or holds_link(attachment.content):
            return "Fichier mis de côté : c’est un e-mail du portail, avec l’adresse de réponse d’une autre personne."
        return "" if left > 0 else f"Fichier mis de côté : un message en porte {limits.files} au plus."

    async def _store(self, attachment: ParsedAttachment, aside: str) -> StoredFile:
        name = safe_name(attachment.filename or NAMELESS.get(attachment.content_type.lower(), ""))
        blob = "" if aside else (await self._core.blobs.put(attachment.content)).key
        return StoredFile(
            blob=blob,
            filename=name,
            content_type=content_type(attachment.content[:HEAD], name),
            size=attachment.size,
            sha256=attachment.sha256,
            inline=attachment.inline,
            aside=aside,
        )
