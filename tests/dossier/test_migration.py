"""0003 on a database in which accounts lie already: they stay, and each guardian may have one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from hub.app import Hub
from hub.core.db import tortoise_config
from tests.accounts.test_migration import AT, ROWS, empty, on

__all__ = ["empty"]
pytestmark = pytest.mark.long
BEFORE = ("dossier", "0002_file")
BANK = (
    "INSERT INTO bank_account (family_id, guardian_id, holder, bank, iban, masked, by_debit, updated_at) "
    "VALUES (1, {guardian}, 'DURAND', '', 'scellé {guardian}', 'FR76', TRUE, '" + AT + "')"
)


async def test_accounts_stay_and_each_guardian_may_have_one(empty: str, tmp_path: Path) -> None:
    async def before(hub: Hub) -> None:
        apps = tortoise_config(hub.core.config.database)["apps"]
        await MigrationExecutor(get_connection("default"), apps).migrate([MigrationTarget(*BEFORE)])
        for row in (*ROWS[:3], BANK.format(guardian=1)):
            await hub.core.db.execute(row)
        with pytest.raises(Exception, match=r"(?i)unique"):
            await hub.core.db.execute(BANK.format(guardian=2))

    async def after(hub: Hub) -> None:
        db = hub.core.db
        assert "dossier.0003_bank_of_each" in await db.migrate()
        await db.execute(BANK.format(guardian=2))
        with pytest.raises(Exception, match=r"(?i)unique"):
            await db.execute(BANK.format(guardian=2))
        rows = await db.rows("SELECT id, guardian_id, iban, by_debit FROM bank_account ORDER BY id")
        assert [(row["guardian_id"], row["iban"]) for row in rows] == [(1, "scellé 1"), (2, "scellé 2")]
        assert rows[0]["id"] == 1 and all(row["by_debit"] for row in rows)
        await db.execute("DELETE FROM guardian WHERE id = 1")
        assert len(await db.rows("SELECT id FROM bank_account")) == 1
        if db.dialect == "sqlite":
            assert await db.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
            assert await db.rows("PRAGMA foreign_key_check") == []

    await on(empty, tmp_path, before)
    await on(empty, tmp_path, after)
