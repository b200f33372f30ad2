"""A plan is carried out as it was reviewed, or says why it is not; and what it did can be taken back."""

from __future__ import annotations

import json
import random
import zlib
from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.balance.reshape import call_off, reshape, set_goal
from orchestrator.core.decisions import Move, Reason, Refused
from orchestrator.core.hints import Claim
from orchestrator.core.moves.handoff import settle
from orchestrator.core.moves.papers import MAX_BYTES, decode_moves, encode_moves, part_name, with_parts
from orchestrator.core.moves.queue import MoveQueue, give_up_blocked, next_moves
from orchestrator.core.papers import Paper
from orchestrator.core.plans.figures import exceeds_blast_radius, hand_off
from orchestrator.core.plans.papers import (
    COUNTER,
    Register,
    decode_proposal,
    encode_proposal,
    encode_register,
    register_of,
)
from orchestrator.core.plans.proposal import Proposal, Sizes, Stage, Stays, Tally, plan_id, plan_number
from orchestrator.core.plans.proposing import Asked, Made, propose, propose_undo
from orchestrator.core.plans.staleness import changes_since, tolerance
from orchestrator.core.policy import KindPolicy
from tests.core.worlds import World, asked, world_of

WALL = 1_700_000_000.0


def made(world: World, *, each: int | None = None, most: int | None = None, number: int = 1) -> Made:
    """Compute a plan; fails when that is refused."""
    wish = Asked(
        number=number,
        actor="test",
        wall=WALL,
        count=len(world.catalog),
        fresh=[i for i in world.catalog if i not in world.view.index],
        resource_per_instance=each,
        max_instances=most,
    )
    found = propose(world.view, world.policy, world.limits, wish)
    assert not isinstance(found, Refused), found
    return found


def begin(world: World, proposal: Proposal, moves: list[Move]) -> MoveQueue:
    draft = world.draft()
    reshape(draft, proposal)
    set_goal(draft, proposal, moves)
    world.commit(draft.plan())
    return MoveQueue.of(moves, world.view)


def carry_out(world: World, queue: MoveQueue, *, rounds: int = 300) -> int:
    """To its end, while everybody lets go of what it is to; the peak of ids that moved at once."""
    peak = 0
    for _ in range(rounds):
        for number in world.view.shards:
            world.acknowledge(number)
        free, draft = world.freed(), world.draft()
        settle(draft, free, world.said({i for one in free for i in one.ids}))
        world.commit(draft.plan())
        queue.follow(world.view)
        draft = world.draft()
        step = next_moves(draft, queue)
        if not (step.begun or step.dropped or step.failed or draft.moving()):
            step = give_up_blocked(draft, queue, None)
        world.commit(draft.plan())
        queue.note(step)
        peak = max(peak, queue.tally.moving)
        if queue.is_empty and not queue.tally.moving:
            return peak
    raise AssertionError(f"still at work: {queue.tally}")


def homes(world: World) -> dict[str, int]:
    return {i: n for n, shard in world.view.shards.items() for i in shard.ids()}


def churn(world: World, chance: random.Random, deleted: int, created: int) -> set[str]:
    gone = set(chance.sample(sorted(world.catalog), min(deleted, len(world.catalog))))
    world.drop(*gone)
    world.add(*(f"new{i}" for i in range(created)))
    hints = dict.fromkeys(gone, Claim.DELETED) | {f"new{i}": Claim.CREATED for i in range(created)}
    world.reconcile(hints)
    world.settle()
    return gone


@settings(max_examples=60)
@given(
    ids=st.integers(0, 150),
    first=st.integers(5, 40),
    second=st.integers(5, 40),
    floor=st.integers(1, 40),
    deleted=st.integers(0, 10),
    created=st.integers(0, 10),
    seed=st.integers(0, 1 << 16),
)
def test_no_more_moves_than_were_reviewed_and_each_of_them_is_accounted_for(
    ids: int, first: int, second: int, floor: int, deleted: int, created: int, seed: int
) -> None:
    world = world_of(ids, each=first, init_instances=3, move_floor=floor)
    proposal, moves = made(world, each=second)
    assert len({move.id for move in moves}) == len(moves) == proposal.moves
    assert sum(count for _, _, count in proposal.pairs) == proposal.moves == proposal.cost
    gone = churn(world, random.Random(seed), deleted, created)
    before = homes(world)
    queue = begin(world, proposal, moves)
    assert carry_out(world, queue) <= max(floor, int(len(before) * world.policy.move_ratio), 1)
    after, tally = homes(world), queue.tally
    assert tally.done + tally.failed + tally.dropped == len(moves)
    moved = {i for i, n in before.items() if after.get(i) != n}
    listed = {move.id: move for move in moves}
    assert moved <= listed.keys()
    assert all(after[i] == listed[i].target for i in moved)
    assert tally.dropped >= len(gone & listed.keys())
    if not deleted and not created:
        assert tally.done == len(moves)
        spread = [load.most - load.least for load in proposal.spread_after]
        now = [n for _, n in sorted((s.number, s.used) for s in world.view.shards.values() if s.is_active)]
        assert spread == [max(now) - min(now)]


@settings(max_examples=60)
@given(ids=st.integers(1, 150), first=st.integers(5, 40), second=st.integers(5, 40), cut=st.integers(0, 80))
def test_undo_takes_back_what_was_done_however_much_that_was(
    ids: int, first: int, second: int, cut: int
) -> None:
    world = world_of(ids, each=first, init_instances=3, move_floor=1000)
    before, shards = homes(world), sorted(world.view.shards)
    proposal, moves = made(world, each=second)
    queue = begin(world, proposal, moves[:cut])
    carry_out(world, queue)
    draft = world.draft()
    call_off(draft, proposal)
    world.commit(draft.plan())
    wish = Asked(number=2, actor="test", wall=WALL)
    back = propose_undo(world.view, world.policy, world.limits, proposal, moves, wish)
    assert not isinstance(back, Refused), back
    assert back[0].stays == ()
    carry_out(world, begin(world, *back))
    world.settle()
    assert homes(world) == before
    kept = [n for n in sorted(world.view.shards) if world.view.shards[n].is_active]
    assert set(shards) <= set(kept)
    assert world.view.state.resource_per_instance == first


@settings(max_examples=40)
@given(
    ids=st.integers(1, 120), first=st.integers(5, 40), second=st.integers(5, 40), floor=st.integers(1, 200)
)
def test_no_shard_ever_holds_more_than_the_peak_that_was_told(
    ids: int, first: int, second: int, floor: int
) -> None:
    world = world_of(ids, each=first, init_instances=3, move_floor=floor)
    proposal, moves = made(world, each=second)
    told = {peak.shard: peak.load[0] for peak in proposal.peaks}
    queue = begin(world, proposal, moves)
    for _ in range(300):
        for number, most in told.items():
            load = world.view.load(number)
            assert load.used[0] + load.leaving[0] + load.reserved[0] <= most
        if queue.is_empty and not queue.tally.moving:
            return
        for number in world.view.shards:
            world.acknowledge(number)
        free, draft = world.freed(), world.draft()
        settle(draft, free, world.said({i for one in free for i in one.ids}))
        world.commit(draft.plan())
        queue.follow(world.view)
        draft = world.draft()
        step = next_moves(draft, queue)
        world.commit(draft.plan())
        queue.note(step)
    raise AssertionError(queue.tally)


def test_a_successor_finds_the_list_as_far_as_it_has_come() -> None:
    world = world_of(60, each=20, init_instances=3, move_floor=7)
    proposal, moves = made(world, each=10)
    queue = begin(world, proposal, moves)
    draft = world.draft()
    queue.note(next_moves(draft, queue))
    world.commit(draft.plan())
    for number in world.view.shards:
        world.acknowledge(number)
    free, draft = world.freed(), world.draft()
    settle(draft, free, world.said(world.catalog))
    world.commit(draft.plan())
    queue.follow(world.view)
    draft = world.draft()
    queue.note(next_moves(draft, queue))
    world.commit(draft.plan())
    assert MoveQueue.of(moves, world.view).tally == queue.tally
    assert (queue.tally.done, queue.tally.moving) == (7, 7)


def test_no_more_shards_than_the_maximum_are_active_wherever_a_plan_is_cut() -> None:
    # the world judges each transaction by itself
    for each in (100, 20):
        world = world_of(100, each=20, most=6, init_instances=3)
        assert len(world.uses()) == 6
        world.drop(*[f"t{n}" for n in range(40, 100)])
        world.settle()
        world.limits = replace(world.limits, size=1_000, shards_for_new_ids=1)
        if each == 100:
            asked(world, most=3, each=each)
        else:
            proposal, moves = made(world, most=3)
            queue = begin(world, proposal, moves)
            cancelled = world.draft()
            call_off(cancelled, proposal)
            world.commit(cancelled.plan())
            assert queue.tally.done == 0
        world.settle()


def test_an_id_that_came_back_is_not_sent_again() -> None:
    world = world_of(60, each=20, init_instances=3)
    proposal, moves = made(world, each=10)
    queue = begin(world, proposal, moves)
    draft = world.draft()
    step = next_moves(draft, queue)
    queue.note(step)
    world.commit(draft.plan())
    for number in world.view.shards:
        world.acknowledge(number)
    draft = world.draft()
    back = step.begun[0]
    draft.settle(back.source, [back.id], back.source, Reason.RETURNED)
    world.commit(draft.plan())
    queue.follow(world.view)
    assert queue.tally.failed == 1
    assert MoveQueue.of(moves, world.view, queue.tried).tally == queue.tally


def test_what_changed_since_is_said_and_little_is_tolerated() -> None:
    world = world_of(300, each=100, init_instances=3)
    proposal, moves = made(world, each=50)
    assert changes_since(proposal, world.view, moves, 0) == ()
    churn(world, random.Random(1), 3, 3)
    assert changes_since(proposal, world.view, moves, 0) == ()
    (said,) = changes_since(proposal, world.view, moves, 4)
    assert said == "Since then plan 4 was applied."
    churn(world, random.Random(2), 80, 0)
    assert any(str(tolerance(300)) in said for said in changes_since(proposal, world.view, moves, 0))
    asked(world, each=40)
    said = " ".join(changes_since(proposal, world.view, moves, 0))
    assert "shards were added" in said
    assert "resourcePerInstance was changed from 100 to 40" in said
    assert "the orchestration p was begun" in said


def test_placing_many_ids_is_within_any_blast_radius_and_moving_many_is_not() -> None:
    policy = KindPolicy()
    assert not exceeds_blast_radius(policy, 0, 10_000)
    assert not exceeds_blast_radius(policy, 2_500, 10_000)
    assert exceeds_blast_radius(policy, 2_501, 10_000)
    assert not exceeds_blast_radius(policy, 99, 99)


def test_the_time_of_a_plan_is_that_of_its_rounds() -> None:
    policy = KindPolicy(move_floor=10, move_ratio=0.0, handoff_deadline=60.0)
    assert hand_off(policy, 25, 100, None).seconds == 180.0
    told = hand_off(policy, 25, 100, (0.5, 40))
    assert (told.seconds, told.basis, told.samples, told.at_once) == (1.5, "measured", 40, 10)


# --- papers ---

IDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)
MOVES = st.lists(st.builds(Move, IDS, st.integers(0, 99), st.integers(0, 99)), max_size=60)


@given(moves=MOVES)
def test_moves_are_read_as_they_were_written(moves: list[Move]) -> None:
    assert [move for body in encode_moves(moves) for move in decode_moves(body)] == moves


def test_each_paper_of_moves_is_within_its_size_however_badly_the_ids_compress() -> None:
    chance = random.Random(7)
    moves = [Move(chance.randbytes(256).hex(), n % 5, 9) for n in range(9_000)]
    bodies = encode_moves(moves)
    assert all(len(body) <= MAX_BYTES for body in bodies)
    assert [move for body in bodies for move in decode_moves(body)] == moves


def test_a_plan_is_read_as_it_was_written() -> None:
    world = world_of(90, each=30, init_instances=3)
    proposal, moves = made(world, each=20)
    stored, parts = with_parts(
        replace(
            proposal,
            stage=Stage.CANCELLED,
            tally=Tally(done=3, waiting=2),
            stays=(Stays(reason="deleted", sentence="Gone.", count=1, ids=("ü",)),),
            remarks=("so",),
            undoes=4,
        ),
        moves,
    )
    assert decode_proposal(encode_proposal(stored)) == stored
    assert (stored.parts, part_name(stored.number, 0)) == (len(parts), "moves.1.0")


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d | {"layout": 2},
        lambda d: d | {"stage": "soon"},
        lambda d: d | {"number": -1},
        lambda d: d | {"number": True},
        lambda d: d | {"made_at": float("nan")},
        lambda d: d | {"before": None},
        lambda d: d | {"pairs": [[1, 2]]},
        lambda d: d | {"capacities": [[1, "x"]]},
        lambda d: d | {"remarks": [1]},
        lambda d: d | {"peaks": [3]},
        lambda d: {k: v for k, v in d.items() if k != "after"},
    ],
)
def test_a_plan_that_does_not_fit_its_shape_is_refused_with_the_member(change: object) -> None:
    document = json.loads(encode_proposal(_proposal()))
    with pytest.raises(ValueError, match="the plan"):
        decode_proposal(json.dumps(change(document)).encode())  # type: ignore[operator]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"layout":1,"zlib":"?"}',
        b'{"layout":1,"zlib":"' + b64encode(zlib.compress(b'[[0,1,["a"]]]')[:-3]) + b'"}',
        b'{"layout":1,"zlib":"' + b64encode(zlib.compress(b'[[0,-1,["a"]]]')) + b'"}',
        b'{"layout":1,"zlib":"' + b64encode(zlib.compress(b"[[0,1,[2]]]")) + b'"}',
        b'{"layout":1,"zlib":"' + b64encode(zlib.compress(b'{"a":1}')) + b'"}',
        b'{"layout":1,"zlib":"' + b64encode(zlib.compress(b" " * (17 << 20))) + b'"}',
    ],
)
def test_moves_that_are_damaged_are_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="the moves"):
        decode_moves(body)


def test_a_counter_that_cannot_be_read_stands_at_the_newest_plan() -> None:
    papers = {name: Paper(name=name, body=b"{") for name in ("plan.3", "plan.12", "moves.12.0", COUNTER)}
    assert register_of(papers) == Register(newest=12, applied=12)
    papers[COUNTER] = Paper(name=COUNTER, body=encode_register(Register(newest=14, applied=3)))
    assert register_of(papers) == Register(newest=14, applied=3)
    assert register_of({}) == Register()


@pytest.mark.parametrize("text", ["p", "p-0", "p-01", "p--1", "p-7f3a91", "x-1", "p-1 ", "p-1234567890"])
def test_only_the_name_of_a_plan_has_a_number(text: str) -> None:
    assert plan_number(text) is None
    assert plan_number(plan_id(41)) == 41


def _proposal() -> Proposal:
    sizes = Sizes(shards=3, max_instances=100, resource_per_instance=20)
    return Proposal(number=7, made_at=WALL, actor="test", before=sizes, after=sizes)
