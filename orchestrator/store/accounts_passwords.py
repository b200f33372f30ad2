"""Passwords as argon2id keeps them: slow to try, each with a salt of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from orchestrator.errors import NotNow

MEMORY_KIB, ROUNDS = 19 * 1024, 2
"""What OWASP asks for at least: a sign-in takes some 30 ms of one core."""

AT_ONCE, MOST_WAITING = 2, 64
Result = TypeVar("Result")


class Argon2Passwords:
    """At most ``AT_ONCE`` are tried at a time, so that many sign-ins take neither memory nor all cores."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, rounds: int = ROUNDS) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")
        self._waiting = 0
        # Whether there is such a user shall not be told by how long the answer takes.
        self._nobody = self._hasher.hash(b"of nobody")

    async def hashed(self, password: str) -> str:
        return await self._run(lambda: self.hash_now(password))

    async def fits(self, password: str, hashed: str | None) -> bool:
        return await self._run(lambda: self._fits(password, hashed))

    def is_outdated(self, hashed: str) -> bool:
        try:
            return self._hasher.check_needs_rehash(hashed)
        except InvalidHashError:
            return False

    def hash_now(self, password: str) -> str:
        """Keeps its thread for as long as it takes."""
        return self._hasher.hash(_bytes(password))

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)

    def _fits(self, password: str, hashed: str | None) -> bool:
        try:
            return self._hasher.verify(hashed or self._nobody, _bytes(password)) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= MOST_WAITING:
            raise NotNow(f"{MOST_WAITING} passwords are being tried: come again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")
