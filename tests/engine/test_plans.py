"""Plans that are computed, reviewed, applied, paused, cancelled and taken back."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.model import Instance
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.engine.answers.plans import PlanStatus
from orchestrator.errors import UnknownPlan
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, journal, orchestrate, owner, shards, succeed, things
from tests.simulation.worker_process import Temper
from tests.simulation.world import World

SMALL = KindPolicy(init_instances=3)
SLOW = KindPolicy(init_instances=3, move_floor=5)


async def make(world: World, each: int | None = 20, **more: Any) -> PlanStatus:
    given = {"max_instances": None, "resource_per_instance": each, "note": "", "actor": "test"}
    made = await world.engine.make_plan(KIND, **{**given, **more})
    assert isinstance(made, PlanStatus), made
    return made


async def apply(world: World, number: int) -> PlanStatus:
    answer = await world.engine.apply_plan(KIND, number, actor="test")
    assert isinstance(answer, PlanStatus), answer
    return answer


async def act(world: World, number: int, what: str) -> PlanStatus:
    answer = await world.engine.act_on_plan(KIND, number, act=what, actor="test")
    assert isinstance(answer, PlanStatus), answer
    return answer


async def undo(world: World, number: int) -> PlanStatus:
    answer = await world.engine.undo_plan(KIND, number, note="", actor="test")
    assert isinstance(answer, PlanStatus), answer
    return answer


async def refused(world: World, number: int) -> Refused:
    answer = await world.engine.apply_plan(KIND, number, actor="test")
    assert isinstance(answer, Refused), answer
    return answer


def placed(world: World) -> dict[str, int]:
    return {i: n for n, shard in shards(world).items() for i in shard.ids()}


async def ready(
    make_world: MakeWorld, policy: KindPolicy = SMALL, *, release_s: float = 0.0, **more: Any
) -> World:
    world = make_world(policy=policy, **{"resource_per_instance": 40, **more})
    world.workforce.tempers = lambda spec: Temper(release_s=release_s)
    return await at_rest(world, things(100))


async def test_a_plan_tells_everything_and_changes_nothing_but_its_papers(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    before, homes, state = world.transactions, placed(world), world.documents.seen[KIND].loaded.state
    made = await make(world, note="more room")
    plan = made.proposal
    assert (plan.number, made.stage, plan.moves, plan.created, plan.draining) == (
        2,
        "proposed",
        49,
        (3, 4, 5),
        (),
    )
    assert (plan.before.shards, plan.after.shards, plan.note) == (3, 6, "more room")
    assert sum(count for _, _, count in plan.pairs) == plan.moves == plan.cost
    assert [(one.dimension, one.least, one.most) for one in plan.spread_before] == [("count", 33, 34)]
    assert [(one.dimension, one.least, one.most) for one in plan.spread_after] == [("count", 16, 17)]
    assert {peak.shard: peak.load[0] for peak in plan.peaks if peak.shard > 2} == {3: 17, 4: 16, 5: 16}
    assert plan.hand_off.basis == "limits"
    assert [limit.code for limit in plan.limits] == ["blast-radius"]
    await world.pass_(10.0)
    now = world.documents.seen[KIND].loaded.state
    assert (world.transactions - before, placed(world)) == (1, homes)
    assert (now.shards, now.resource_per_instance, now.rebalance) == (state.shards, 40, None)


async def test_an_applied_plan_moves_exactly_what_was_reviewed(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    number = (await make(world)).proposal.number
    listed = (await world.engine.plan_moves(KIND, number, start=0, most=1000)).moves
    begun = await apply(world, number)
    assert begun.stage == "applied"
    await world.rest(60.0)
    assert {i: owner(world, i) for i, _, _ in listed} == {i: to for i, _, to in listed}
    ended = world.engine.plan(KIND, number)
    assert (ended.stage, ended.tally.done) == ("done", 49)
    assert sorted(shard.used for shard in shards(world).values()) == [16, 16, 17, 17, 17, 17]
    assert [line.detail for line in await journal(world, "finish-plan")] == [
        "plan 2: 49 done, 0 failed, 0 dropped"
    ]


async def test_applying_twice_answers_how_far_it_has_come(make_world: MakeWorld) -> None:
    world = await ready(make_world, SLOW, release_s=1.0)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.pass_(5.0)
    again = await apply(world, number)
    assert again.stage == "applied"
    assert 0 < again.tally.done < 49
    assert sum((again.tally.done, again.tally.moving, again.tally.waiting)) == 49
    await world.rest(200.0)
    before = world.transactions
    assert (await apply(world, number)).tally.done == 49
    assert world.transactions == before


async def test_moves_are_paged_in_their_order(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    number = (await make(world)).proposal.number
    first = await world.engine.plan_moves(KIND, number, start=0, most=20)
    second = await world.engine.plan_moves(KIND, number, start=20, most=40)
    assert (len(first.moves), first.next, len(second.moves), second.next) == (20, 20, 29, None)
    assert len({move.id for move in (*first.moves, *second.moves)}) == 49


async def test_a_paused_plan_ends_what_is_under_way_and_begins_nothing_until_it_is_resumed(
    make_world: MakeWorld,
) -> None:
    world = await ready(make_world, SLOW, release_s=1.0)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.pass_(5.0)
    assert (await act(world, number, "pause")).stage == "paused"
    await world.pass_(5.0)
    stood = world.engine.plan(KIND, number)
    assert (stood.tally.moving, stood.stage) == (0, "paused")
    assert 0 < stood.tally.done < 49
    await world.pass_(30.0)
    assert world.engine.plan(KIND, number).tally == stood.tally
    assert (await act(world, number, "resume")).stage == "applied"
    await world.rest(200.0)
    assert world.engine.plan(KIND, number).tally.done == 49


async def test_a_cancelled_plan_leaves_the_rest_where_it_is(make_world: MakeWorld) -> None:
    world = await ready(make_world, SLOW, release_s=1.0)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.pass_(5.0)
    ended = await act(world, number, "cancel")
    await world.rest(20.0)
    state = world.documents.seen[KIND].loaded.state
    assert (ended.stage, state.rebalance, len(placed(world))) == ("cancelled", None, 100)
    # what the shards still hold is more than the new size: the former one is in force again
    assert (state.resource_per_instance, {s.capacity for s in shards(world).values()}) == (40, {(40,)})
    moved = sum(1 for n in placed(world).values() if n > 2)
    assert ended.tally.done < moved <= ended.tally.done + 5
    assert "cancelled" in (await refused(world, number)).detail


async def test_a_cancelled_drain_keeps_the_shards_that_still_hold_ids(make_world: MakeWorld) -> None:
    world = await ready(make_world, SLOW, resource_per_instance=20, release_s=1.0)
    made = await make(world, 50)
    assert len(made.proposal.draining) == 3
    await apply(world, made.proposal.number)
    await world.pass_(4.0)
    await act(world, made.proposal.number, "cancel")
    await world.rest(60.0)
    assert all(shard.is_active for shard in shards(world).values())
    assert len(placed(world)) == 100


async def test_undo_takes_every_id_back_to_where_it_came_from(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    before = placed(world)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.rest(60.0)
    assert placed(world) != before
    back = await undo(world, number)
    assert (back.proposal.undoes, back.proposal.moves, back.proposal.draining) == (number, 49, (3, 4, 5))
    assert placed(world) != before
    await apply(world, back.proposal.number)
    await world.rest(120.0)
    assert placed(world) == before
    state = world.documents.seen[KIND].loaded.state
    assert (state.shards, state.resource_per_instance, sorted(shards(world))) == (3, 40, [0, 1, 2])


async def test_undo_of_a_shrink_makes_the_shards_again_under_their_numbers(make_world: MakeWorld) -> None:
    world = await ready(make_world, resource_per_instance=20)
    before = placed(world)
    summary = await orchestrate(world, resource_per_instance=50)
    await world.rest(60.0)
    number = int(str(summary.plan_id).removeprefix("p-"))
    back = await undo(world, number)
    assert back.proposal.created == summary.draining
    await apply(world, back.proposal.number)
    await world.rest(120.0)
    assert placed(world) == before


async def test_undo_says_which_ids_cannot_go_back_and_moves_the_others(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    before = placed(world)
    number = (await make(world)).proposal.number
    listed = (await world.engine.plan_moves(KIND, number, start=0, most=1000)).moves
    await apply(world, number)
    await world.rest(60.0)
    gone = [move.id for move in listed[:4]]
    world.publisher.delete(KIND, gone)
    world.publisher.create(KIND, things(6, first=500))
    await world.rest(20.0)
    back = await undo(world, number)
    assert [(one.reason, one.count, sorted(one.ids)) for one in back.proposal.stays] == [
        ("deleted", 4, sorted(gone))
    ]
    await apply(world, back.proposal.number)
    await world.rest(120.0)
    now = placed(world)
    assert all(now[i] == n for i, n in before.items() if i not in gone)
    assert sorted(shards(world)) == [0, 1, 2]


async def test_undo_of_a_half_applied_plan_takes_back_what_moved(make_world: MakeWorld) -> None:
    world = await ready(make_world, SLOW, release_s=1.0)
    before = placed(world)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.pass_(5.0)
    answer = await world.engine.undo_plan(KIND, number, note="", actor="test")
    assert isinstance(answer, Refused)
    await act(world, number, "cancel")
    await world.rest(30.0)
    moved = sum(1 for i, n in placed(world).items() if before[i] != n)
    back = await undo(world, number)
    assert back.proposal.moves == moved > 0
    await apply(world, back.proposal.number)
    await world.rest(120.0)
    assert placed(world) == before


async def test_undo_of_what_was_changed_since_says_so(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    await orchestrate(world, resource_per_instance=20)
    await world.rest(60.0)
    await orchestrate(world, resource_per_instance=15)
    await world.rest(60.0)
    back = await undo(world, 2)
    said = " ".join(back.proposal.remarks)
    assert "Plan 3 was applied after plan 2" in said
    assert "resourcePerInstance was changed since from 20 to 15." in said


async def test_a_stale_plan_is_refused_and_says_what_has_changed(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    first, second = (await make(world)).proposal.number, (await make(world, 15)).proposal.number
    await apply(world, first)
    await world.rest(60.0)
    answer = await refused(world, second)
    assert answer.reason is Reason.STALE
    said = " ".join(answer.reasons)
    for part in ("shards were added: 3, 4, 5", "from 40 to 20", f"plan {first} was applied"):
        assert part in said


async def test_a_few_ids_that_came_or_went_are_left_out_and_many_make_it_stale(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    number = (await make(world)).proposal.number
    listed = [m.id for m in (await world.engine.plan_moves(KIND, number, start=0, most=1000)).moves]
    world.publisher.delete(KIND, listed[:3])
    await world.rest(10.0)
    await apply(world, number)
    await world.rest(60.0)
    tally = world.engine.plan(KIND, number).tally
    assert (tally.done, tally.dropped) == (46, 3)
    other = (await make(world, 15)).proposal.number
    world.publisher.create(KIND, things(16, first=700))
    await world.rest(10.0)
    answer = await refused(world, other)
    assert answer.reason is Reason.STALE
    assert "came, went or moved" in answer.reasons[0]


async def test_a_plan_that_waited_too_long_is_refused(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    number = (await make(world)).proposal.number
    await world.pass_(3700.0)
    assert world.engine.plan(KIND, number).stage == "expired"
    assert (await refused(world, number)).reason is Reason.EXPIRED


async def test_a_plan_that_there_is_not_is_unknown(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    number = (await make(world)).proposal.number
    with pytest.raises(UnknownPlan, match="has no plan 9: the newest is plan 2"):
        world.engine.plan(KIND, 9)
    await world.engine.discard_plan(KIND, number, actor="test")
    with pytest.raises(UnknownPlan, match="plan 2 of Thing is gone"):
        await world.engine.apply_plan(KIND, number, actor="test")


async def test_only_so_many_plans_are_kept_and_never_the_one_under_way_goes(make_world: MakeWorld) -> None:
    world = await ready(make_world, SLOW, release_s=20.0)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.pass_(1.0)
    for each in range(21, 46):
        await make(world, each)
    numbers = [one.proposal.number for one in world.engine.plans(KIND)]
    assert (len(numbers), numbers[0], numbers[-1]) == (20, 27, number)


@pytest.mark.parametrize("survived", range(1, 9))
async def test_a_crash_after_any_transaction_of_an_applied_plan_ends_as_it_was_reviewed(
    make_world: MakeWorld, survived: int
) -> None:
    world = await ready(make_world, limits=Limits(operations=25))
    number = (await make(world)).proposal.number
    listed = (await world.engine.plan_moves(KIND, number, start=0, most=1000)).moves
    node, since = world.nodes[0], world.transactions

    def crash(transaction: object) -> None:
        if world.transactions - since == survived:
            node.crash()

    world.on_commit = crash
    asking = world.loop.spawn(node.label, apply(world, number))
    await world.pass_(2.0)
    asking.cancel()
    await succeed(world, node)
    await world.rest(120.0)
    assert {i: owner(world, i) for i, _, _ in listed} == {i: to for i, _, to in listed}
    assert world.engine.plan(KIND, number).stage == "done"


async def test_a_successor_finds_the_plan_under_way_and_keeps_it_paused(make_world: MakeWorld) -> None:
    world = await ready(make_world, SLOW, release_s=1.0)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.pass_(4.0)
    await act(world, number, "pause")
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    await world.pass_(30.0)
    stood = world.engine.plan(KIND, number)
    assert stood.stage == "paused"
    assert 0 < stood.tally.done < 49
    await act(world, number, "resume")
    await world.rest(200.0)
    assert world.engine.plan(KIND, number).tally.done == 49


async def test_a_later_orchestration_supersedes_the_plan_under_way(make_world: MakeWorld) -> None:
    world = await ready(make_world, SLOW, release_s=1.0)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.pass_(4.0)
    await orchestrate(world, resource_per_instance=40)
    await world.rest(200.0)
    assert world.engine.plan(KIND, number).stage == "superseded"
    assert sorted(shard.used for shard in shards(world).values()) == [33, 33, 34]


async def test_a_foreign_write_while_a_plan_is_carried_out_changes_nothing_of_it(
    make_world: MakeWorld,
) -> None:
    world = await ready(make_world, SLOW, release_s=1.0)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.pass_(3.0)
    world.documents.by_hand(world.documents.layout.kind(KIND), lambda body: body)
    await world.rest(200.0)
    ended = world.engine.plan(KIND, number)
    assert (ended.stage, ended.tally.done) == ("done", 49)


async def test_a_call_that_names_no_size_and_moves_much_is_refused_with_the_number_of_its_plan(
    make_world: MakeWorld,
) -> None:
    world = make_world(policy=SMALL, resource_per_instance=40)
    await at_rest(world, things(130))
    world.documents.by_hand(
        world.documents.layout.kind(KIND), lambda body: {**body, "resourcePerInstance": 20}
    )
    await world.pass_(310.0)
    before = world.transactions
    answer = await world.engine.orchestrate(
        KIND, max_instances=None, resource_per_instance=None, dry_run=False, actor="test"
    )
    assert isinstance(answer, Refused)
    newest = world.engine.plans(KIND)[0]
    assert (answer.reason, answer.plan) == (Reason.BLAST_RADIUS, newest.proposal.number)
    assert (newest.stage, world.transactions - before) == ("proposed", 1)
    await apply(world, newest.proposal.number)
    await world.rest(60.0)
    assert len(shards(world)) == 7


async def test_where_it_is_so_configured_a_call_with_sizes_is_refused_too(make_world: MakeWorld) -> None:
    world = await ready(make_world, KindPolicy(init_instances=3, blast_covers_sized=True))
    answer = await world.engine.orchestrate(
        KIND, max_instances=None, resource_per_instance=20, dry_run=False, actor="test"
    )
    assert isinstance(answer, Refused)
    assert answer.plan is not None
    assert (await orchestrate(world, resource_per_instance=20, dry_run=True)).moves == 49
    await apply(world, answer.plan)
    await world.rest(60.0)
    assert len(shards(world)) == 6


async def test_placing_ids_is_no_move_however_many_there_are(make_world: MakeWorld) -> None:
    world = make_world(policy=SMALL, resource_per_instance=10, max_instances=3)
    await at_rest(world, things(30))
    world.publisher.create(KIND, things(170, first=100))
    await world.pass_(2.0)
    summary = await orchestrate(world, resource_per_instance=100)
    assert (summary.placed, summary.moves) == (170, 0)
    await world.rest(60.0)


async def test_a_kind_is_paused_and_resumed_by_a_person(make_world: MakeWorld) -> None:
    world = await ready(make_world, SLOW, release_s=1.0)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.pass_(3.0)
    await world.engine.pause_kind(KIND, paused=True, actor="test")
    await world.pass_(15.0)
    stood = world.engine.plan(KIND, number).tally
    await world.pass_(20.0)
    assert world.engine.plan(KIND, number).tally == stood
    other = (await make_refused(world)).reason
    assert (world.engine.kind(KIND).paused, other) == (True, Reason.PAUSED)
    await world.engine.pause_kind(KIND, paused=False, actor="test")
    await world.rest(200.0)
    assert [line.actor for line in await journal(world, "pause")] == ["test"]


async def make_refused(world: World) -> Refused:
    answer = await world.engine.make_plan(
        KIND, max_instances=None, resource_per_instance=15, note="", actor="test"
    )
    assert isinstance(answer, Refused)
    return answer


async def test_what_the_runtime_would_not_let_in_is_a_limit_of_the_plan_and_refused_when_applied(
    make_world: MakeWorld,
) -> None:
    world = await ready(make_world)
    world.runtime.room = 2
    made = await make(world)
    assert "room for 2, not for 3" in made.proposal.limits[-1].sentence
    assert (await refused(world, made.proposal.number)).reason is Reason.NO_PLACE
    world.runtime.room = 3
    await apply(world, made.proposal.number)
    await world.rest(60.0)


async def test_hand_offs_that_were_seen_say_how_long_a_plan_takes(make_world: MakeWorld) -> None:
    world = await ready(make_world, release_s=0.2)
    await orchestrate(world, resource_per_instance=20)
    await world.rest(60.0)
    told = (await make(world, 30)).proposal.hand_off
    assert (told.basis, told.samples) == ("measured", 49)
    assert 0 < told.each < 10


async def test_new_ids_are_placed_when_the_plan_that_makes_room_for_them_is_applied(
    make_world: MakeWorld,
) -> None:
    world = make_world(policy=SMALL, resource_per_instance=10, max_instances=3)
    await at_rest(world, things(30))
    world.publisher.create(KIND, things(20, first=100))
    await world.pass_(2.0)
    made = await make(world, 10, max_instances=6)
    assert (made.proposal.new, made.proposal.created) == (20, (3, 4, 5))
    await apply(world, made.proposal.number)
    await world.rest(60.0)
    assert len(placed(world)) == 50
    assert {shard.instance for shard in shards(world).values()} == {Instance.LIVE}


async def test_an_orchestration_cut_off_before_its_plan_was_kept_lends_its_number_to_no_other(
    make_world: MakeWorld,
) -> None:
    world = await ready(make_world, SLOW, release_s=1.0)
    node = world.nodes[0]

    def crash(transaction: object) -> None:
        goal = world.documents.seen[KIND].loaded.state.rebalance
        if goal is not None and goal.is_planned:
            node.crash()

    world.on_commit = crash
    asking = world.loop.spawn(node.label, orchestrate(world, resource_per_instance=20))
    await world.pass_(1.0)
    asking.cancel()
    world.on_commit = lambda transaction: None
    await succeed(world, node)
    assert world.engine.kind(KIND).plan_id == "p-2"
    assert (await make(world, 30)).proposal.number == 3
    await world.rest(200.0)
    assert sorted(shard.used for shard in shards(world).values()) == [16, 16, 17, 17, 17, 17]


async def test_a_plan_whose_list_is_damaged_goes_on_towards_its_goal(make_world: MakeWorld) -> None:
    world = await ready(make_world, SLOW, release_s=1.0)
    number = (await make(world)).proposal.number
    await apply(world, number)
    await world.pass_(4.0)
    path = world.documents.layout.paper(KIND, f"moves.{number}.0")
    world.documents.by_hand(path, lambda body: {"layout": 1, "zlib": "AAAA"})
    node = world.nodes[0]
    node.crash()
    await succeed(world, node)
    await world.rest(200.0)
    assert world.engine.counters["plans.unreadable"] == 1
    assert world.engine.plan(KIND, number).stage == "done"
    assert sorted(shard.used for shard in shards(world).values()) == [16, 16, 17, 17, 17, 17]


async def test_a_drain_that_a_person_has_paused_is_no_alarm(make_world: MakeWorld) -> None:
    world = await ready(
        make_world, KindPolicy(init_instances=3, move_floor=5, drain_deadline=20.0), release_s=1.0
    )
    await orchestrate(world, resource_per_instance=20)
    await world.rest(200.0)
    number = (await make(world, 40)).proposal.number
    await apply(world, number)
    await world.pass_(2.0)
    await act(world, number, "pause")
    await world.pass_(60.0)
    kind = world.engine.kind(KIND)
    assert [shard.number for shard in kind.shards if shard.state == "draining" and shard.used]
    assert kind.alarms == ()
    await act(world, number, "resume")
    await world.rest(200.0)
