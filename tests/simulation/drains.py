"""People who end a shard, and now and then change their mind."""

from __future__ import annotations

import random
from contextlib import suppress

from orchestrator.core.decisions import Refused
from orchestrator.engine.engine import Engine
from orchestrator.errors import ShardwrightError
from tests.simulation.users import Users
from tests.simulation.world import World

ACTOR = "chaos"


class Drains:
    def __init__(self, world: World, users: Users) -> None:
        self._world = world
        self._users = users

    async def drain_shard(self, chance: random.Random) -> None:
        """Any shard, whether it is there or not."""
        await self._ask("drain", chance.choice((0, 1, 2, 3, 9)), chance)

    async def undrain_shard(self, chance: random.Random) -> None:
        leader, kind = self._world.leader, chance.choice(self._world.kinds)
        if leader is None or leader.engine is None:
            return
        with suppress(ShardwrightError):
            for shard in leader.engine.shards(kind):
                if shard.state == "draining":
                    await self._ask("undrain", shard.number, chance)
                    return

    async def tidy_up(self, engine: Engine) -> None:
        """A person lets a shard stay that cannot end: what it still holds fits nowhere else."""
        for kind in self._world.kinds:
            with suppress(ShardwrightError):
                if any("cannot be drained" in alarm for alarm in self._world.status(engine, kind).alarms):
                    for shard in engine.shards(kind):
                        if shard.state == "draining":
                            self._world.story.meet("drain: fits nowhere else")
                            await engine.undrain(kind, shard.number, actor=ACTOR)

    async def _ask(self, verb: str, shard: int, chance: random.Random) -> None:
        leader, kind = self._world.leader, chance.choice(self._world.kinds)
        if leader is None or leader.engine is None:
            return
        engine, dry_run = leader.engine, chance.random() < 0.1

        async def ask() -> None:
            answer = await getattr(engine, verb)(kind, shard, actor=ACTOR, dry_run=dry_run)
            if answer is not None:
                self._world.story.meet(f"{verb}: {'refused' if isinstance(answer, Refused) else 'begun'}")
                self._world.story.tell("operator", f"{verb}s {kind} {shard}: {type(answer).__name__}")

        await self._users.answered(leader, ask)
