"""The live stream's one list for all readers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from orchestrator.engine import feed as feeds
from orchestrator.engine.facade import FeedItem
from orchestrator.engine.feed import Feed
from tests.engine.reading import reading_of

Reader = AsyncGenerator[Sequence[FeedItem], None]


async def some(reader: Reader) -> list[tuple[int, str]]:
    async with asyncio.timeout(1.0):
        return [(one.id, one.event) for one in await anext(reader)]


def happen(feed: Feed, count: int) -> None:
    for number in range(count):
        feed.publish("journal", {"number": number}, "Thing")


async def reading(feed: Feed, after: int | None = None) -> Reader:
    """A reader that waits already."""
    reader, others = reading_of(feed.read, after), feed.readers
    first = asyncio.ensure_future(anext(reader))
    while feed.readers == others:
        await asyncio.sleep(0)
    feed.publish("first", {})
    await first
    return reader


async def test_a_reader_gets_all_that_happened_since_at_once() -> None:
    feed = Feed()
    reader = await reading(feed)
    happen(feed, 3)
    assert [number for number, _ in await some(reader)] == [2, 3, 4]
    assert feed.readers == 1


async def test_a_reader_that_comes_back_goes_on_or_is_told_to_reload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "KEPT", 5)
    feed = Feed()
    happen(feed, 8)
    assert [number for number, _ in await some(reading_of(feed.read, 6))] == [7, 8]
    happen(feed, 4)
    assert await some(reading_of(feed.read, 2)) == [(12, "reload")]
    assert await some(reading_of(feed.read, 99)) == [(12, "reload")]


async def test_a_reader_that_falls_behind_is_told_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "KEPT", 5)
    feed = Feed()
    slow, quick = await reading(feed), await reading(feed)
    await some(slow)
    for _ in range(4):
        happen(feed, 4)
        await some(quick)
    assert await some(slow) == [(18, "reload")]
    happen(feed, 1)
    assert await some(slow) == [(19, "journal")]


async def test_the_next_leader_numbers_on_and_sends_all_away() -> None:
    feed = Feed()
    reader = await reading(feed)
    happen(feed, 2)
    feed.restart(1 << 32)
    assert [number for number, _ in await some(reader)] == [2, 3]
    with pytest.raises(StopAsyncIteration):
        await anext(reader)
    assert feed.readers == 0
    happen(feed, 1)
    assert await some(reading_of(feed.read, (1 << 32) - 1)) == [(1 << 32, "journal")]
    assert await some(reading_of(feed.read, 3)) == [(1 << 32, "reload")]


async def test_who_stops_reading_is_no_reader() -> None:
    feed = Feed()
    reader = await reading(feed)
    await reader.aclose()
    assert feed.readers == 0


async def test_who_found_nothing_is_woken_once_by_what_comes_next() -> None:
    feed = Feed()
    woken: list[int] = []

    def wake() -> None:
        woken.append(feed.readers)

    one, other = feed.read(None, wake), feed.read(None, wake)
    happen(feed, 1)
    assert not woken
    assert one.take() is not None and other.take() is not None
    assert one.take() == other.take() == ()
    happen(feed, 3)
    assert woken == [2]


async def test_large_items_are_forgotten_sooner_and_the_latest_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "KEPT", 5)
    feed = Feed()
    for _ in range(4):
        feed.publish("shards", {}, rows=4)
    assert await some(reading_of(feed.read, 0)) == [(4, "reload")]
    assert await some(reading_of(feed.read, 3)) == [(4, "shards")]
    feed.publish("shards", {}, rows=100)
    assert await some(reading_of(feed.read, 4)) == [(5, "shards")]
