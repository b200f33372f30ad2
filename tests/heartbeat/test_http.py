"""Beats in memory: the latest of each instance; over HTTP: a proof as old as the last answered probe."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from heartbeat.http import HttpHeartbeats
from heartbeat.memory import MemoryHeartbeats
from heartbeat.pool import Pool
from orchestrator.errors import Unavailable
from orchestrator.ports import Beat


class Clock:
    """Time that moves only by sleeping, and then at once."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def beat(shard: int, received: float = 1.0, incarnation: int = 1) -> Beat:
    return Beat(kind="Thing", shard=shard, received=received, incarnation=incarnation)


@pytest.fixture
def beats() -> MemoryHeartbeats:
    return MemoryHeartbeats(Clock(), limit=3)


async def test_the_latest_beat_of_each_instance_is_delivered(beats: MemoryHeartbeats) -> None:
    for one in (beat(1, 1.0), beat(2, 2.0), beat(1, 3.0)):
        beats.receive(one)
    assert await anext(beats.batches()) == [beat(2, 2.0), beat(1, 3.0)]


async def test_a_beat_of_an_earlier_incarnation_does_not_hide_its_successors(beats: MemoryHeartbeats) -> None:
    beats.receive(beat(1, 1.0, incarnation=2))
    beats.receive(beat(1, 2.0, incarnation=1))
    assert len(await anext(beats.batches())) == 2


async def test_a_reader_waits_for_the_next_beat(beats: MemoryHeartbeats) -> None:
    batches = beats.batches()
    waiting = asyncio.ensure_future(anext(batches))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    beats.receive(beat(1))
    assert await waiting == [beat(1)]


async def test_closing_ends_the_reader(beats: MemoryHeartbeats) -> None:
    async def read() -> list[object]:
        return [batch async for batch in beats.batches()]

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    await beats.close()
    assert await reading == []
    assert [batch async for batch in beats.batches()] == []


async def test_beats_that_nobody_takes_are_bounded() -> None:
    pool = Pool(3)
    for shard in range(5):
        pool.put(beat(shard))
    assert [one.shard for one in await anext(pool.batches())] == [2, 3, 4]
    assert pool.dropped == 2
    assert pool.is_empty


async def test_an_older_beat_that_comes_later_does_not_replace_a_newer_one(beats: MemoryHeartbeats) -> None:
    for one in (beat(1, 3.0), beat(1, 2.0)):
        beats.receive(one)
    assert await anext(beats.batches()) == [beat(1, 3.0)]


async def test_over_http_beats_come_by_the_exchange_and_the_reader_only_waits_for_the_end() -> None:
    channel = HttpHeartbeats(Clock())
    reading = asyncio.ensure_future(anext(channel.batches(), None))
    await asyncio.sleep(0.01)
    assert not reading.done()
    await channel.close()
    assert await reading is None


async def watched(beats: HttpHeartbeats, probe: Callable[[], Awaitable[None]], rounds: int) -> None:
    async def counted() -> None:
        nonlocal rounds
        rounds -= 1
        if rounds < 0:
            await beats.close()
            raise Unavailable("closed")
        await probe()

    await beats.watch(counted)


async def test_a_channel_never_probed_is_not_proven() -> None:
    assert HttpHeartbeats(Clock()).proven() is None


async def test_an_answered_probe_proves_the_channel_at_the_moment_it_was_sent() -> None:
    clock = Clock()
    beats = HttpHeartbeats(clock, interval_s=2.0)

    async def slow() -> None:
        clock.now += 0.5

    await watched(beats, slow, 2)
    assert beats.proven() == 102.5
    assert clock.now > 104


@pytest.mark.parametrize("error", [Unavailable("refused"), ConnectionRefusedError(), TimeoutError()])
async def test_a_failed_probe_leaves_the_proof_as_old_as_it_is(error: Exception) -> None:
    beats = HttpHeartbeats(Clock(), interval_s=1.0)
    answers = iter([None, error, error])

    async def probe() -> None:
        if (answer := next(answers)) is not None:
            raise answer

    await watched(beats, probe, 3)
    assert beats.proven() == 100.0
    assert beats.fault


async def test_a_probe_that_hangs_is_given_up() -> None:
    beats = HttpHeartbeats(Clock(), interval_s=0.05)
    await watched(beats, asyncio.Event().wait, 1)  # type: ignore[arg-type]
    assert beats.proven() is None


async def test_a_bug_in_the_probe_ends_the_watch() -> None:
    async def probe() -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await HttpHeartbeats(Clock()).watch(probe)


async def test_a_channel_in_memory_is_alive_until_it_is_cut() -> None:
    clock = Clock()
    beats = MemoryHeartbeats(clock)
    assert beats.proven() == 100.0
    clock.now += 1
    beats.cut()
    clock.now += 5
    beats.receive(beat(1))
    assert beats.proven() == 101.0
    beats.mend()
    beats.receive(beat(2))
    assert beats.proven() == 106.0
    assert await anext(beats.batches()) == [beat(2)]
