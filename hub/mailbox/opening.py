"""A mail that was read becomes a case: all that it tells and that needs no transaction, so that none waits for it."""

from __future__ import annotations

from hub.core.base import Core
from hub.mail import parse
from hub.mail.addresses import POSTMASTER, Addresses
from hub.mail.models import InboundMail
from hub.mail.readings import Reading
from hub.mailbox.case import Case
from hub.mailbox.directory import LONGEST
from hub.mailbox.orders import without_links
from hub.mailbox.threads import StoredFile
from hub.mailbox.words import Stems
from hub.mailbox.writing import paragraphs

NO_TEXT = "(Message sans texte, voir les pièces jointes.)"


class Opener:
    """Makes cases."""

    def __init__(self, core: Core, addresses: Addresses) -> None:
        self._longest = core.config.limits.body_length
        self._addresses = addresses
        self._stems = Stems()

    def case(self, mail: InboundMail, reading: Reading, files: tuple[StoredFile, ...]) -> Case:
        """What is known of a mail before anything is looked up. Notes on its row who wrote it, and about what."""
        addressed = recipients(mail, reading.parsed)
        text, rest = self._newly_written(reading)
        text = text or (NO_TEXT if files else "")
        case = Case(
            mail=mail,
            reading=reading,
            sender=_sender(reading.parsed),
            recipients=addressed,
            tokens=tuple(token for address in addressed if (token := self._addresses.read(address))),
            files=files,
            text=text,
            rest=rest,
            words=self._stems.index(text),
        )
        _note_identity(case)
        return case

    def harmless(self, text: str) -> str:
        """Without our reply addresses and our links: whoever reads one could speak or decide for somebody else."""
        return without_links(self._addresses.redacted(text))

    def _newly_written(self, reading: Reading) -> tuple[str, str]:
        """What the writer added, and what was cut; "" when they added nothing."""
        text, rest = paragraphs(self.harmless(reading.reply.text)), self.harmless(reading.reply.rest)
        if len(text) > self._longest:  # shown as far as a web message could go; the rest is folded, not lost
            return f"{text[: self._longest]}…", f"…{text[self._longest :]}\n\n{rest}"
        return text if text.strip() else "", rest


def recipients(mail: InboundMail, parsed: parse.ParsedMail) -> tuple[str, ...]:
    """Whom it was sent to: the envelope where we have it, else what the host and the sender wrote down."""
    noted = [v for name in ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to") for v in parsed.all(name)]
    named = [mailbox.address for mailbox in (*parsed.to, *parsed.cc)]
    found = (address.strip().strip("<>").lower() for address in (*mail.envelope_to, *noted, *named))
    return tuple(dict.fromkeys(address for address in found if "@" in address or address == POSTMASTER))


def _sender(parsed: parse.ParsedMail) -> str:
    """Folded; a letter that only looks like ASCII once it is (the Kelvin sign) makes another address."""
    found = parsed.sender
    if found is None or len(found.address) > LONGEST:
        return ""
    folded = found.address.lower()
    return folded if folded.isascii() == found.address.isascii() else ""


def _note_identity(case: Case) -> None:
    """Copy onto the row what the desk lists and what tells doubles."""
    parsed = case.reading.parsed
    case.mail.message_id = (parsed.message_id or "")[:255]
    case.mail.from_address = case.sender[:320]
    case.mail.subject = parsed.subject[:255]
    case.mail.proven = case.reading.verdict.aligned
