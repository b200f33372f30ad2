"""One random world from its seed alone."""

from __future__ import annotations

import random
from collections import Counter

from orchestrator.core.policy import HealthPolicy, KindPolicy, Limits
from orchestrator.errors import ShardwrightError
from tests.simulation.chaos import Chaos
from tests.simulation.loop import Deadlock, Endless, VirtualLoop, simulate
from tests.simulation.story import Broken
from tests.simulation.world import World, WorldSettings

POLICY = {
    "init_instances": 3,
    "move_floor": 8,
    "handoff_deadline": 15.0,
    "removal_floor": 6,
    "removal_window": 120.0,
    "hold_from": 10,
}
HEALTH = HealthPolicy(
    interval=2.0,
    late_after=2.2,
    deadline=6.0,
    startup_grace=6.0,
    window=12.0,
    stop_grace=4.0,
    backoff_most=8.0,
    stable_after=10.0,
)


def settings_of(chance: random.Random) -> WorldSettings:
    return WorldSettings(
        kinds=("Thing", "Rule") if chance.random() < 0.4 else ("Thing",),
        policy=KindPolicy(**POLICY),  # type: ignore[arg-type]
        health=HEALTH,
        limits=Limits(operations=chance.choice((480, 40, 25))),
        max_instances=6,
        resource_per_instance=20,
        resync_interval=chance.choice((30.0, 60.0)),
        start_s=chance.choice((0.0, 1.0)),
        away_limit=chance.choice((None, 30.0)),
    )


def run_world(seed: int, *, echo: bool = False) -> Counter[str]:
    """One random world. Raises Broken, which names the seed; returns what was met."""

    async def main(loop: VirtualLoop) -> Counter[str]:
        chance = random.Random(seed)
        world = World(settings_of(chance), seed, echo=echo)
        chaos = Chaos(world, chance)
        try:
            await chaos.run()
            took = await chaos.rest()
        finally:
            world.story.close()
        await world.close()
        world.story.met["steps"] = loop.steps
        world.story.met["rest after"] = round(took)
        return world.story.met

    try:
        return simulate(main, seed)
    except BaseExceptionGroup as group:
        raise AssertionError(f"seed {seed}: {group.exceptions[0]}") from group
    except (Broken, Deadlock, Endless, ShardwrightError) as broken:
        raise AssertionError(f"seed {seed}: {broken}") from broken
