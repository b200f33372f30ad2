"""The virtual loop: time costs nothing, order is decided by the seed alone."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.simulation.loop import Deadlock, Endless, VirtualClock, VirtualLoop, simulate


async def _race(loop: VirtualLoop) -> tuple[int, ...]:
    order: list[int] = []

    async def runner(number: int) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            order.append(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(5):
            tasks.create_task(runner(number))
    return tuple(order)


def test_one_seed_gives_one_interleaving() -> None:
    assert simulate(_race, 7) == simulate(_race, 7)


def test_other_seeds_give_other_interleavings() -> None:
    assert len({simulate(_race, seed) for seed in range(20)}) > 15


def test_hours_pass_at_once() -> None:
    async def main(loop: VirtualLoop) -> tuple[float, float]:
        clock = VirtualClock(loop)
        before = clock.wall()
        await clock.sleep(36_000.0)
        return clock.monotonic(), clock.wall() - before

    began = time.perf_counter()
    assert simulate(main, 0) == (36_000.0, 36_000.0)
    assert time.perf_counter() - began < 1.0


def test_a_timeout_goes_off_at_its_moment() -> None:
    async def main(loop: VirtualLoop) -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await loop.create_future()
        return loop.time()

    assert simulate(main, 0) == 2.5


def test_timers_of_later_moments_never_overtake() -> None:
    async def main(loop: VirtualLoop) -> list[float]:
        seen: list[float] = []
        for delay in (0.3, 0.1, 0.2, 0.1):
            loop.call_later(delay, lambda: seen.append(loop.time()))
        await asyncio.sleep(1.0)
        return seen

    assert simulate(main, 3) == [0.1, 0.1, 0.2, 0.3]


def test_waiting_for_nothing_is_a_deadlock() -> None:
    async def main(loop: VirtualLoop) -> None:
        await loop.create_future()

    with pytest.raises(Deadlock):
        simulate(main, 0)


def test_a_world_that_never_rests_is_stopped() -> None:
    async def main(loop: VirtualLoop) -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(Endless):
        simulate(main, 0, max_steps=1_000)


def test_a_frozen_process_stands_still_and_goes_on_when_it_is_thawed() -> None:
    async def main(loop: VirtualLoop) -> tuple[int, int, int]:
        ticks: list[float] = []

        async def tick() -> None:
            while True:
                await asyncio.sleep(1.0)
                ticks.append(loop.time())

        task = loop.spawn("ticker", tick())
        await asyncio.sleep(3.5)
        loop.freeze("ticker")
        before = len(ticks)
        await asyncio.sleep(10.0)
        during = len(ticks)
        loop.thaw("ticker")
        await asyncio.sleep(1.5)
        task.cancel()
        return before, during, len(ticks)

    assert simulate(main, 0) == (3, 3, 5)


def test_what_a_process_leaves_behind_is_found() -> None:
    async def main(loop: VirtualLoop) -> tuple[int, int]:
        async def leave() -> None:
            loop.call_later(50.0, lambda: None)

        await loop.spawn("leaver", leave())
        before = len(loop.left_behind("leaver"))
        await asyncio.sleep(60.0)
        return before, len(loop.left_behind("leaver"))

    assert simulate(main, 0) == (1, 0)
