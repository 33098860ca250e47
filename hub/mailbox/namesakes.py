"""Mails of a Message-ID and sender that were met before: whether one of them is the same mail."""

from __future__ import annotations

import structlog
from msgspec.structs import replace

from hub.mail import copies
from hub.mail.addresses import Addresses
from hub.mail.inbound import Inbound
from hub.mail.models import InboundMail
from hub.mail.readings import MailReader, ReadingError
from hub.mailbox.case import Case
from hub.mailbox.lookup import speaks_else
from hub.mailbox.opening import recipients

log = structlog.get_logger(__name__)


class Namesakes:
    """Reads them. Their bytes may come over the network: never inside a transaction."""

    def __init__(self, inbound: Inbound, addresses: Addresses, reader: MailReader) -> None:
        self._inbound = inbound
        self._addresses = addresses
        self._reader = reader

    async def compare(self, case: Case) -> Case:
        """The case, compared with what it was not yet. Raises BlobError: nobody can tell now."""
        unread, is_copy = case.unread, case.is_copy
        for earlier in await InboundMail.filter(id__in=unread).order_by("-id"):
            is_copy = is_copy or await self._is_copy(case, earlier)
        return replace(case, compared=case.compared | unread, is_copy=is_copy)

    async def _is_copy(self, case: Case, earlier: InboundMail) -> bool:
        raw = await self._inbound.raw(earlier)
        try:
            [reading] = await self._reader.read([raw])
        except ReadingError:
            log.exception("a mail cannot be compared", mail=case.mail.id, earlier=earlier.id)
            return False
        if speaks_else(self._addresses, case, recipients(earlier, reading.parsed)):
            return False  # whoever has a copy may have handed it to a reply address of their own
        return copies.is_copy(case.reading, reading, sure=earlier.proven)
