"""Why an id is where it is, why it is not elsewhere, and what keeps its move waiting."""

from __future__ import annotations

from orchestrator.core.policy import KindPolicy
from orchestrator.engine.answers.explanation import Explanation
from orchestrator.engine.answers.plans import PlanStatus
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, orchestrate, owned_by, owner, shards, things
from tests.simulation.worker_process import Temper
from tests.simulation.world import World


async def explained(world: World, resource_id: str) -> Explanation:
    found = await world.engine.explain(KIND, resource_id)
    assert found is not None
    return found


async def test_every_shard_is_listed_with_its_score_and_the_owner_comes_first(world: World) -> None:
    await at_rest(world, things(30))
    found = await explained(world, "t7")
    assert [one.shard for one in found.shards if one.role == "owner"] == [owner(world, "t7")]
    assert found.shards[0].role == "owner"
    assert {one.shard for one in found.shards} == set(shards(world))
    scores = [one.score for one in found.shards[1:] if one.score is not None]
    assert scores == sorted(scores)
    assert (found.waits, found.unserved_s) == ((), None)
    assert any("the best score" in one.sentence for one in found.shards)


async def test_shards_that_are_full_say_so(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3), max_instances=3, resource_per_instance=10)
    await at_rest(world, things(30))
    found = await explained(world, "t7")
    others = [one for one in found.shards if one.role == "other"]
    assert [one.code for one in others] == ["no-room", "no-room"]
    assert all("has no room: " in one.sentence for one in others)


async def test_the_history_of_an_id_is_told_with_reasons(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3), resource_per_instance=100)
    await at_rest(world, things(60))
    before = {i: owner(world, i) for i in things(60)}
    await orchestrate(world, resource_per_instance=10)
    await world.rest(60.0)
    await world.pass_(1.0)
    moved = next(i for i in things(60) if owner(world, i) != before[i])
    found = await explained(world, moved)
    told = [(line.verb, line.reason) for line in found.history]
    assert told == [("move", "released"), ("release", "rebalanced"), ("assign", "orchestrated")]
    assert (found.history[0].shard, found.history[0].to) == (before[moved], owner(world, moved))


async def test_a_release_that_is_not_acknowledged_is_named_with_its_age(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3), resource_per_instance=100)
    world.workforce.tempers = lambda spec: Temper(hangs=True)
    await at_rest(world, things(60))
    await orchestrate(world, resource_per_instance=10)
    await world.pass_(9.0)
    moving = next(iter(world.documents.seen[KIND].releasing))
    found = await explained(world, moving)
    (wait,) = found.waits
    assert wait.code == "release-not-acknowledged"
    assert "its release has not returned yet" in wait.sentence
    assert wait.for_s is not None and 8.0 <= wait.for_s <= 10.0
    assert [one.role for one in found.shards].count("target") == 1
    world.workforce.tempers = lambda spec: Temper()


async def test_an_instance_that_does_not_answer_keeps_a_move_waiting(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3), resource_per_instance=100)
    await at_rest(world, things(60))
    world.workforce.muted = {(KIND, number) for number in shards(world)}
    await world.pass_(5.6)
    await orchestrate(world, resource_per_instance=10)
    await world.pass_(1.0)
    moving = next(iter(world.documents.seen[KIND].releasing), None)
    if moving is None:
        # nobody new was awake to be given ids: those that are to leave wait for them
        found = await explained(world, min(owned_by(world, 0)))
        assert "wanted" in [one.code for one in found.waits]
    else:
        found = await explained(world, moving)
    assert "instance-not-answering" in [one.code for one in found.waits]
    world.workforce.muted = set()
    await world.rest(120.0)


async def test_what_would_move_waits_for_the_budget(make_world: MakeWorld) -> None:
    world = make_world(
        policy=KindPolicy(init_instances=3, move_floor=2, move_ratio=0.0), resource_per_instance=100
    )
    world.workforce.tempers = lambda spec: Temper(hangs=True)
    await at_rest(world, things(60))
    await orchestrate(world, resource_per_instance=10)
    await world.pass_(2.0)
    found = await explained(world, min(owned_by(world, 0)))
    codes = [one.code for one in found.waits]
    assert codes[:1] == ["wanted"] and "budget" in codes
    assert "2 of at most 2 ids are moving already" in [one.sentence for one in found.waits]
    world.workforce.tempers = lambda spec: Temper()


async def test_what_nobody_serves_says_for_how_long_and_why(world: World) -> None:
    await at_rest(world, things(50))
    await world.pass_(35.0)
    mine = min(owned_by(world, 2))
    world.workforce.freeze(KIND, 2)
    await world.until(
        lambda: world.engine.coverage(KIND).unowned > 0, 25.0, "the ledger has seen that it is silent"
    )
    found = await explained(world, mine)
    assert found.unserved_s is not None
    assert found.unserved_why in ("its instance is silent", "its instance is being ended")
    await world.rest(60.0)


async def test_an_id_without_a_place_has_every_shard_explained(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3), max_instances=3, resource_per_instance=10)
    await at_rest(world, things(30))
    world.publisher.create(KIND, ["more"])
    await world.pass_(2.0)
    found = await explained(world, "more")
    assert (found.resource.state, found.resource.reason) == ("unowned", "no-room")
    assert [one.code for one in found.shards] == ["no-room"] * 3
    assert found.unserved_s is not None
    assert await world.engine.explain(KIND, "never") is None


async def test_what_a_paused_plan_would_move_waits_for_a_person(make_world: MakeWorld) -> None:
    world = make_world(policy=KindPolicy(init_instances=3, move_floor=5), resource_per_instance=100)
    await at_rest(world, things(60))
    plan = await world.engine.make_plan(
        KIND, max_instances=None, resource_per_instance=10, note="", actor="test"
    )
    assert isinstance(plan, PlanStatus)
    await world.engine.apply_plan(KIND, plan.proposal.number, actor="test")
    await world.engine.act_on_plan(KIND, plan.proposal.number, act="pause", actor="test")
    await world.pass_(5.0)
    found = await explained(world, min(owned_by(world, 0)))
    assert ("paused", f"plan {plan.proposal.number} is paused") in [(w.code, w.sentence) for w in found.waits]
    await world.engine.act_on_plan(KIND, plan.proposal.number, act="resume", actor="test")
    await world.rest(60.0)
