"""A crash loop and a change of the leader: the crashes are counted anew, the quarantine is not."""

from __future__ import annotations

import math

from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, owner, shards, things
from tests.engine.test_poison import (
    ACTS,
    POLICY,
    QUICK,
    apart,
    change_leader,
    counts,
    crashes,
    kill_holders,
    quarantine,
)
from tests.simulation.world import World

COUNT = 100


async def test_a_successor_counts_crashes_anew_and_finds_the_culprit_all_the_same(
    make_world: MakeWorld,
) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(COUNT), nodes=2)
    await world.pass_(60.0)
    before = incarnations(world)
    kill_holders(world, "bad", after=0.2)
    world.publisher.create(KIND, ["bad"])
    await world.until(lambda: crashes(world) == ACTS.after - 1, 60.0, "one crash more would be a pattern")
    home = owner(world, "bad")
    assert home is not None

    await change_leader(world)
    assert crashes(world) < ACTS.after - 1
    assert quarantine(world) == {}
    await world.until(lambda: apart(world) == {"bad"}, 600.0, "the successor finds it")
    # as many as a leader needs that knows nothing of the shard: a pattern, halves, and a proof
    assert crashes(world) <= ACTS.after + math.ceil(math.log2(COUNT)) + 4
    await world.rest(60.0)
    after = incarnations(world)
    assert {number for number in before if before[number] != after[number]} == {home}
    assert (counts(world).owned, counts(world).quarantined) == (COUNT, 1)


async def test_who_is_in_quarantine_ends_nobody_under_the_next_leader(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(COUNT), nodes=2)
    await world.pass_(60.0)
    kill_holders(world, "bad", after=0.2)
    world.publisher.create(KIND, ["bad"])
    await world.until(lambda: apart(world) == {"bad"}, 600.0, "it is found")
    await world.rest(60.0)
    entry, before = quarantine(world)["bad"], incarnations(world)

    await change_leader(world)
    await world.rest(60.0)
    await world.pass_(ACTS.expire / 2)
    assert quarantine(world) == {"bad": entry}
    assert (crashes(world), incarnations(world)) == (0, before)
    assert any("bad" in alarm for alarm in world.engine.kind(KIND).alarms)
    # its time runs on: it is tried again when the first leader would have, and one crash is enough
    await world.until(lambda: crashes(world) == 1, ACTS.expire, "it is tried again")
    await world.rest(60.0)
    again = quarantine(world)["bad"]
    assert (apart(world), again.times) == ({"bad"}, entry.times + 1)


async def test_leaders_that_follow_each_other_quickly_cost_one_shard_only(make_world: MakeWorld) -> None:
    world = await at_rest(make_world(policy=POLICY, health=QUICK), things(COUNT), nodes=2)
    await world.pass_(60.0)
    before = incarnations(world)
    kill_holders(world, "bad", after=0.2)
    world.publisher.create(KIND, ["bad"])
    await world.until(lambda: owner(world, "bad") is not None, 10.0, "it is placed")
    home = owner(world, "bad")
    for _ in range(3):
        await world.until(lambda: crashes(world) >= 1, 60.0, "it crashes")
        gone = world.leader
        await change_leader(world)
        assert gone is not None
        await gone.gone()
        gone.start()
    after = incarnations(world)
    assert {number for number in before if before[number] != after[number]} == {home}
    assert quarantine(world) == {}
    await world.until(lambda: apart(world) == {"bad"}, 600.0, "it is found once a leader stays")
    await world.rest(60.0)
    assert counts(world).owned == COUNT


def incarnations(world: World) -> dict[int, int]:
    return {number: shard.incarnation for number, shard in shards(world).items()}
