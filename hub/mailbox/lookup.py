"""What is on file about the mails of a batch: a few queries for all of them, not a few for each."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence, Set
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from msgspec.structs import replace
from tortoise.models import Model

from hub.accounts.models import Account, Agent
from hub.core.base import Core
from hub.core.db import known, marks
from hub.mail import failures
from hub.mail.addresses import Addresses, ReplyToken
from hub.mail.doubles import Doubles, Met
from hub.mailbox.case import Case
from hub.mailbox.directory import Directory, Member
from hub.mailbox.discreet import discreet
from hub.mailbox.loops import BEGINNING, DAY, HOUR, SAME_WORDS, Lately, shape
from hub.mailbox.models import Service, Thread
from hub.mailbox.replies import Grant, Holder, Replies

ANCESTORS = 20  # Message-IDs of a mail that are looked up, latest first
HOLDERS: dict[Holder, type[Model]] = {Holder.account: Account, Holder.agent: Agent, Holder.service: Service}


class OnFile(NamedTuple):
    """What is known of the threads, people and services that the mails of a batch name."""

    threads: Mapping[int, Thread]
    opened: Sequence[Service]
    holders: Mapping[Holder, Mapping[int, Any]]
    members: Mapping[int, tuple[Member, ...]]
    failing: Container[str]
    parted: Set[int]


class Lookup:
    """Fills in cases."""

    def __init__(self, core: Core, addresses: Addresses, directory: Directory, replies: Replies) -> None:
        self._core = core
        self._addresses = addresses
        self._doubles = Doubles(core)
        self._directory = directory
        self._replies = replies

    async def fill(self, cases: Sequence[Case]) -> list[Case]:
        """The same cases with what is known of their doubles, what their reply addresses say and what they answer."""
        speaks = [partial(speaks_else, self._addresses, case) for case in cases]
        met = await self._doubles.met([case.mail for case in cases], speaks)
        grants = await self._replies.resolve([case.tokens for case in cases])
        answered = await self._answered([ancestors(case) for case in cases])
        found = await self._on_file(cases, [grant for grant in grants if grant], {i for each in answered for i in each})
        filled = [
            discreet(_filled(case, before, grant, answers, found))
            for case, before, grant, answers in zip(cases, met, grants, answered, strict=True)
        ]
        lately = await self._lately(found.threads.values(), {case.text for case in filled})
        return [replace(case, lately=lately.get(case.thread.id) if case.thread else None) for case in filled]

    async def _on_file(self, cases: Sequence[Case], grants: Sequence[Grant], answered: Set[int]) -> OnFile:
        threads = await self._core.db.by_id(Thread, {grant.thread for grant in grants} | answered)
        services = {service.id: service for service in await self._directory.services()}
        for each in threads.values():  # a join would make each service anew for every thread
            each.service = services[each.service_id]
        return OnFile(
            threads=threads,
            opened=[service for service in services.values() if service.closed_at is None],
            holders=await self._holders(grants),
            members=await self._directory.members({thread.service_id for thread in threads.values()}),
            failing=await failures.failing(self._core, {case.sender for case in cases}),
            parted=await self._parted({thread.family_id for thread in threads.values()}),
        )

    async def _holders(self, grants: Sequence[Grant]) -> dict[Holder, dict[int, Any]]:
        return {
            holder: await self._core.db.by_id(model, {grant.who for grant in grants if grant.holder is holder})
            for holder, model in HOLDERS.items()
        }

    async def _parted(self, families: Set[int]) -> set[int]:
        """Those whose parents live apart."""
        rows = await self._core.db.rows(
            f"SELECT id FROM family WHERE is_separated AND id IN ({marks([*families])})", *families
        )
        return {row["id"] for row in rows}

    async def _lately(self, threads: Iterable[Thread], texts: Set[str]) -> dict[int, Lately]:
        """What was written by e-mail in each thread, counted where machines could be at it."""
        now = self._core.clock.now()
        since = now - DAY
        found = {thread.id: Lately() for thread in threads}
        busy = [thread.id for thread in threads if thread.messages_count > SAME_WORDS and thread.last_at > since]
        if not busy:
            return found
        rows = await self._core.db.rows(
            "SELECT thread_id, COALESCE(account_id, 0) AS account, COALESCE(agent_id, 0) AS agent, "
            f"CASE WHEN text IN ({marks([*texts])}) THEN text ELSE '' END AS said, COUNT(*) AS times, "
            "SUM(CASE WHEN at > ? THEN 1 ELSE 0 END) AS within_hour "
            f"FROM message WHERE thread_id IN ({marks(busy)}) AND at > ? AND via = 'email' GROUP BY 1, 2, 3, 4",
            *texts,
            now - HOUR,
            *busy,
            since,
        )
        for row in rows:
            who, lately = (row["account"], row["agent"]), found[row["thread_id"]]
            lately.said[who, row["said"]] += row["times"]
            lately.written[who] += row["within_hour"]
        bound = self._core.config.mail.thread_mails_per_hour
        await self._count_shapes({i: each for i, each in found.items() if 0 < bound <= sum(each.said.values())}, since)
        return found

    async def _count_shapes(self, found: dict[int, Lately], since: datetime) -> None:
        """Where much was said: how often the same but for numbers."""
        if not found:
            return
        rows = await self._core.db.rows(
            "SELECT thread_id, COALESCE(account_id, 0) AS account, COALESCE(agent_id, 0) AS agent, "
            f"SUBSTR(text, 1, {BEGINNING}) AS beginning, COUNT(*) AS times FROM message "
            f"WHERE thread_id IN ({marks([*found])}) AND at > ? AND via = 'email' GROUP BY 1, 2, 3, 4",
            *found,
            since,
        )
        for row in rows:
            who = (row["account"], row["agent"])
            found[row["thread_id"]].shapes[who, shape(row["beginning"])] += row["times"]

    async def begun(self, account: int, subject: str, text: str) -> int:
        """How many conversations that person has begun by e-mail within a day with exactly this."""
        since = self._core.clock.now() - DAY
        [row] = await self._core.db.rows(
            "SELECT COUNT(*) AS times FROM entry e JOIN thread t ON t.id = e.thread_id AND t.subject = ? "
            "JOIN message m ON m.thread_id = t.id AND m.at = t.opened_at AND m.via = 'email' AND m.text = ? "
            "WHERE e.account_id = ? AND e.sent_at > ?",
            subject,
            text,
            account,
            since,
        )
        return int(row["times"])

    async def shown_at(self, case: Case) -> datetime | None:
        """When the latest mail of ours was written that this one answers; None where it names none."""
        named = ancestors(case)
        if not named:
            return None
        rows = await self._core.db.rows(
            f"SELECT created_at FROM outbound_mail WHERE message_id IN ({marks(named)}) "
            "ORDER BY created_at DESC LIMIT 1",
            *named,
        )
        return known(rows[0]["created_at"]) if rows else None

    async def missed(self, case: Case) -> tuple[Service, ...]:
        """Of a copy of a mail, the services addressed that it has not reached: those of a blind copy. None while the
        mail itself waits for somebody's word."""
        rows = await self._core.db.rows(
            "SELECT m.key, t.service_id FROM message m JOIN thread t ON t.id = m.thread_id WHERE m.message_id = ?",
            case.mail.message_id,
        )
        reached = {row["service_id"] for row in rows} | {service_of(row["key"]) for row in rows}
        return tuple(service for service in case.addressed if service.id not in reached) if rows else ()

    async def _answered(self, mails: Sequence[Sequence[str]]) -> list[list[int]]:
        """For the ancestors of each mail, the threads of the latest one that we sent or took in: one that was written
        to several services has several."""
        named = sorted({message_id for mail in mails for message_id in mail})
        if not named:
            return [[] for _ in mails]
        rows = await self._core.db.rows(
            "SELECT thread AS id, message_id FROM outbound_mail WHERE thread IS NOT NULL "
            f"AND message_id IN ({marks(named)}) UNION "
            f"SELECT thread_id AS id, message_id FROM message WHERE message_id IN ({marks(named)})",
            *named,
            *named,
        )
        found: dict[str, set[int]] = {}
        for row in rows:
            found.setdefault(row["message_id"], set()).add(row["id"])
        return [next((sorted(found[i]) for i in mail if i in found), []) for mail in mails]


def speaks_else(addresses: Addresses, case: Case, recipients: Sequence[str]) -> bool:
    """Whether a mail to these recipients speaks by a reply address that the case's does not name."""
    tokens = (addresses.read(address) for address in recipients)
    return any(isinstance(token, ReplyToken) and token not in case.tokens for token in tokens)


def ancestors(case: Case) -> list[str]:
    """What In-Reply-To and References name, latest first."""
    parsed = case.reading.parsed
    return [i for i in (parsed.in_reply_to, *reversed(parsed.references)) if i][:ANCESTORS]


def opening_key(mail: int, service: int) -> str:
    """Of the message with which a mail begins a conversation at a service: it stays when another takes that over."""
    return f"mail:{mail}:{service}"


def service_of(key: str) -> int:
    """The service at which the message of that key began a conversation; 0 for any other message."""
    kind, _, rest = key.partition(":")
    service = rest.rpartition(":")[2] if kind == "mail" and ":" in rest else ""
    return int(service) if service.isdecimal() else 0


def _filled(case: Case, met: Met, grant: Grant | None, answers: Sequence[int], found: OnFile) -> Case:
    addressed = tuple(service for service in found.opened if service.email in case.recipients)
    answer = _written_to(addressed, [found.threads[i] for i in answers if i in found.threads])
    thread = found.threads[grant.thread] if grant else answer
    return replace(
        case,
        met=met,
        grant=grant,
        thread=thread,
        answered=answer,
        addressed=addressed,
        holder=found.holders[grant.holder].get(grant.who) if grant else None,
        members=found.members.get(thread.service_id, ()) if thread else (),
        has_parted=thread is not None and thread.family_id in found.parted,
        is_failing=case.sender in found.failing,
    )


def _written_to(addressed: Sequence[Service], threads: Sequence[Thread]) -> Thread | None:
    """Of the threads that a mail answers, that of a service it was written to, else the first."""
    ids = {service.id for service in addressed}
    return next((thread for thread in threads if thread.service_id in ids), threads[0] if threads else None)
