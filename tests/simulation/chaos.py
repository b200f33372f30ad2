"""A random world as its script has it: users, operators and faults at work, then healing, rest and proof."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from orchestrator.errors import NotNow
from orchestrator.ports import InstanceSpec
from orchestrator.store.migration import MIGRATION
from tests.simulation.drains import Drains
from tests.simulation.mishaps import Mishaps
from tests.simulation.outages import Outages
from tests.simulation.planners import Planners
from tests.simulation.probes import Probes, rest_within
from tests.simulation.script import Act, Script
from tests.simulation.tempers import random_temper
from tests.simulation.users import ANSWERED_S, Users
from tests.simulation.worker_process import Temper
from tests.simulation.world import World
from tests.store.next_version import NEXT

SICK_S = 3.0
"""Who was begun as a worker that ends by itself has done so by then."""

POISON_S = 0.3
"""How long somebody holds a poisonous id."""

PERSON_EVERY_S = 5.0
"""How often somebody looks at the alarms."""

NO_PLACE = ("no-room", "required", "apart", "together")
"""Why an id is placed nowhere where more shards may help."""

Deed = Callable[[random.Random], Awaitable[None]]


class Chaos:
    """Everything random in one world follows from its script."""

    def __init__(self, world: World, script: Script) -> None:
        self.world = world
        self.script = script
        self.healed = False
        self.users = Users(world, script.counts)
        self.planners = Planners(world, self.users)
        self.drains = Drains(world, self.users)
        self.mishaps = Mishaps(world)
        self.outages = Outages(world)
        self._chance = random.Random(script.seed + 1)
        self._bad_workers = 0.0
        world.workforce.tempers = self.temper

    def temper(self, spec: InstanceSpec) -> Temper:
        if (spec.kind, spec.shard) in self.mishaps.looping:
            return Temper(crashes_after=self._chance.uniform(0.0, 0.5))
        temper = random_temper(self._chance, 0.0 if self.healed else self._bad_workers)
        # the set itself: an id that turns poisonous later ends those who run already and then come to hold it
        return replace(temper, poison=self.world.workforce.poison, poison_s=POISON_S)

    async def run(self) -> None:
        """Chaos, and then healing."""
        world = self.world
        self.users.begin(self.script.counts)
        if world.settings.mixed:
            world.documents.begin_with(1)
        for number, name in enumerate(self.script.nodes):
            world.add_node(name, NEXT if world.settings.mixed and number else MIGRATION)
        async with asyncio.TaskGroup() as tasks:
            doing = []
            for act in self.script.acts:
                if act.at > world.loop.time():
                    await world.pass_(act.at - world.loop.time())
                if act.verb == "weather":
                    self._worsen(act)
                else:
                    doing.append(tasks.create_task(self._carry_out(act)))
            await world.pass_(max(0.0, self.script.chaos_s - world.loop.time()))
            for task in doing:
                task.cancel()
        await self._heal()

    def _worsen(self, act: Act) -> None:
        if act.detail == "bad_workers":
            self._bad_workers = act.value
        else:
            setattr(self.world.weather, act.detail, act.value)

    async def _carry_out(self, act: Act) -> None:
        name = act.verb.replace(" ", "_")
        for actor in (self.users, self.planners, self.drains, self.mishaps, self.outages):
            deed: Deed | None = getattr(actor, name, None)
            if deed is not None:
                await deed(random.Random(act.seed))
                return
        raise AssertionError(f"nobody knows how to {act.verb}")

    async def _heal(self) -> None:
        """Faults stop; a person looks after what waits for one."""
        self.world.story.tell("weather", "clears up")
        self.healed = True
        self.world.weather.clear_up()
        self.mishaps.end()
        await self.outages.heal()
        self.world.healed_at = self.world.loop.time()

    async def rest(self) -> float:
        """Come to rest (L1), write nothing any more, and pass the probes; returns how long the first took."""
        world = self.world
        accepting = world.loop.create_task(self._look_after())
        await world.pass_(SICK_S)
        if world.settings.mixed:
            # Whoever asked while the office went from one version to the other may be answered late.
            for _ in range(int(ANSWERED_S)):
                if self.users.asking:
                    await world.pass_(1.0)
        took = await world.rest(rest_within(world.settings))
        before = world.documents.writes
        await world.pass_(self.script.calm_s + world.settings.resync_interval + 5.0)
        wrote = world.documents.writes - before
        world.story.require(wrote == 0, f"S15: {wrote} transactions when there was nothing to do")
        await world.rest(1.0)
        await Probes(world, self._chance).run()
        accepting.cancel()
        return took

    async def _look_after(self) -> None:
        """What an operator does who reads the alarms."""
        while True:
            await asyncio.sleep(self._chance.expovariate(1.0 / PERSON_EVERY_S))
            leader = self.world.leader
            if leader is None or leader.engine is None:
                continue
            await self.users.accept_held(leader)
            await self.planners.tidy_up(leader.engine)
            await self.drains.tidy_up(leader.engine)
            for kind in self.world.kinds:
                with suppress(NotNow):
                    status = self.world.status(leader.engine, kind)
                    fits_no_more = status.orchestrating and any(
                        "that fits is" in alarm for alarm in status.alarms
                    )
                    if fits_no_more:
                        # As the alarm says.
                        await leader.engine.orchestrate(
                            kind, max_instances=None, resource_per_instance=30, dry_run=False, actor="op"
                        )
                    elif any(one.reason in NO_PLACE for one in status.unplaced):
                        self.world.story.meet("no room")
                        await leader.engine.orchestrate(
                            kind, max_instances=6, resource_per_instance=30, dry_run=False, actor="op"
                        )
