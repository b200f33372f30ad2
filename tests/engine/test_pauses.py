"""What the tests of long loads measure with."""

from __future__ import annotations

import asyncio
import gc
import time

from tests.pauses import Pauses, calm

HELD_S = 0.15


def compute(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


async def test_a_loop_that_computes_is_held() -> None:
    pauses = Pauses()
    await asyncio.sleep(0.01)
    compute(HELD_S)
    await pauses.end()
    assert pauses.held > HELD_S * 0.9
    assert pauses.late > HELD_S * 0.9


async def test_a_loop_that_waits_is_late_and_not_held() -> None:
    pauses = Pauses()
    await asyncio.sleep(0.01)
    time.sleep(HELD_S)
    await pauses.end()
    assert pauses.held < HELD_S / 2
    assert pauses.late > HELD_S * 0.9


def test_the_collector_is_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with calm():
        assert gc.get_threshold() != before
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
