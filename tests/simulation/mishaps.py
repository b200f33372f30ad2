"""What goes wrong in a random world with workers, with instances and with the channel of the beats."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

from orchestrator.engine.answers import Assignment
from orchestrator.ports import Beat
from tests.simulation.world import World

LONG_S = 3600.0

Key = tuple[str, int]


class Mishaps:
    """``looping``: shards whose instances end by themselves right after their start, at the moment."""

    def __init__(self, world: World) -> None:
        self.looping: set[Key] = set()
        self._world = world
        self._work = world.workforce

    def _one(self, chance: random.Random) -> Key | None:
        alive = sorted(self._work.alive)
        return chance.choice(alive) if alive else None

    def _tell(self, key: Key, what: str) -> None:
        self._world.story.tell(f"{key[0]}-{key[1]}", what)

    async def crash_worker(self, chance: random.Random) -> None:
        if key := self._one(chance):
            self._work.crash(*key)

    async def freeze_worker(self, chance: random.Random) -> None:
        if key := self._one(chance):
            self._work.freeze(*key)
            await asyncio.sleep(chance.uniform(1.0, 20.0))
            self._work.thaw(*key)

    async def mute_worker(self, chance: random.Random) -> None:
        """The network drops all that one says, in silence."""
        if key := self._one(chance):
            self._tell(key, "is heard by nobody")
            self._work.muted.add(key)
            await asyncio.sleep(chance.uniform(3.0, 25.0))
            self._work.muted.discard(key)

    async def mute_all_workers(self, chance: random.Random) -> None:
        keys = sorted(self._work.alive)
        self._world.story.tell("weather", "no worker is heard")
        self._world.story.meet("all workers silent")
        self._work.muted.update(keys)
        await asyncio.sleep(chance.uniform(5.0, 25.0))
        self._work.muted.difference_update(keys)

    async def forge_beats(self, chance: random.Random) -> None:
        """Beats of nobody, of those who are over, of those to come; and an exchange in somebody's name."""
        world = self._world
        kind, shard = self._one(chance) or (world.kinds[0], 0)
        forged = Beat(kind=kind, shard=shard, received=world.loop.time(), incarnation=0, generation=0)
        world.story.meet("forged beat")
        for beat in (
            replace(forged, shard=77),
            replace(forged, kind="Nothing"),
            replace(forged, incarnation=9_999),
            replace(forged, received=world.loop.time() + 1e6, incarnation=9_999),
            replace(forged, incarnation=None, shard=77),
        ):
            world.heartbeats.receive(beat)
        node = world.leader
        if node is None:
            return
        for incarnation, generation in ((9_999, 0), (0, 0)):
            beat = replace(forged, incarnation=incarnation, generation=generation, pending=frozenset())
            served = node.serve(beat)
            await asyncio.wait([served])
            wrong = not served.cancelled() and isinstance(served.result(), Assignment)
            world.story.require(
                not wrong, f"S12: incarnation {incarnation} of {kind}/{shard} got an assignment"
            )

    async def beats_stuck(self, chance: random.Random) -> None:
        self._world.heartbeats.stick()
        await asyncio.sleep(chance.uniform(2.0, 20.0))
        self._world.beats.flow()

    async def beats_cut(self, chance: random.Random) -> None:
        self._world.story.tell("weather", "the channel of the beats is cut")
        self._world.story.meet("channel cut")
        self._world.heartbeats.cut()
        await asyncio.sleep(chance.uniform(2.0, 20.0))
        self._world.heartbeats.mend()

    # --- the runtime ---

    async def foreign_deletion(self, chance: random.Random) -> None:
        """Somebody deletes an instance, and leaves no trace of it."""
        if key := self._one(chance):
            self._tell(key, "is deleted by a stranger")
            self._world.story.meet("foreign deletion")
            self._work.crash(*key)
            self._world.runtime._seen.pop(key, None)

    async def crash_loop(self, chance: random.Random) -> None:
        if key := self._one(chance):
            world = self._world
            self._tell(key, "ends again and again")
            self.looping.add(key)
            before = len(self._work.started)
            seconds = chance.uniform(10.0, 30.0)
            self._work.crash(*key)
            await asyncio.sleep(seconds)
            self.looping.discard(key)
            begun = sum(1 for one in self._work.started[before:] if (one.spec.kind, one.spec.shard) == key)
            leaders = 1 + sum(node.lives for node in world.nodes)
            most = leaders + seconds / world.settings.health.backoff_first
            world.story.require(begun <= most, f"L11: {key} was begun {begun} times in {seconds:.0f} s")
            if begun > 1:
                world.story.meet("crash loop")

    async def poison_one(self, chance: random.Random) -> None:
        """One id at most, and for good."""
        world = self._world
        kind = chance.choice(world.kinds)
        seen = world.documents.seen.get(kind)
        if self._work.poison or seen is None or not seen.owned:
            return
        resource_id = chance.choice(sorted(seen.owned))
        self._work.poison.add(resource_id)
        world.story.meet("poison")
        world.story.tell("weather", f"{resource_id} of {kind} is poison")
        self._work.crash(kind, seen.owned[resource_id])

    async def stay_pending(self, chance: random.Random) -> None:
        runtime = self._world.runtime
        before, runtime._start_s = runtime._start_s, LONG_S
        self._world.story.meet("instances stay pending")
        self._world.story.tell("runtime", "begins nothing")
        await asyncio.sleep(chance.uniform(5.0, 25.0))
        runtime._start_s = min(before, 1.0)
        self._begin_pending()

    def _begin_pending(self) -> None:
        runtime = self._world.runtime
        for key in sorted(runtime._seen):
            runtime._now_runs(runtime.specs[key])

    async def stay_terminating(self, chance: random.Random) -> None:
        if key := self._one(chance):
            self._world.story.meet("instance stays terminating")
            self._world.runtime.deafen(*key)
            self._work.freeze(*key)

    async def refuse_instance(self, chance: random.Random) -> None:
        if key := self._one(chance):
            self._world.story.meet("instance refused")
            self._world.runtime.reject(*key, "the template is not allowed")
            self._work.crash(*key)
            await asyncio.sleep(chance.uniform(5.0, 20.0))
            self._world.runtime._rejected.pop(key, None)

    def end(self) -> None:
        """All of it is over."""
        world = self._world
        self.looping.clear()
        self._work.muted.clear()
        world.runtime.heal()
        world.runtime._start_s = world.settings.start_s
        self._begin_pending()
        world.heartbeats.mend()
        world.beats.flow()
        for kind, shard in sorted(self._work.alive):
            self._work.thaw(kind, shard)
