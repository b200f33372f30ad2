"""The end of a term waits for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from orchestrator.errors import Unavailable
from orchestrator.ports import JournalLine
from tests.engine.scenes import KIND, at_rest, journal, things
from tests.simulation.world import World


async def test_a_journal_that_hangs_keeps_nobody_from_the_office(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_rest(world, things(30))
    node = world.nodes[0]
    assert node.engine is not None

    async def hang(lines: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as hung:
        hung.setattr(world.journal, "append", hang)
        world.publisher.create(KIND, ["new"])
        await asyncio.sleep(0.5)
        world.publisher.create(KIND, ["newer"])
        await asyncio.sleep(0.5)
        node.engine.leadership.lose("a scene")
        await world.until(lambda: node.leads and node.engine.counters["terms"] == 2, 5.0, "it leads again")
    await world.rest(30.0)


async def test_what_was_being_written_when_the_office_was_lost_is_written_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_rest(world, things(30))
    node, append = world.nodes[0], world.journal.append
    assert node.engine is not None
    begun = asyncio.Event()

    async def slow(lines: Sequence[JournalLine]) -> Sequence[JournalLine]:
        begun.set()
        await asyncio.sleep(0.5)
        return await append(lines)

    with monkeypatch.context() as slowed:
        slowed.setattr(world.journal, "append", slow)
        world.publisher.create(KIND, ["new"])
        await begun.wait()
        world.publisher.create(KIND, ["newer"])
        await asyncio.sleep(0.1)
        node.engine.leadership.lose("a scene")
        await world.until(lambda: node.leads and node.engine.counters["terms"] == 2, 5.0, "it leads again")
    assigned = [line.ids for line in await journal(world, "assign") if line.ids[0].startswith("new")]
    assert assigned == [("new",), ("newer",)]
    await world.rest(30.0)


async def test_a_journal_that_is_back_has_every_line_once_and_in_order(world: World) -> None:
    await at_rest(world, things(30))
    recorder = world.engine.term.recorder if world.engine.term else None
    assert recorder is not None
    append = world.journal.append

    async def away(lines: Sequence[JournalLine]) -> Sequence[JournalLine]:
        raise Unavailable("the journal is away")

    world.journal.append = away  # type: ignore[method-assign]
    for number in range(5):
        world.publisher.create(KIND, [f"new{number}"])
        await asyncio.sleep(0.5)
    assert recorder.trouble == "the journal is away"
    world.journal.append = append  # type: ignore[method-assign]
    await asyncio.sleep(2.0)
    assert recorder.trouble == ""
    assigned = [i for line in await journal(world, "assign") for i in line.ids if i.startswith("new")]
    assert assigned == [f"new{number}" for number in range(5)]
