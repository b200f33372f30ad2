"""Nothing is collected while something long is computed beside the event loop, and everything afterwards."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator

import pytest

from orchestrator.bootstrap.collector import Offload
from tests.services.waiting import until


@pytest.fixture
async def offload() -> AsyncIterator[Offload]:
    made = Offload(after=0.05)
    assert gc.isenabled()
    try:
        yield made
    finally:
        made.close()
        assert gc.isenabled()


async def test_nothing_is_collected_before_the_last_of_several_is_done(offload: Offload) -> None:
    first, second = threading.Event(), threading.Event()
    waiting = [asyncio.create_task(offload(one.wait)) for one in (first, second)]
    await asyncio.sleep(0)
    assert not gc.isenabled()
    first.set()
    assert await waiting[0]
    await asyncio.sleep(0.1)
    assert not gc.isenabled()
    second.set()
    assert await waiting[1]
    assert gc.isenabled()


async def test_nothing_is_collected_for_a_time_after_it_is_done(offload: Offload) -> None:
    assert await offload(gc.isenabled) is False
    assert not gc.isenabled()
    await until(gc.isenabled, 5, "the collector goes on")


async def test_the_collector_has_its_turn_however_often_something_is_done(offload: Offload) -> None:
    turns, began = 0, time.monotonic()
    while turns < 3:
        assert time.monotonic() - began < 10
        await offload(gc.isenabled)
        await asyncio.sleep(0.01)
        turns += gc.isenabled()


async def test_what_fails_has_the_collector_go_on(offload: Offload) -> None:
    def fail() -> None:
        raise ValueError("no plan")

    with pytest.raises(ValueError, match="no plan"):
        await offload(fail)
    await until(gc.isenabled, 5, "the collector goes on")


async def test_a_collector_that_was_off_stays_off(offload: Offload) -> None:
    gc.disable()
    try:
        assert await offload(gc.isenabled) is False
        await asyncio.sleep(0.1)
        assert not gc.isenabled()
    finally:
        gc.enable()
