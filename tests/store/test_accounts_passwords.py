"""Passwords: what is kept of them, and what nobody learns by asking."""

from __future__ import annotations

import asyncio
import statistics
import time

import pytest

from orchestrator.errors import NotNow
from orchestrator.store.accounts_passwords import MOST_WAITING, Argon2Passwords


@pytest.fixture
async def passwords():
    one = Argon2Passwords(memory_kib=64, rounds=1)
    yield one
    await one.close()


async def test_a_password_fits_its_hash_and_no_other_does(passwords: Argon2Passwords) -> None:
    for password in ("correct horse battery", "ключ 🦊", "\0", "a" * 1024, "\ud800"):
        hashed = await passwords.hashed(password)
        assert hashed.startswith("$argon2id$")
        assert await passwords.fits(password, hashed)
        assert not await passwords.fits(password + "x", hashed)
    assert not await passwords.fits("x", "no hash of ours")


async def test_the_same_password_has_another_hash_each_time(passwords: Argon2Passwords) -> None:
    assert await passwords.hashed("same") != await passwords.hashed("same")


async def test_nothing_fits_nobody_and_takes_as_long() -> None:
    passwords = Argon2Passwords()
    hashed = await passwords.hashed("correct horse battery")

    async def median(of: str | None) -> float:
        spent = []
        for _ in range(7):
            began = time.perf_counter()
            assert not await passwords.fits("wrong", of)
            spent.append(time.perf_counter() - began)
        return statistics.median(spent)

    known, unknown = await median(hashed), await median(None)
    assert unknown > known / 4 and known > unknown / 4
    await passwords.close()


async def test_a_hash_of_weaker_bounds_is_outdated(passwords: Argon2Passwords) -> None:
    strong = Argon2Passwords(memory_kib=128, rounds=1)
    hashed = await passwords.hashed("x")
    assert strong.is_outdated(hashed) and not passwords.is_outdated(hashed)
    assert not strong.is_outdated("no hash of ours")
    await strong.close()


async def test_more_than_may_wait_are_turned_away(passwords: Argon2Passwords) -> None:
    tries = (passwords.fits("x", None) for _ in range(MOST_WAITING + 5))
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(one) for one in found].count(NotNow) == 5
    assert not await passwords.fits("x", None)
