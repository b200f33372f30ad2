"""Comparing catalog and store, and repairing what no transaction of ours can have made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.balance.orchestration import Goal
from orchestrator.core.decisions import Reason, ShardChange
from orchestrator.core.differences import STEP, Differences, compare
from orchestrator.core.hints import Claim
from orchestrator.core.model import Chunk, Instance, KindState, Releasing, Shard
from orchestrator.core.view import View
from tests.core.laws import check_rebuild
from tests.core.worlds import World, world_of


def differences(world: World) -> Differences:
    return list(compare(world.view, list(world.catalog)))[-1]


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_a_comparison_names_exactly_the_differences(stored: set[int], listed: set[int]) -> None:
    chunk = Chunk(ids=tuple(f"t{i}" for i in sorted(stored)))
    shard = Shard(number=0, capacity=(100,), chunks=(chunk,))
    view = View.of(KindState(kind="Thing"), {0: shard})
    found = list(compare(view, [f"t{i}" for i in listed]))[-1]
    assert set(found.missing) == {f"t{i}" for i in listed - stored}
    assert set(found.surplus) == {f"t{i}" for i in stored - listed}
    assert (found.catalog, found.doubled) == (len(listed), [])


def test_an_id_that_is_being_let_go_of_is_no_difference() -> None:
    world = world_of(5)
    world.drop("t0")
    world.reconcile({"t0": Claim.DELETED})
    found = differences(world)
    assert (found.missing, found.surplus) == ([], [])


def test_a_long_comparison_pauses() -> None:
    view = View.of(KindState(kind="Thing"), {})
    assert sum(1 for _ in compare(view, [f"t{i}" for i in range(3 * STEP)])) >= 3


def put(world: World, number: int, chunk: Chunk) -> None:
    """Add a chunk to a shard, as a hand in the store might."""
    before = world.view.shards[number]
    world.put_by_hand(ShardChange(before=before, after=replace(before, chunks=(*before.chunks, chunk))))
    check_rebuild(world.view)


@pytest.mark.parametrize("copies", [2, 3])
@pytest.mark.parametrize("is_releasing", [False, True])
@pytest.mark.parametrize("to", [None, 2])
def test_an_id_in_two_places_keeps_one_of_them(copies: int, is_releasing: bool, to: int | None) -> None:
    world = world_of(9, init_instances=4)
    world.checked = False
    home = world.owner("t0")
    others = [n for n in world.view.shards if n != home][: copies - 1]
    for number in others:
        entry = Releasing(generation=world.view.shards[number].generation, to=to, ids=("t0",))
        put(world, number, Chunk(releasing=(entry,)) if is_releasing else Chunk(ids=("t0",)))
    assert differences(world).doubled == ["t0"]
    world.settle()
    world.checked = True
    assert differences(world) == Differences(catalog=9)
    assert [i for shard in world.view.shards.values() for i in shard.ids()].count("t0") == 1
    world.settle()


def test_an_id_in_two_places_always_has_an_owner_while_it_is_repaired() -> None:
    world = world_of(9, init_instances=3)
    world.checked = False
    for number in world.view.shards:
        if number != world.owner("t0"):
            put(world, number, Chunk(ids=("t0",)))
    for _ in range(20):
        assert "t0" in world.owned()
        world.round()
    assert world.view.duplicates == {}


def test_an_id_in_two_places_is_repaired_while_its_shards_are_rebalanced() -> None:
    world = world_of(40, init_instances=4, move_floor=3)
    world.checked = False
    for one in ("t0", "t1", "t20"):
        home = world.owner(one)
        put(world, next(n for n in world.view.shards if n != home), Chunk(ids=(one,)))
    assert isinstance(world.orchestrate(most=3, each=20), Goal)
    world.settle()
    assert differences(world) == Differences(catalog=40)


def test_an_id_twice_on_one_shard_is_repaired() -> None:
    world = world_of(9, init_instances=3)
    world.checked = False
    home = world.owner("t0")
    assert home is not None
    put(world, home, Chunk(ids=("t0",)))
    world.settle()
    assert differences(world) == Differences(catalog=9)


def test_both_places_let_go_of_at_once_leave_the_id_to_be_found() -> None:
    world = world_of(9, init_instances=3)
    world.checked = False
    draft = world.draft()
    home = world.owner("t0")
    assert home is not None
    draft.release(home, ["t0"], None, Reason.DELETED)
    world.commit(draft.plan())
    other = next(n for n in world.view.shards if n != home)
    put(world, other, Chunk(releasing=(Releasing(generation=0, to=None, ids=("t0",)),)))
    world.settle()
    assert world.owned() == set(world.catalog)
    assert world.view.shards[home].instance is Instance.LIVE
