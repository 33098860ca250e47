"""The migrations and the models say the same, on both databases."""

from __future__ import annotations

import asyncio
import contextvars
from pathlib import Path

import pytest
from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import AlterModelOptions

from hub.app import build
from hub.core.db import ROOMS, tortoise_config
from tests.cast import settings


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path / 'hub.sqlite3'}"
    url: str = request.getfixturevalue("postgres").create_database()
    return url


@pytest.mark.long
async def test_an_empty_database_becomes_what_the_models_say(empty: str, tmp_path: Path) -> None:
    """What a model says and no migration does would be asked for here; what it says of itself in words is no matter."""

    async def run() -> None:
        async with build(settings(empty, tmp_path, 0)).opened() as hub:
            assert {name.split(".")[0] for name in await hub.core.db.migrate()} == set(ROOMS)
            assert await hub.core.db.migrate() == [] and await hub.core.db.pending() == []
            assert Tortoise.apps is not None
            apps = tortoise_config(hub.core.config.database)["apps"]
            missing = await MigrationAutodetector(Tortoise.apps, apps).changes()
            operations = [operation for writer in missing for operation in writer.operations]
            assert [op.describe() for op in operations if not isinstance(op, AlterModelOptions)] == []

    # in a task of its own: tortoise's context must not leak into other tests
    await asyncio.create_task(run(), context=contextvars.Context())
