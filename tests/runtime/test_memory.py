"""The runtime in memory fails when it is told to, and only then."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.errors import Unavailable
from orchestrator.ports import InstanceSeen, InstanceSpec, Occupied, Phase, Started
from orchestrator.runtime.memory import MemoryRuntime
from orchestrator.runtime.news import Feed, Subscription
from tests.runtime.pods import spec
from tests.runtime.waiting import seen_of


class StillClock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self._sleepers.append((self.now + seconds, event))
        await event.wait()

    async def advance(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now += seconds
        for due, event in self._sleepers:
            if due <= self.now:
                event.set()
        for _ in range(3):
            await asyncio.sleep(0)


class Diary:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.ends_by_itself = False

    def on_running(self, spec: InstanceSpec) -> None:
        self.lines.append(f"running {spec.incarnation}")

    def on_asked_to_stop(self, spec: InstanceSpec) -> bool:
        self.lines.append(f"asked {spec.incarnation}")
        return self.ends_by_itself

    def on_ended(self, spec: InstanceSpec) -> None:
        self.lines.append(f"ended {spec.incarnation}")


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


async def test_a_failed_start_changes_nothing(clock: StillClock) -> None:
    runtime = MemoryRuntime(clock)
    runtime.fail("ensure")
    with pytest.raises(Unavailable):
        await runtime.ensure(spec())
    assert await runtime.observe("Thing") == []
    assert await runtime.ensure(spec()) == Started()


async def test_a_start_whose_answer_is_lost_lands_later(clock: StillClock) -> None:
    runtime = MemoryRuntime(clock)
    runtime.fail("ensure", after_s=5)
    with pytest.raises(Unavailable):
        await runtime.ensure(spec())
    await clock.advance(4)
    assert await runtime.observe("Thing") == []
    await clock.advance(1)
    assert [seen.phase for seen in await runtime.observe("Thing")] == [Phase.RUNNING]
    await runtime.close()


async def test_a_late_start_does_not_replace_what_is_there(clock: StillClock) -> None:
    runtime = MemoryRuntime(clock)
    runtime.fail("ensure", after_s=5)
    with pytest.raises(Unavailable):
        await runtime.ensure(spec(incarnation=1))
    await runtime.ensure(spec(incarnation=2))
    await clock.advance(5)
    assert [seen.incarnation for seen in await runtime.observe("Thing")] == [2]
    await runtime.close()


async def test_an_instance_is_pending_until_it_has_started(clock: StillClock) -> None:
    runtime = MemoryRuntime(clock, start_s=10)
    await runtime.ensure(spec())
    assert [seen.phase for seen in await runtime.observe("Thing")] == [Phase.PENDING]
    await clock.advance(10)
    assert [seen.phase for seen in await runtime.observe("Thing")] == [Phase.RUNNING]
    await runtime.close()


async def test_a_stop_ignored_lasts_until_the_grace_is_over(clock: StillClock) -> None:
    runtime = MemoryRuntime(clock)
    runtime.deafen("Thing", 3)
    await runtime.ensure(spec())
    await runtime.stop("Thing", 3, 1, grace_s=30)
    await clock.advance(29)
    assert isinstance(await runtime.ensure(spec(incarnation=2)), Occupied)
    await clock.advance(1)
    assert [seen.detail for seen in await runtime.observe("Thing")] == ["ended by SIGKILL"]
    await runtime.close()


async def test_the_world_is_told_and_may_end_the_instance_itself(clock: StillClock) -> None:
    diary = Diary()
    runtime = MemoryRuntime(clock, world=diary)
    await runtime.ensure(spec())
    diary.ends_by_itself = True
    await runtime.stop("Thing", 3, 1, grace_s=30)
    assert diary.lines == ["running 1", "asked 1"]
    runtime.end("Thing", 3, 1)
    runtime.end("Thing", 3, 1)
    assert diary.lines == ["running 1", "asked 1", "ended 1"]
    await runtime.close()


@pytest.mark.parametrize("verb", ["observe", "stop", "logs"])
async def test_every_call_fails_as_often_as_it_is_told_to(clock: StillClock, verb: str) -> None:
    runtime = MemoryRuntime(clock)
    await runtime.ensure(spec())
    calls = {
        "observe": lambda: runtime.observe("Thing"),
        "stop": lambda: runtime.stop("Thing", 3, 1, grace_s=0),
        "logs": lambda: runtime.logs("Thing", 3, lines=1),
    }
    runtime.fail(verb, times=2)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(Unavailable):
            await calls[verb]()
    await calls[verb]()


async def test_a_held_observation_stays_until_it_is_healed(clock: StillClock) -> None:
    runtime = MemoryRuntime(clock)
    runtime.hold_observation()
    await runtime.ensure(spec())
    assert await runtime.observe("Thing") == []
    runtime.heal()
    assert await seen_of(runtime, 3) is not None


async def test_an_end_is_forgotten_after_a_while(clock: StillClock) -> None:
    runtime = MemoryRuntime(clock)
    await runtime.ensure(spec())
    runtime.end("Thing", 3, 1)
    clock.now += 600
    assert await seen_of(runtime, 3) is not None
    clock.now += 1
    assert await seen_of(runtime, 3) is None


async def test_who_listens_hears_in_the_order_in_which_they_came() -> None:
    """Else one seed of the simulated world would tell another story wherever its objects lie in memory."""
    feed, heard = Feed(), list[int]()

    async def listen(number: int, subscription: Subscription) -> None:
        await anext(subscription)
        heard.append(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(50):
            tasks.create_task(listen(number, feed.subscribe()))
        await asyncio.sleep(0)
        feed.publish(InstanceSeen(kind="Thing", shard=0, incarnation=1, phase=Phase.RUNNING))
    assert heard == list(range(50))
