"""The servers as pytest fixtures: each is started once per session, when first asked for.

A failed test shows what its servers said meanwhile.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from typing import TypeVar

import pytest
import pytest_asyncio

from tests.servers.daemon import Daemon
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.s3 import S3
from tests.servers.sink import Sink

Server = TypeVar("Server", bound=Daemon)

PASSWORD = "motdepasse"
HUB = "hub@hub.test"  # its mailbox takes all mail of its domain
NORA, KARIM, YOUTH = "nora@ville.test", "karim@ville.test", "jeunesse@ville.test"
DURAND, MARTIN = "durand@famille.test", "martin@famille.test"
USERS = dict.fromkeys((HUB, NORA, KARIM, YOUTH, DURAND, MARTIN), PASSWORD)
LMTP_DOMAIN = "lmtp.hub.test"  # mail for it goes to the hub's own door, at `postfix.hub_port`

RUNNING = pytest.StashKey[dict[Daemon, int]]()  # daemon -> length of its log when the test began
SHOWN = 6000  # characters of log


@pytest.fixture(scope="session")
def dovecot_server(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    """Dovecot, for whoever does not mind what earlier tests left in the mailboxes."""
    yield from watched(request, Dovecot(USERS, {"hub.test": HUB}))


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Dovecot:
    """Dovecot with empty mailboxes for everyone in USERS."""
    dovecot_server.empty()
    return dovecot_server


@pytest.fixture(scope="session")
def postfix(request: pytest.FixtureRequest, dovecot_server: Dovecot) -> Iterator[Postfix]:
    """Postfix delivering ville.test, famille.test and hub.test to Dovecot, lmtp.hub.test to the hub's door."""
    mailboxes = dict.fromkeys(("ville.test", "famille.test", "hub.test"), dovecot_server.lmtp_port)
    trusted = ("ville.test", "famille.test", "hub.test", LMTP_DOMAIN)
    yield from watched(request, Postfix(mailboxes, trusted, LMTP_DOMAIN, dovecot_server.sasl_port))


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """PostgreSQL; ask it for databases."""
    yield from watched(request, Postgres())


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3-compatible store; ask it for buckets."""
    with S3() as server:
        yield server


@pytest_asyncio.fixture
async def sink() -> AsyncIterator[Sink]:
    """An SMTP server that does as told."""
    async with Sink() as server:
        yield server


def watched(request: pytest.FixtureRequest, daemon: Server) -> Iterator[Server]:
    """For a fixture: run `daemon` while it is used, and show its log with failures."""
    running = request.config.stash.setdefault(RUNNING, {})
    try:
        daemon.start()
        running[daemon] = 0
        yield daemon
    finally:
        running.pop(daemon, None)
        daemon.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember where each log stands."""
    running = item.config.stash.setdefault(RUNNING, {})
    running.update({daemon: len(daemon.log()) for daemon in running})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the servers said since to the report of a failure."""
    report = yield
    if report.failed:
        for daemon, begun in item.config.stash.get(RUNNING, {}).items():
            if said := daemon.log()[begun:]:
                report.sections.append((f"what {daemon.name} said", said[-SHOWN:]))
    return report
