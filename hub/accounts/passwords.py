"""Passwords: argon2id, off the event loop, a few at a time so that a burst of logins cannot eat the memory."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
MEMORY = 19 * 1024  # KiB; with t=2, p=1 the first recommendation of OWASP's password storage cheat sheet

HASHER = PasswordHasher(time_cost=2, memory_cost=MEMORY, parallelism=1)


class Passwords:
    """Hashes and verifies."""

    def __init__(self) -> None:
        self._hasher = HASHER
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
        self._nobody = _nobody()

    async def hash(self, password: str) -> str:
        """What is stored: argon2id in PHC form."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._hasher.hash, password)

    async def verify(self, stored: str, password: str) -> bool:
        """Whether it fits. An empty `stored` (no such account) takes as long and never fits."""
        loop = asyncio.get_running_loop()
        fits = await loop.run_in_executor(self._pool, self._fits, stored or self._nobody, password)
        return fits and bool(stored)

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobody() -> str:
    """What the password of an account that does not exist is held against."""
    return HASHER.hash("the account that does not exist")
