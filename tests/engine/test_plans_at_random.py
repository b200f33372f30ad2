"""Plans are made, applied, stopped and taken back at random, while ids come and go and leaders crash.

The rules of the simulation judge every write; here it is only required that the world comes to rest again.
"""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from orchestrator.core.policy import KindPolicy
from orchestrator.errors import NotNow, Permanent, Unavailable, UnknownPlan
from tests.engine.conftest import MakeWorld
from tests.engine.scenes import KIND, at_rest, shards, succeed, things
from tests.simulation.faulty_store import Fault
from tests.simulation.worker_process import Temper
from tests.simulation.world import World

ACTS = (
    "make",
    "apply",
    "apply",
    "pause",
    "resume",
    "cancel",
    "undo",
    "orchestrate",
    "churn",
    "crash",
    "edit",
)
ENDED = ("done", "cancelled", "superseded")


async def act(world: World, chance: random.Random, what: str, made: list[int]) -> None:
    engine, size = world.engine, chance.choice((15, 20, 30, 40))
    number = chance.choice(made[-4:]) if made else 1
    match what:
        case "make":
            answer = await engine.make_plan(
                KIND, max_instances=None, resource_per_instance=size, note="", actor="test"
            )
        case "apply":
            answer = await engine.apply_plan(KIND, made[-1] if made else 1, actor="test")
        case "pause" | "resume" | "cancel":
            answer = await engine.act_on_plan(KIND, number, act=what, actor="test")
        case "undo":
            answer = await engine.undo_plan(KIND, number, note="", actor="test")
        case "orchestrate":
            wanted = chance.choice((None, size))
            await engine.orchestrate(
                KIND, max_instances=None, resource_per_instance=wanted, dry_run=False, actor="test"
            )
            return
        case "churn":
            known = sorted(i for shard in shards(world).values() for i in shard.ids())
            world.publisher.delete(KIND, chance.sample(known, min(5, len(known))))
            world.publisher.create(KIND, [f"n{chance.randrange(1 << 30)}" for _ in range(5)])
            return
        case "edit":
            world.documents.by_hand(world.documents.layout.kind(KIND), lambda body: body)
            return
        case _:
            node = world.nodes[0]
            node.crash()
            await succeed(world, node)
            return
    found = getattr(answer, "proposal", None)
    if found is not None and found.number not in made:
        made.append(found.number)


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_is_done_with_plans_everything_is_owned_once_in_the_end(
    make_world: MakeWorld, seed: int
) -> None:
    chance = random.Random(seed)
    policy = KindPolicy(init_instances=3, move_floor=chance.choice((3, 10, 100)))
    world = make_world(policy=policy, resource_per_instance=40)
    world.workforce.tempers = lambda spec: Temper(release_s=chance.choice((0.0, 0.2)))
    await at_rest(world, things(100))
    made: list[int] = []
    for _ in range(60):
        store = world.nodes[0].store
        if store is not None and chance.random() < 0.1:
            store.faulty.inject("commit", chance.choice((Fault.UNAVAILABLE, Fault.APPLIED, Fault.LOST)))
        with suppress(NotNow, Unavailable, Permanent, UnknownPlan):
            await act(world, chance, chance.choice(ACTS), made)
        await world.pass_(chance.choice((0.1, 1.0, 5.0)))
    for plan in world.engine.plans(KIND):
        if plan.stage == "paused":
            await world.engine.act_on_plan(KIND, plan.proposal.number, act="resume", actor="test")
    await world.rest(400.0)
    for plan in world.engine.plans(KIND):
        tally = plan.tally
        assert plan.stage in (*ENDED, "proposed")
        left = tally.done + tally.moving + tally.waiting + tally.failed + tally.dropped
        assert left == plan.proposal.moves or plan.stage == "superseded", plan
