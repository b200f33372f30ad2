"""Who does not lead reads from the store; a read may outlive everybody who waited for it."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from orchestrator.errors import Unavailable
from tests.engine.scenes import at_rest, things
from tests.simulation.world import World


async def test_a_read_that_fails_after_everybody_left_is_reported_to_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_rest(world, things(30), nodes=2)
    _, follower = world.nodes
    assert follower.engine is not None and follower.store is not None

    async def slow(kind: str) -> None:
        await asyncio.sleep(20.0)
        raise Unavailable("the store is away")

    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    monkeypatch.setattr(follower.store, "load", slow)
    with pytest.raises(Unavailable):
        await follower.engine.recall()
    await asyncio.sleep(20.0)
    follower.engine._recollection._reading = None
    gc.collect()
    assert not complaints
