"""One random world from its seed alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from orchestrator.core.policy import OnCoordinatorLoss
from orchestrator.errors import ShardwrightError
from tests.simulation.chaos import Chaos
from tests.simulation.loop import Deadlock, Endless, VirtualLoop, simulate
from tests.simulation.script import script_of
from tests.simulation.story import Broken
from tests.simulation.world import World


class Violation(AssertionError):
    """A world broke a rule: the text names the seed and the rule, and tells the story."""

    def __init__(self, seed: int, broken: BaseException) -> None:
        super().__init__(f"seed {seed}: {broken}")
        self.seed = seed
        self.rule = str(broken).split("\n", 1)[0]
        self.lines = broken.lines if isinstance(broken, Broken) else []


def run_world(seed: int, *, keep: Collection[int] | None = None, echo: bool = False) -> Counter[str]:
    """One random world; ``keep``: of its acts only these. Raises Violation; returns what was met."""
    script = script_of(seed)
    if keep is not None:
        script = script.keeping(keep)

    async def main(loop: VirtualLoop) -> Counter[str]:
        world = World(script.settings, seed, echo=echo)
        chaos = Chaos(world, script)
        try:
            await chaos.run()
            took = await chaos.rest()
        finally:
            world.story.close()
        await world.close()
        met = world.story.met
        met["worlds"] = 1
        met["steps"] = loop.steps
        met["virtual seconds"] = round(loop.time())
        met["rest after"] = round(took)
        met[f"protocol {script.settings.policy.protocol}"] = 1
        met[f"strategy {script.settings.policy.strategy}"] = 1
        met["calm for an hour"] = int(script.calm_s > 0)
        met["several chunks"] = script.settings.policy.chunk_size < max(script.counts) / 6
        met["ends with its lease"] = script.settings.policy.on_coordinator_loss is OnCoordinatorLoss.STOP
        return met

    try:
        return simulate(main, seed)
    except BaseExceptionGroup as group:
        raise Violation(seed, group.exceptions[0]) from group
    except (Broken, Deadlock, Endless, ShardwrightError) as broken:
        raise Violation(seed, broken) from broken
