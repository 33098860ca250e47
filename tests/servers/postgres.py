"""PostgreSQL: one cluster in a folder of its own, a fresh database for each test that asks."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Sequence
from pathlib import Path

from tests.servers.daemon import Daemon, ServerError, free_port

USER = "hub"


class Postgres(Daemon):
    """Trusts whoever connects over the loopback. Fast rather than safe: a power cut may lose its data, a
    killed process does not."""

    name = "postgres"
    in_memory = True  # a database is copied for each test: on a disk that is most of the time a test takes
    farewell = signal.SIGINT  # the "fast" end: SIGTERM waits for clients to leave

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self._programs = _programs()
        self._data = self.folder / "data"
        self._numbers = itertools.count(1)
        self._left: list[str] = []
        self.hand_over()
        options = ("--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", f"--username={USER}")
        self.run(self._program("initdb"), "-D", str(self._data), *options)

    @property
    def url(self) -> str:
        """The maintenance database."""
        return self._url("postgres")

    def command(self) -> Sequence[str]:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "shared_buffers": "64MB",
        }
        given = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [self._program("postgres"), "-D", str(self._data), *given]

    def ready(self) -> bool:
        try:
            self.run(self._program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port))
        except ServerError:
            return False
        return True

    def create_database(self, template: str | None = None) -> str:
        """A new database, empty or a copy of the one at the URL `template`; its URL."""
        name = f"test_{next(self._numbers)}"
        copied = f" TEMPLATE {_database(template)}{self._strategy()}" if template else ""
        left, self._left = self._left, []
        self.sql(*(f"DROP DATABASE {gone} WITH (FORCE)" for gone in left), f"CREATE DATABASE {name}{copied}")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Nobody needs the database at `url` any more: it goes, whoever is connected to it, when the next one comes
        (a psql of its own would take longer than what it does)."""
        self._left.append(_database(url))

    def disconnect(self, url: str) -> None:
        """Cut every connection to the database at `url`, as a restart of the server would."""
        named = _database(url)
        self.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{named}'")

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """Run each statement by itself with psql; what they print, unaligned and without headers."""
        server = ("-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database)
        said = [part for statement in statements for part in ("-c", statement)]
        return self.run(self._program("psql"), *server, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *said)

    def _strategy(self) -> str:
        """Copying files is quicker than logging each page, and what PostgreSQL did before version 15 anyway."""
        return " STRATEGY FILE_COPY" if int(self._programs.parent.name) >= 15 else ""

    def _url(self, database: str) -> str:
        return f"postgres://{USER}@127.0.0.1:{self.port}/{database}"

    def _program(self, name: str) -> str:
        return str(self._programs / name)


def _programs() -> Path:
    """Debian keeps the server's programs out of PATH; the newest version wins."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not versions:
        raise ServerError("PostgreSQL is not installed: apt-get install postgresql")
    return versions[-1].parent


def _database(url: str) -> str:
    return url.rpartition("/")[2]
