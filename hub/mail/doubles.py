"""Mails that were here before: the same by another road, under another UID, or one of ours that has come back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from hub.core.base import Core
from hub.core.db import marks
from hub.mail.models import InboundMail

NAMESAKES = 5  # mails of one Message-ID that another is compared with; it is shown once too often rather than lost

Speaks = Callable[[Sequence[str]], bool]


@dataclass(frozen=True, slots=True)
class Met:
    """Where a mail was met before: `taken` in with the same bytes under another row, `sent` by ourselves.

    `namesakes`: rows with other bytes but the same Message-ID and sender, the latest ones. Perhaps the same mail.
    `erased`: its bytes were here long ago, and nothing is left of them.
    """

    taken: bool
    sent: bool
    namesakes: frozenset[int] = frozenset()
    erased: bool = False


class _Known(NamedTuple):
    """A mail that was handled; `sure`: it is posted, or its From proven; `envelope`: its recipients, as JSON."""

    id: int
    sha256: str
    sure: bool
    envelope: str


class Doubles:
    """Looks for them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def met(self, mails: Sequence[InboundMail], speaks: Sequence[Speaks]) -> list[Met]:
        """For each of a batch, whether the same mail was already handled under another row, or is one that we sent.

        The same is the same Message-ID from the same sender, or the same bytes when it has none; where only the bytes
        differ, whether it is the same has still to be seen. A mail whose From is proven was not met in a copy that
        nothing proves and that waits for somebody's word: a forger, or a forwarder, may have been faster. Of two alike
        in the batch the second was met before. `speaks`, of each mail: whether one to these recipients speaks for
        somebody for whom the mail does not: whoever has a copy may have handed it to a reply address of their own.
        """
        ids = {mail.message_id for mail in mails if mail.message_id}
        digests = {mail.sha256 for mail in mails if not mail.message_id}
        known, sent = await self._handled(ids, digests), await self._sent(ids)
        erased = await self._erased([mail.sha256 for mail in mails])
        found = []
        for mail, speaks_else in zip(mails, speaks, strict=True):
            identity = _identity(mail)
            before = [one for one in known.get(identity, ()) if one.sure or not mail.proven]
            same = (one for one in before if one.sha256 == mail.sha256)
            taken = any(not speaks_else(json.loads(one.envelope)) for one in same)
            others = frozenset() if taken else frozenset(one.id for one in before[:NAMESAKES])
            found.append(Met(taken, mail.message_id in sent, others, mail.sha256 in erased))
            if not mail.message_id:
                envelope = json.dumps(mail.envelope_to)
                known.setdefault(identity, []).append(_Known(mail.id, mail.sha256, mail.proven, envelope))
        return found

    async def widen(self, copy: InboundMail, services: Sequence[str]) -> None:
        """A copy, to the letter, of a mail that waits for somebody's word: services that its envelope alone names get
        that one as well once it is posted. No reply address: it would speak for whoever delivered the copy."""
        named = [address for address in copy.envelope_to if address.lower() in services]
        waiting = InboundMail.filter(sha256=copy.sha256, state__in=("held", "quarantined", "failed"))
        for mail in await waiting.exclude(id=copy.id).only("id", "envelope_to") if named else ():
            both = [*dict.fromkeys([*mail.envelope_to, *named])]
            await InboundMail.filter(id=mail.id).update(envelope_to=both)

    async def hold(self, mails: Sequence[InboundMail]) -> None:
        """Until the end of the transaction no other process decides about copies of these."""
        await self._core.db.lock_each({mail.message_id or mail.sha256 for mail in mails})

    async def _handled(self, ids: Set[str], digests: Set[str]) -> dict[tuple[str, str], list[_Known]]:
        """What was met before, the latest first."""
        # message_id <> '' says nothing new, but names the partial index; ordered by id, SQLite would read all mails
        handled = "state IN ('stored', 'settled', 'held', 'quarantined', 'discarded')"
        sure = "(proven OR state IN ('stored', 'settled'))"
        rows = await self._core.db.rows(
            f"SELECT id, sha256, message_id AS one, from_address AS other, {sure} AS sure, "
            "CAST(envelope_to AS TEXT) AS envelope FROM inbound_mail "
            f"WHERE message_id IN ({marks([*ids])}) AND message_id <> '' AND {handled} UNION ALL "
            f"SELECT id, sha256, '', sha256, {sure}, CAST(envelope_to AS TEXT) FROM inbound_mail "
            f"WHERE sha256 IN ({marks([*digests])}) AND {handled}",
            *ids,
            *digests,
        )
        known: dict[tuple[str, str], list[_Known]] = {}
        for row in sorted(rows, key=itemgetter("id"), reverse=True):
            one = _Known(row["id"], row["sha256"], bool(row["sure"]), row["envelope"])
            known.setdefault((row["one"], row["other"]), []).append(one)
        return known

    async def _erased(self, digests: Sequence[str]) -> set[str]:
        rows = await self._core.db.rows(
            f"SELECT sha256 FROM inbound_mail WHERE sha256 IN ({marks(digests)}) AND state = 'erased'", *digests
        )
        return {row["sha256"] for row in rows}

    async def _sent(self, ids: Set[str]) -> set[str]:
        rows = await self._core.db.rows(
            f"SELECT message_id FROM outbound_mail WHERE message_id IN ({marks([*ids])})", *ids
        )
        return {row["message_id"] for row in rows}


def _identity(mail: InboundMail) -> tuple[str, str]:
    """What two rows of the same mail share."""
    return (mail.message_id, mail.from_address) if mail.message_id else ("", mail.sha256)
