"""From a change of the catalog to a worker that holds the id."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from orchestrator.ports import Notification, Witness
from tests.engine.scenes import KIND, at_rest, held, owner, things
from tests.simulation.world import World


async def test_a_created_thing_is_served_within_milliseconds_of_its_notification(world: World) -> None:
    await at_rest(world, things(30))
    world.publisher.create(KIND, ["new"])
    took = await world.until(lambda: held(world, "new"), 0.01, "the new thing is held", step=0.001)
    assert took <= 0.002


async def test_many_created_at_once_are_looked_up_together(world: World) -> None:
    await at_rest(world, things(30))
    calls = world.catalog.calls
    for resource_id in things(200, first=100):
        world.publisher.create(KIND, [resource_id])
    await world.rest(5.0)
    assert world.catalog.calls - calls <= 2


async def test_a_lost_notification_is_made_good_by_the_next_resync(world: World) -> None:
    await at_rest(world, things(30))
    world.publisher.create(KIND, ["lost"], tell=False)
    await world.pass_(290.0)
    assert owner(world, "lost") is None
    await world.rest(15.0)
    assert held(world, "lost")


async def test_a_message_that_names_no_id_asks_for_a_resync_at_most_once_a_second(world: World) -> None:
    await at_rest(world, things(30))
    world.publisher.create(KIND, ["bulk"], tell=False)
    calls = world.catalog.calls
    for _ in range(20):
        world.publisher.push(Notification(table="t_Thing", witness=Witness.CREATED))
        await asyncio.sleep(0.05)
    await world.rest(2.0)
    assert held(world, "bulk")
    assert world.catalog.calls - calls <= 5


async def test_a_message_of_another_table_is_only_counted(world: World) -> None:
    await at_rest(world, things(30))
    world.publisher.push(Notification(table="elsewhere", witness=Witness.CREATED, ids=("x",)))
    await world.pass_(1.0)
    assert world.engine.overview().counters["notifications.other_table"] == 1


@pytest.mark.parametrize("claim", [Witness.CREATED, Witness.UPDATED])
async def test_a_contradicted_claim_is_looked_at_again_after_200_ms_1_s_and_5_s(
    world: World, claim: Witness
) -> None:
    await at_rest(world, things(30))
    looks = looks_at(world, "ghost")
    began = world.loop.time()
    world.publisher.push(Notification(table="t_Thing", witness=claim, ids=("ghost",)))
    await world.pass_(60.0)
    assert [round(at - began, 3) for at in looks] == [0.0, 0.2, 1.2, 6.2]


async def test_a_claim_that_is_made_again_and_again_is_looked_at_no_longer_than_its_last_message(
    world: World,
) -> None:
    await at_rest(world, things(30))
    looks = looks_at(world, "t3")
    for _ in range(40):
        world.publisher.push(Notification(table="t_Thing", witness=Witness.DELETED, ids=("t3",)))
        await asyncio.sleep(0.15)
    said = world.loop.time() - 0.15
    await world.pass_(60.0)
    assert [round(at - said, 3) for at in looks if at > said + 0.01] == [0.2, 1.2, 6.2]
    assert len(looks) == 40 + 3


async def test_an_old_deletion_is_no_witness_of_what_vanishes_from_the_catalog_later(world: World) -> None:
    await at_rest(world, things(200))
    for _ in range(20):
        world.publisher.push(Notification(table="t_Thing", witness=Witness.DELETED, ids=("t3",)))
        await asyncio.sleep(0.15)
    await world.pass_(8.0)
    world.publisher.delete(KIND, things(200), tell=False)
    await world.pass_(60.0)
    assert held(world, "t3")


async def test_a_row_that_appears_after_its_message_is_found_at_the_second_look(world: World) -> None:
    await at_rest(world, things(30))
    world.publisher.push(Notification(table="t_Thing", witness=Witness.CREATED, ids=("slow",)))
    await asyncio.sleep(0.1)
    world.publisher.create(KIND, ["slow"], tell=False)
    await world.until(lambda: held(world, "slow"), 0.2, "found at the second look")


async def test_a_deletion_that_the_catalog_does_not_confirm_changes_nothing(world: World) -> None:
    await at_rest(world, things(30))
    before = world.transactions
    world.publisher.push(Notification(table="t_Thing", witness=Witness.DELETED, ids=("t3",)))
    await world.pass_(30.0)
    assert world.transactions == before
    assert held(world, "t3")


async def test_an_id_that_cannot_be_placed_is_shown_with_its_reason(world: World) -> None:
    await at_rest(world, things(30))
    world.publisher.create(KIND, ["bad\nid"])
    await world.pass_(1.0)
    [unplaced] = world.engine.kind(KIND).unplaced
    assert unplaced.reason == "unfit-id"
    world.publisher.delete(KIND, ["bad\nid"], tell=False)
    await world.engine.resync(KIND, actor="test")
    assert world.engine.kind(KIND).unplaced == ()


def looks_at(world: World, resource_id: str) -> list[float]:
    """When the catalog was asked for the id, from now on."""
    looks: list[float] = []
    lookup = world.catalog.lookup

    async def watched(kind: str, ids: Collection[str]) -> object:
        if resource_id in ids:
            looks.append(world.loop.time())
        return await lookup(kind, ids)

    world.catalog.lookup = watched  # type: ignore[assignment, method-assign]
    return looks
