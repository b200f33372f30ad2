"""What a healed world must still be able to do, each thing within a bound that follows from its settings."""

from __future__ import annotations

import random

from orchestrator.core.decisions import Refused
from tests.simulation.node import SESSION_S
from tests.simulation.world import World, WorldSettings

TOLD_S = 8.0
"""A pass, with what is under way before it; less than half of the time between two resyncs."""

RULED_TURNS = 2
"""Orchestrations in a row until a kind with rules or pins is at its goal."""

SPARE_S = 5.0
"""For what is not configured: ticks, latencies, a back-off of the worker."""


def rest_within(settings: WorldSettings) -> float:
    """Seconds in which all that faults left behind must be gone (L1), from what is configured.

    A session must end; the kill gate lets one instance a window go; a hand-off and a draining shard
    reach their deadlines; an instance is stopped, backed off and begun; a resync finds the rest.
    """
    policy, health = settings.policy, settings.health
    office = SESSION_S + SPARE_S
    silent = health.deadline + health.window * (1 + settings.max_instances)
    moving = policy.handoff_deadline + policy.drain_deadline
    anew = health.stop_grace + health.backoff_most + settings.start_s + health.startup_grace
    return office + silent + moving + anew + 2 * settings.resync_interval


class Probes:
    def __init__(self, world: World, chance: random.Random) -> None:
        self._world = world
        self._chance = chance
        self._kind = chance.choice(list(world.kinds))

    async def run(self) -> None:
        """Raises Broken."""
        self._fresh()
        await self._make_room()
        await self._told()
        await self._untold()
        await self._replaced()
        await self._unmoved()

    def _fresh(self) -> None:
        """L5: every loop has succeeded within two of its periods."""
        world = self._world
        status = world.engine.kind(self._kind)
        age = status.audited_age
        late = age is None or age > 2 * world.settings.resync_interval + SPARE_S
        world.story.require(not late, f"L5: catalog and store were last compared {age} s ago")
        # that something is set apart is said for as long as it is
        alarms = [said for said in status.alarms if "in quarantine" not in said]
        world.story.require(not alarms, f"L5: at rest, and yet there are alarms: {'; '.join(alarms)}")

    async def _make_room(self) -> None:
        """Two ids more shall fit."""
        world, kind = self._world, self._kind
        loaded = world.documents.seen[kind].loaded
        room = (
            sum(1 for shard in loaded.shards.values() if shard.is_active) * loaded.state.resource_per_instance
        )
        if len(world.catalog.ids(kind)) + 2 > room:
            await world.engine.orchestrate(
                kind,
                max_instances=None,
                resource_per_instance=loaded.state.resource_per_instance + 5,
                dry_run=False,
                actor="probe",
            )
            await world.rest(rest_within(world.settings))

    async def _told(self) -> None:
        """L3: what a message tells of waits for no resync."""
        world, new = self._world, f"{self._kind[0]}-told"
        world.publisher.create(self._kind, [new])

        def is_placed() -> bool:
            return new in world.documents.seen[self._kind].owned

        await world.until(is_placed, TOLD_S, "L3: what a message told of was placed", step=0.5)
        await world.rest(world.settings.resync_interval + SPARE_S)

    async def _untold(self) -> None:
        """L3: what no message tells of is found by the next resync."""
        world, kind = self._world, self._kind
        within = world.settings.resync_interval + SPARE_S
        new = f"{kind[0]}-untold"
        old = next(iter(sorted(world.catalog.ids(kind))), None)
        world.publisher.create(kind, [new], tell=False)
        if old is not None and self._may_remove():
            world.publisher.delete(kind, [old], tell=False)
        else:
            old = None

        def found() -> bool:
            owned = world.documents.seen[kind].owned
            return new in owned and old not in owned

        took = await world.until(found, within, "L3: what no message told of was found", step=0.5)
        world.story.meet("found without a message")
        del took
        await world.rest(within)

    def _may_remove(self) -> bool:
        budget = self._world.documents.seen[self._kind].loaded.state.removal_budget
        return budget.spent < self._world.settings.policy.removal_floor

    async def _replaced(self) -> None:
        """L4: an instance that dies is replaced."""
        world = self._world
        alive = sorted(key for key in world.workforce.alive if key[0] == self._kind)
        kind, shard = self._chance.choice(alive)
        health = world.settings.health
        within = health.deadline + health.stop_grace + health.backoff_most + world.settings.start_s + SPARE_S
        dead = world.workforce.alive[kind, shard]
        world.workforce.crash(kind, shard)

        def replaced() -> bool:
            now = world.workforce.alive.get((kind, shard))
            held = {i for i, n in world.documents.seen[kind].owned.items() if n == shard}
            return now is not None and now is not dead and now.held == held

        await world.until(replaced, within + health.interval, "L4: a dead instance was replaced", step=0.5)
        await world.rest(within)

    async def _unmoved(self) -> None:
        """S15: an orchestration that asks for what is so already writes nothing.

        Rules and pins are put right first, and what that leaves uneven may take one more.
        """
        world, kind = self._world, self._kind
        is_ruled = not world.settings.policy.rules.is_empty or bool(world.engine.pins(kind))
        for turns_left in range(RULED_TURNS if is_ruled else 1, -1, -1):
            before = world.documents.writes
            answer = await world.engine.orchestrate(
                kind, max_instances=None, resource_per_instance=None, dry_run=False, actor="probe"
            )
            await world.rest(60.0)
            wrote = world.documents.writes - before
            idle = bool(turns_left) or isinstance(answer, Refused) or not wrote
            world.story.require(idle, f"S15: {wrote} transactions of an orchestration that changes nothing")
