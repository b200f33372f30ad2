"""An orchestration makes the fewest moves that reach an even share, and none when it is so already."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.balance.orchestration import Goal
from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.hints import Claim
from orchestrator.core.model import Instance, Protocol, Rebalance, ShardState
from tests.core.worlds import asked, world_of


def fewest_moves(uses: dict[int, int], shards_after: int, total: int) -> int:
    """The least that any plan can do: what is above an even share leaves, and the emptiest shards empty."""
    share, more = divmod(total, shards_after)
    kept = sorted(uses.values(), reverse=True)[:shards_after]
    kept += [0] * (shards_after - len(kept))
    targets = [share + (position < more) for position in range(shards_after)]
    return sum(uses.values()) - sum(min(have, want) for have, want in zip(kept, targets, strict=True))


@pytest.mark.parametrize("after", [120, 99, 101])
@pytest.mark.parametrize("protocol", Protocol)
def test_a_hundred_shards_become_more_or_fewer_with_the_fewest_moves(protocol: Protocol, after: int) -> None:
    world = world_of(2000, each=20, protocol=protocol, init_instances=100)
    world.checked = False
    uses = world.uses()
    assert set(uses.values()) == {20}
    world.policy = type(world.policy)(protocol=protocol, init_instances=after, max_max_instances=200)
    goal = asked(world, most=after, each=2000 // after + 1)
    expected = fewest_moves(uses, after, 2000)
    assert goal.moved == expected
    world.settle()
    assert world.moves.total() == expected
    assert set(world.moves.values()) == {1}
    assert world.spread() <= 1
    assert sorted(world.uses()) == list(range(after))


@settings(max_examples=60, deadline=None)
@given(
    ids=st.integers(0, 120),
    steps=st.lists(st.tuples(st.integers(3, 12), st.integers(0, 30), st.integers(0, 30)), max_size=3),
    protocol=st.sampled_from(Protocol),
    move_floor=st.integers(0, 30),
)
def test_each_orchestration_moves_what_is_above_the_share_and_nothing_else(
    ids: int, steps: list[tuple[int, int, int]], protocol: Protocol, move_floor: int
) -> None:
    world = world_of(ids, protocol=protocol, init_instances=3, move_floor=move_floor)
    for shards, deleted, created in steps:
        world.drop(*list(world.catalog)[:deleted])
        world.settle()
        uses = world.uses()
        world.add(*(f"n{shards}-{i}" for i in range(created)))
        held = len(world.catalog)
        goal = asked(world, most=shards, each=max(1, -(-held // shards)))
        targets = even_share(uses, goal, held)
        moved = sum(max(0, have - targets.get(number, 0)) for number, have in uses.items())
        assert goal.moved == moved
        world.settle()
        assert world.moves.total() == moved
        assert set(world.moves.values()) <= {1}
        assert world.spread() <= 1
        assert world.owned() == set(world.catalog)


def even_share(uses: dict[int, int], goal: Goal, total: int) -> dict[int, int]:
    active = [n for n in {*uses, *goal.created} if n not in goal.draining]
    active.sort(key=lambda n: (-uses.get(n, 0), n))
    share, more = divmod(total, len(active))
    return {number: share + (position < more) for position, number in enumerate(active)}


@pytest.mark.parametrize("protocol", Protocol)
def test_what_is_so_already_takes_no_transaction(protocol: Protocol) -> None:
    world = world_of(37, protocol=protocol)
    done = world.transactions
    goal = asked(world)
    assert not goal.changed
    assert goal.moves == ()
    assert world.transactions == done


def test_a_changed_limit_is_a_change_though_no_id_moves() -> None:
    world = world_of(37)
    goal = asked(world, most=50)
    assert goal.changed
    assert goal.moved == 0
    assert world.view.state.max_instances == 50


def test_ids_that_nothing_has_room_for_are_no_change() -> None:
    world = world_of(6, each=2, most=3, init_instances=3)
    world.add("t6")
    done = world.transactions
    assert isinstance(world.orchestrate(), Refused)
    assert world.transactions == done


def test_an_orchestration_of_a_paused_kind_is_refused() -> None:
    world = world_of(5)
    draft = world.draft()
    draft.amend_state(paused=True)
    world.commit(draft.plan())
    refused = world.orchestrate(each=1)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.PAUSED


def test_at_most_the_limit_of_ids_is_being_moved_at_once() -> None:
    world = world_of(100, init_instances=4, move_floor=7)
    asked(world, most=3, each=50)
    for _ in range(60):
        assert sum(shard.releasing for shard in world.view.shards.values()) <= 7
        world.round()
    assert world.spread() <= 1


def test_a_kind_too_small_for_the_ratio_moves_an_id_at_a_time() -> None:
    world = world_of(12, init_instances=4, move_floor=0)
    asked(world, most=3, each=10)
    world.settle()
    assert world.uses() == {0: 4, 1: 4, 2: 4}


def test_a_goal_is_kept_while_deleted_ids_take_the_room() -> None:
    world = world_of(12, init_instances=4, each=4, most=4)
    on_first = [i for i in world.catalog if world.owner(i) == 0]
    world.drop(*on_first)
    world.reconcile(dict.fromkeys(on_first, Claim.DELETED))
    asked(world, most=3, each=3)
    assert world.view.state.rebalance is not None
    world.settle()
    assert world.view.state.rebalance is None
    assert world.uses() == {0: 3, 1: 3, 2: 3} or sorted(world.uses().values()) == [3, 3, 3]


def test_draining_shards_are_emptied_though_nobody_has_room_at_first() -> None:
    world = world_of(8, init_instances=4, each=2, most=4)
    gone = [i for i in world.catalog if world.owner(i) in (0, 1)]
    world.drop(*gone)
    world.reconcile(dict.fromkeys(gone, Claim.DELETED))
    asked(world, most=3, each=2)
    world.settle()
    assert world.spread() <= 1
    assert len(world.view.shards) == 3
    assert world.owned() == set(world.catalog)


def test_the_fullest_draining_shard_is_woken_first() -> None:
    world = world_of(30, init_instances=5, move_floor=2)
    asked(world, most=3, each=10)
    for _ in range(2):
        world.round()
    asleep = {n: s.used for n, s in world.view.shards.items() if s.state is ShardState.DRAINING}
    assert len(asleep) == 2
    goal = asked(world, most=4, each=9)
    assert goal.reactivated == (max(asleep, key=lambda n: asleep[n]),)
    world.settle()
    assert world.spread() <= 1


def test_a_shard_made_anew_under_the_number_of_a_drained_one_owes_nothing() -> None:
    world = world_of(0, init_instances=4)
    draft = world.draft()
    draft.amend_state(rebalance=Rebalance(id="p", gives=((2, 3), (3, 0)), takes=((0, 9),)))
    draft.stop(3, Reason.DRAINED)
    draft.end(3)
    draft.cut()
    draft.remove(3, Reason.DRAINED)
    assert draft.state.rebalance is not None
    assert dict(draft.state.rebalance.gives) == {2: 3}


def test_a_drained_shard_goes_when_it_is_empty_and_its_instance_has_ended() -> None:
    world = world_of(30, init_instances=4)
    asked(world, most=3, each=10)
    world.round()
    last = max(world.view.shards)
    while world.view.shards[last].instance is not Instance.NONE:
        assert last in world.view.shards
        world.round()
        if last not in world.view.shards:
            break
    world.settle()
    assert last not in world.view.shards
