"""Passwords are stored as the cheat sheets want it, though the tests themselves store theirs more cheaply."""

from __future__ import annotations

import subprocess
import sys

from hub.accounts.passwords import Passwords

# In a process of its own, where nothing has been made cheaper.
ASKED = "import asyncio; from hub.accounts.passwords import Passwords; print(asyncio.run(Passwords().hash('sapin')))"


def test_a_guess_costs_what_owasp_recommends_at_least() -> None:
    stored = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, check=True, text=True).stdout
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_password_fits_its_own_hash_only() -> None:
    passwords = Passwords()
    stored = await passwords.hash("sapin-tambour-48")
    assert await passwords.verify(stored, "sapin-tambour-48")
    assert not await passwords.verify(stored, "sapin-tambour-49")
    assert not await passwords.verify("", "sapin-tambour-48")
    assert not await passwords.verify("no hash", "sapin-tambour-48")
    passwords.close()
