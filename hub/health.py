"""/healthz and /metrics: queue ages, what waits for somebody, how the mailboxes fare.

The whole of it is for the machine's own monitoring; whoever asks from elsewhere learns only whether the hub lives.
"""

from __future__ import annotations

import asyncio
import contextvars
import ipaddress
import json
from collections import Counter
from datetime import datetime
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from hub.core.base import Core
from hub.core.db import UNREACHABLE, instant
from hub.mail import failures
from hub.mail.imap import ImapReader
from hub.mail.lmtp import PUT_OFF, STORED
from hub.mail.spool import Spool
from hub.mail.watch import fares

# name -> (what it counts, table, condition, column its age is taken from). The conditions are those of the indexes.
QUEUES = {
    "inbound": ("mail received and not yet handled", "inbound_mail", "state = 'received'", "received_at"),
    "outbound": ("mail to be sent", "outbound_mail", "state = 'queued'", "created_at"),
    "announce": ("messages nobody was told of yet", "message", "announced_at IS NULL", "at"),
    "aside": ("mail that waits for a decision", "inbound_mail", "state IN ('held', 'quarantined', 'failed')",
              "received_at"),
}  # fmt: skip
PATIENCE = 5.0  # seconds in which the database answers, or is down
READ = ("fetching", "idle")  # states of a mailbox that is read; one that nobody answers for is "connecting"
log = structlog.get_logger(__name__)


class Health:
    """Answers for one hub."""

    def __init__(self, core: Core, readers: tuple[ImapReader, ...], spool: Spool, handed_in: Counter[str]) -> None:
        self._core = core
        self._readers = readers
        self._spool = spool
        self._handed_in = handed_in
        self._asked: asyncio.Task[dict[str, Any]] | None = None

    def add_to(self, app: web.Application) -> None:
        """The two routes."""
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/metrics", self.metrics)
        app.on_cleanup.append(self._close)

    async def healthz(self, request: web.Request) -> web.Response:
        """200 while the database answers, 503 otherwise."""
        try:
            state = await self.state()
        except UNREACHABLE as error:
            return web.json_response({"status": "down", "database": _down(error)}, status=503)
        return web.json_response(state if is_local(request) else {"status": state["status"]})

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text, for this machine only; while the database is away what this process knows by itself."""
        if not is_local(request):
            raise web.HTTPNotFound
        try:
            state = await self.state()
        except UNREACHABLE as error:
            _down(error)
            state = self._own()
        return web.Response(body=_exposed(state), content_type="text/plain", charset="utf-8")

    async def state(self) -> dict[str, Any]:
        """Everything, as plain data. Raises what the database raises; TimeoutError where it does not answer at all.

        Then it is asked again only once it has: each question that waits takes a connection away from the work.
        """
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(self._ask(), context=contextvars.Context())
        await asyncio.wait({self._asked}, timeout=PATIENCE)
        if not self._asked.done():
            raise TimeoutError
        return self._asked.result()

    async def _ask(self) -> dict[str, Any]:
        [failing] = await self._core.db.rows("SELECT COUNT(*) AS n FROM address_failure")
        queues = {name: await self._queue(*queue[1:]) for name, queue in QUEUES.items()}
        own = self._own()
        return own | {
            "status": "ok",
            "queues": queues | own["queues"],
            "imap": await self._mailboxes(),
            "failing_addresses": failing["n"],
            "events": await failures.counts(self._core),
        }

    def _own(self) -> dict[str, Any]:
        """What is known without the database."""
        return {
            "status": "down",
            "queues": {"spool": self._spooled()},
            "lmtp": {name: self._handed_in[name] for name in (STORED, PUT_OFF)},
            "imap": [self._aged(fares(reader.status)) for reader in self._readers],
        }

    async def _mailboxes(self) -> list[dict[str, Any]]:
        """Each as whichever process reads it finds it: this one, or the one that has its lease."""
        rows = await self._core.db.rows(
            "SELECT name, CAST(fares AS TEXT) AS fares FROM mailbox_cursor WHERE leased_until > ?",
            self._core.clock.now(),
        )
        elsewhere = {row["name"]: json.loads(row["fares"]) for row in rows}
        own = (fares(reader.status) for reader in self._readers)
        return [
            self._aged(elsewhere.get(one["mailbox"]) or one if one["state"] == "connecting" else one) for one in own
        ]

    def _aged(self, found: dict[str, Any]) -> dict[str, Any]:
        last = found["last_success"]
        seconds = _age(datetime.fromisoformat(last) if last else None, self._core.clock.now())
        return found | {"success_seconds": seconds}

    async def _close(self, _: web.Application) -> None:
        if self._asked:
            self._asked.cancel()
            await asyncio.wait({self._asked}, timeout=PATIENCE)

    def _spooled(self) -> dict[str, float]:
        """Mail handed over to this process that is not in the database yet."""
        oldest = min((mail.received_at for mail in self._spool.waiting if mail.received_at), default=None)
        return {"waiting": len(self._spool.waiting), "oldest_seconds": _age(oldest, self._core.clock.now())}

    async def _queue(self, table: str, condition: str, column: str) -> dict[str, float]:
        [row] = await self._core.db.rows(
            f"SELECT COUNT(*) AS n, MIN({column}) AS oldest FROM {table} WHERE {condition}"
        )
        return {"waiting": row["n"], "oldest_seconds": _age(instant(row["oldest"]), self._core.clock.now())}


def _exposed(state: dict[str, Any]) -> bytes:
    registry = CollectorRegistry()
    up = Gauge("hub_database_up", "Whether the database answers; while it does not, nobody knows the rest.",
               registry=registry)  # fmt: skip
    up.set(state["status"] == "ok")
    waiting = Gauge("hub_queue_waiting", "Rows that wait.", ["queue"], registry=registry)
    oldest = Gauge("hub_queue_oldest_seconds", "Age of the oldest that waits.", ["queue"], registry=registry)
    for name, queue in state["queues"].items():
        waiting.labels(name).set(queue["waiting"])
        oldest.labels(name).set(queue["oldest_seconds"])
    door = Gauge("hub_lmtp_mails", "Handed over at the door of this process.", ["became"], registry=registry)
    for became, number in state["lmtp"].items():
        door.labels(became).set(number)
    _expose_mailboxes(state["imap"], registry)
    if "events" in state:
        failing = Gauge("hub_failing_addresses", "Addresses that bounced or were refused.", registry=registry)
        failing.set(state["failing_addresses"])
        told = Gauge("hub_address_events", "What told for or against addresses.", ["event"], registry=registry)
        for event, number in state["events"].items():
            told.labels(event).set(number)
    return generate_latest(registry)


def _expose_mailboxes(mailboxes: list[dict[str, Any]], registry: CollectorRegistry) -> None:
    imap = Gauge("hub_imap_up", "Whether the mailbox is being read.", ["mailbox"], registry=registry)
    read = Gauge("hub_imap_last_success_seconds", "Since it was last read to its end.", ["mailbox"], registry=registry)
    stuck = Gauge("hub_imap_failing", "Mails on the server that could not be taken.", ["mailbox"], registry=registry)
    for mailbox in mailboxes:
        imap.labels(mailbox["mailbox"]).set(mailbox["state"] in READ)
        stuck.labels(mailbox["mailbox"]).set(mailbox["failing"])
        if mailbox["last_success"]:
            read.labels(mailbox["mailbox"]).set(mailbox["success_seconds"])


def _down(error: BaseException) -> str:
    """Says so in the log, and what it is by name: the words might tell of passwords."""
    log.warning("the database does not answer", error=type(error).__name__)
    return type(error).__name__


def is_local(request: web.Request) -> bool:
    """Whether the request comes from this machine itself, and not through its reverse proxy."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers or not request.remote:
        return False
    return ipaddress.ip_address(request.remote).is_loopback


def _age(oldest: datetime | None, now: datetime) -> float:
    return round((now - oldest).total_seconds(), 1) if oldest else 0.0
