"""A dry run is judged as the act itself, and changes neither store nor journal nor instance."""

from __future__ import annotations

import asyncio
from typing import Any

from orchestrator.core.decisions import Refused
from orchestrator.core.policy import KindPolicy
from orchestrator.engine.answers.plans import PlanStatus
from orchestrator.ports import JournalFilter
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, shards, things
from tests.simulation.world import World

DRY: dict[str, Any] = {"actor": "test", "dry_run": True}
WET: dict[str, Any] = {"actor": "test"}


async def ready(make_world: MakeWorld) -> World:
    world = make_world(policy=KindPolicy(init_instances=3), resource_per_instance=40)
    return await at_rest(world, things(100))


async def state(world: World) -> tuple[Any, ...]:
    """All that is written anywhere."""
    await asyncio.sleep(0.5)
    held = world.documents.seen[KIND].loaded
    lines = [
        (line.sequence, line.verb)
        for line in await world.engine.events(JournalFilter(limit=1000))
        # A look goes on on its own.
        if not line.verb.startswith("input-") and line.verb != "resync"
    ]
    incarnations = {n: (shard.incarnation, shard.instance) for n, shard in shards(world).items()}
    return world.transactions, held.state, dict(held.papers), lines, incarnations


async def plan(world: World, **given: Any) -> PlanStatus:
    sizes: dict[str, Any] = {"max_instances": None, "resource_per_instance": 20, "note": ""}
    made = await world.engine.make_plan(KIND, **{**sizes, **given})
    assert isinstance(made, PlanStatus), made
    return made


async def test_no_trial_writes_anything(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    engine = world.engine
    one = next(iter(shards(world)[0].ids()))
    made = await plan(world, **WET)
    number = made.proposal.number
    await world.rest(60.0)
    before = await state(world)

    shown = await plan(world, **DRY)
    assert (shown.proposal.moves, shown.proposal.created) == (made.proposal.moves, made.proposal.created)
    applied = await engine.apply_plan(KIND, number, **DRY)
    assert isinstance(applied, PlanStatus)
    assert (applied.stage, applied.tally.waiting) == ("applied", made.proposal.moves)
    assert isinstance(await engine.discard_plan(KIND, number, **DRY), PlanStatus)
    assert (await engine.pause_kind(KIND, paused=True, **DRY)).paused
    pinned = await engine.pin(KIND, one, shard=1, **DRY)
    assert pinned is not None and not isinstance(pinned, Refused) and pinned.shard == 1
    labelled = await engine.set_shard(KIND, 0, labels={"zone": "a"}, capacity={"count": 60}, **DRY)
    assert labelled is not None and not isinstance(labelled, Refused)
    assert (labelled.labels, labelled.bounds) == ({"zone": "a"}, {"count": 60})
    apart = await engine.quarantine_add(KIND, one, seconds=60.0, why="a look", **DRY)
    assert apart is not None and not isinstance(apart, Refused) and apart.evidence == ("a look",)
    struck = await engine.restart(KIND, 1, incarnation=None, **DRY)
    assert not isinstance(struck, Refused)
    assert struck.incarnation == shards(world)[1].incarnation
    killed = await engine.kill(KIND, [0, 2], **DRY)
    assert not isinstance(killed, Refused) and [one.shard for one in killed] == [0, 2]
    assert (await engine.checkpoint(KIND, **DRY)).ids == 100
    await engine.resync(KIND, **DRY)
    await engine.make_room(**DRY)

    await world.rest(60.0)
    assert await state(world) == before
    assert engine.leadership.holds()
    assert not engine.pins(KIND) and not engine.quarantine(KIND)


async def test_a_trial_is_refused_as_the_act_would_be(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    engine = world.engine
    number = (await plan(world, **WET)).proposal.number
    assert isinstance(await engine.apply_plan(KIND, number, **WET), PlanStatus)
    await world.rest(60.0)
    asked: list[tuple[str, Any]] = [
        ("discard_plan", lambda how: engine.discard_plan(KIND, number, **how)),
        ("act_on_plan", lambda how: engine.act_on_plan(KIND, number, act="pause", **how)),
        ("set_shard", lambda how: engine.set_shard(KIND, 0, labels={"a b": "c"}, capacity={}, **how)),
        ("restart", lambda how: engine.restart(KIND, 0, incarnation=99, **how)),
        ("kill", lambda how: engine.kill(KIND, [77], **how)),
        ("accept_removals", lambda how: engine.accept_removals(KIND, digest="d", count=1, **how)),
        ("accept_place", lambda how: engine.accept_place(KIND, instead_of="elsewhere", **how)),
        ("fence", lambda how: engine.fence(KIND, 0, uid="another", **how)),
    ]
    for name, ask in asked:
        tried, done = await ask(DRY), await ask(WET)
        assert isinstance(tried, Refused), name
        assert tried == done, name
    assert await engine.unpin(KIND, "thing-1", **DRY) is False
    assert await engine.quarantine_lift(KIND, "thing-1", **DRY) is False
    assert await engine.pin(KIND, "nowhere", shard=0, **DRY) is None


async def test_what_is_under_way_is_paused_and_cancelled_on_trial(make_world: MakeWorld) -> None:
    world = await ready(make_world)
    number = (await plan(world, **WET)).proposal.number
    await world.engine.apply_plan(KIND, number, **WET)
    for act, stage in (("pause", "paused"), ("cancel", "cancelled")):
        answer = await world.engine.act_on_plan(KIND, number, act=act, **DRY)
        assert isinstance(answer, PlanStatus) and answer.stage == stage
        assert world.engine.plan(KIND, number).stage == "applied"
    await world.rest(60.0)
    tried = await world.engine.undo_plan(KIND, number, note="", **DRY)
    assert isinstance(tried, PlanStatus) and tried.proposal.undoes == number
    assert world.engine.plans(KIND)[0].proposal.number == number
