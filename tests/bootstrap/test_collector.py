"""Nothing is collected while something long is computed beside the event loop, and everything afterwards."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from orchestrator.bootstrap.collector import Offload


async def test_nothing_is_collected_before_the_last_of_several_is_done() -> None:
    offload, first, second = Offload(), threading.Event(), threading.Event()
    assert gc.isenabled()
    waiting = [asyncio.create_task(offload(one.wait)) for one in (first, second)]
    await asyncio.sleep(0)
    assert not gc.isenabled()
    first.set()
    assert await waiting[0]
    assert not gc.isenabled()
    second.set()
    assert await waiting[1]
    assert gc.isenabled()


async def test_what_fails_has_the_collector_go_on() -> None:
    def fail() -> None:
        raise ValueError("no plan")

    with pytest.raises(ValueError, match="no plan"):
        await Offload()(fail)
    assert gc.isenabled()


async def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        assert await Offload()(gc.isenabled) is False
        assert not gc.isenabled()
    finally:
        gc.enable()
