"""The end of a term waits for nobody."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.scenes import KIND, at_rest, things
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
