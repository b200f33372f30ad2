"""More at once than the inbox holds."""

from __future__ import annotations

import pytest

from orchestrator.engine import inbox
from tests.engine.scenes import KIND, at_rest, held, things
from tests.simulation.world import World


@pytest.fixture(autouse=True)
def small_inbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "CAPACITY", 50)
    monkeypatch.setattr(inbox, "SLICE", 20)


async def test_messages_beyond_the_capacity_become_one_resync(world: World) -> None:
    await at_rest(world, things(30))
    calls = world.catalog.calls
    for resource_id in things(300, first=100):
        world.publisher.create(KIND, [resource_id])
    await world.rest(5.0)
    assert world.engine.overview().counters["notifications.overflowed"] > 0
    assert world.catalog.calls - calls < 30


async def test_a_resync_that_finds_more_than_the_capacity_has_all_of_it_done(world: World) -> None:
    await at_rest(world, things(30))
    world.publisher.create(KIND, things(300, first=100), tell=False)
    await world.engine.resync(KIND, actor="test")
    await world.rest(2.0)


async def test_accepting_more_than_the_capacity_lets_all_of_it_go(world: World) -> None:
    await at_rest(world, things(200))
    world.publisher.delete(KIND, things(150), tell=False)
    await world.engine.resync(KIND, actor="test")
    status = world.engine.kind(KIND).held
    assert status is not None
    await world.engine.accept_removals(KIND, digest=status.digest, count=150, actor="test")
    await world.rest(5.0)
    assert not any(held(world, i) for i in things(150))
