"""/healthz and /metrics: queue ages, what waits for somebody, how the mailboxes fare.

The whole of it is for the machine's own monitoring; whoever asks from elsewhere learns only whether the hub lives.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from hub.core.base import Core
from hub.core.db import UNREACHABLE, instant
from hub.mail import failures
from hub.mail.imap import ImapReader
from hub.mail.spool import Spool

# name -> (what it counts, table, condition, column its age is taken from). The conditions are those of the indexes.
QUEUES = {
    "inbound": ("mail received and not yet handled", "inbound_mail", "state = 'received'", "received_at"),
    "outbound": ("mail to be sent", "outbound_mail", "state = 'queued'", "created_at"),
    "announce": ("messages nobody was told of yet", "message", "announced_at IS NULL", "at"),
    "aside": ("mail that waits for a decision", "inbound_mail", "state IN ('held', 'quarantined', 'failed')",
              "received_at"),
}  # fmt: skip
READ = ("fetching", "idle")  # states of a mailbox that this process reads; one that nobody answers for is "connecting"


class Health:
    """Answers for one hub."""

    def __init__(self, core: Core, readers: tuple[ImapReader, ...], spool: Spool) -> None:
        self._core = core
        self._readers = readers
        self._spool = spool

    def add_to(self, app: web.Application) -> None:
        """The two routes."""
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/metrics", self.metrics)

    async def healthz(self, request: web.Request) -> web.Response:
        """200 while the database answers, 503 otherwise."""
        try:
            state = await self.state()
        except UNREACHABLE as error:
            return _down(error)
        return web.json_response(state if is_local(request) else {"status": state["status"]})

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text, for this machine only; 503 while the database is away."""
        if not is_local(request):
            raise web.HTTPNotFound
        try:
            body = _exposed(await self.state(), await failures.counts(self._core))
        except UNREACHABLE as error:
            return _down(error)
        return web.Response(body=body, content_type="text/plain", charset="utf-8")

    async def state(self) -> dict[str, Any]:
        """Everything, as plain data. Raises what the database raises."""
        [failing] = await self._core.db.rows("SELECT COUNT(*) AS n FROM address_failure")
        return {
            "status": "ok",
            "queues": {name: await self._queue(*queue[1:]) for name, queue in QUEUES.items()}
            | {"spool": self._spooled()},
            "failing_addresses": failing["n"],
            "imap": [
                {
                    "mailbox": s.mailbox,
                    "state": s.state,
                    "since": s.since.isoformat(),
                    "last_error": s.last_error,
                    "last_success": s.last_success.isoformat() if s.last_success else None,
                    "success_seconds": _age(s.last_success, self._core.clock.now()),
                    "failing": s.failing,
                }
                for s in (reader.status for reader in self._readers)
            ],
        }

    def _spooled(self) -> dict[str, float]:
        """Mail handed over to this process that is not in the database yet."""
        oldest = min((mail.received_at for mail in self._spool.waiting if mail.received_at), default=None)
        return {"waiting": len(self._spool.waiting), "oldest_seconds": _age(oldest, self._core.clock.now())}

    async def _queue(self, table: str, condition: str, column: str) -> dict[str, float]:
        [row] = await self._core.db.rows(
            f"SELECT COUNT(*) AS n, MIN({column}) AS oldest FROM {table} WHERE {condition}"
        )
        return {"waiting": row["n"], "oldest_seconds": _age(instant(row["oldest"]), self._core.clock.now())}


def _exposed(state: dict[str, Any], events: dict[str, int]) -> bytes:
    registry = CollectorRegistry()
    waiting = Gauge("hub_queue_waiting", "Rows that wait.", ["queue"], registry=registry)
    oldest = Gauge("hub_queue_oldest_seconds", "Age of the oldest that waits.", ["queue"], registry=registry)
    for name, queue in state["queues"].items():
        waiting.labels(name).set(queue["waiting"])
        oldest.labels(name).set(queue["oldest_seconds"])
    imap = Gauge("hub_imap_up", "Whether the mailbox is being read here.", ["mailbox"], registry=registry)
    read = Gauge("hub_imap_last_success_seconds", "Since it was last read to its end.", ["mailbox"], registry=registry)
    stuck = Gauge("hub_imap_failing", "Mails on the server that could not be taken.", ["mailbox"], registry=registry)
    for mailbox in state["imap"]:
        imap.labels(mailbox["mailbox"]).set(mailbox["state"] in READ)
        stuck.labels(mailbox["mailbox"]).set(mailbox["failing"])
        if mailbox["last_success"]:
            read.labels(mailbox["mailbox"]).set(mailbox["success_seconds"])
    failing = Gauge("hub_failing_addresses", "Addresses that bounced or were refused.", registry=registry)
    failing.set(state["failing_addresses"])
    told = Gauge("hub_address_events", "What told for or against addresses.", ["event"], registry=registry)
    for event, number in events.items():
        told.labels(event).set(number)
    return generate_latest(registry)


def _down(error: BaseException) -> web.Response:
    return web.json_response({"status": "down", "database": type(error).__name__}, status=503)


def is_local(request: web.Request) -> bool:
    """Whether the request comes from this machine itself, and not through its reverse proxy."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers or not request.remote:
        return False
    return ipaddress.ip_address(request.remote).is_loopback


def _age(oldest: datetime | None, now: datetime) -> float:
    return round((now - oldest).total_seconds(), 1) if oldest else 0.0
