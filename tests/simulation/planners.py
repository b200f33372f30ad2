"""What people wish of where ids stand, in a random world: plans, and pins."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from orchestrator.core.decisions import Refused
from orchestrator.core.placement.pinning import PinState
from orchestrator.core.plans.proposal import Stage
from orchestrator.engine.answers import KindStatus
from orchestrator.engine.answers.plans import PlanStatus
from orchestrator.engine.engine import Engine
from orchestrator.engine.plans.acts import PlanAct
from orchestrator.errors import ShardwrightError
from tests.simulation.node import Node
from tests.simulation.users import Users
from tests.simulation.world import World

ACTOR = "planner"

PATIENCE_S = 15.0
"""How long a shard may be draining before a person gives its ids more room."""


class Planners:
    def __init__(self, world: World, users: Users) -> None:
        self._world = world
        self._users = users
        self._draining_since: dict[str, float] = {}

    def _leading(self) -> tuple[Node, Engine] | None:
        leader = self._world.leader
        return None if leader is None or leader.engine is None else (leader, leader.engine)

    # --- plans ---

    async def plan(self, chance: random.Random) -> None:
        """Compute one, look at it for a while, and mostly apply it."""
        leading, kind = self._leading(), chance.choice(self._world.kinds)
        if leading is None:
            return
        node, engine = leading
        made: list[PlanStatus | Refused] = []

        async def compute() -> None:
            made.append(
                await engine.make_plan(
                    kind,
                    max_instances=chance.choice((None, 4, 6)),
                    resource_per_instance=chance.choice((None, 15, 30)),
                    note="",
                    actor=ACTOR,
                )
            )

        await self._users.answered(node, compute)
        if not made or isinstance(made[0], Refused) or chance.random() < 0.2:
            return
        await asyncio.sleep(chance.choice((0.0, 0.5, 4.0)))
        await self._apply(kind, made[0].proposal.number)

    async def _apply(self, kind: str, number: int) -> None:
        leading = self._leading()
        if leading is None:
            return
        node, engine = leading

        async def apply() -> None:
            answer = await engine.apply_plan(kind, number, actor=ACTOR)
            is_refused = isinstance(answer, Refused)
            said = f"refused, {answer.reason.value}" if isinstance(answer, Refused) else "applied"
            self._world.story.meet("plan refused" if is_refused else "plan applied")
            self._world.story.tell("planner", f"applies plan {number} of {kind}: {said}")

        await self._users.answered(node, apply)

    async def steer_plan(self, chance: random.Random) -> None:
        """Pause the plan under way, resume or cancel it."""
        leading, kind = self._leading(), chance.choice(self._world.kinds)
        if leading is None:
            return
        node, engine = leading
        wished = {
            Stage.APPLIED.value: (PlanAct.PAUSE, PlanAct.PAUSE, PlanAct.CANCEL),
            Stage.PAUSED.value: (PlanAct.RESUME, PlanAct.RESUME, PlanAct.CANCEL),
        }

        async def steer() -> None:
            for found in engine.plans(kind):
                if found.stage in wished:
                    act = chance.choice(wished[found.stage])
                    number = found.proposal.number
                    answer = await engine.act_on_plan(kind, number, act=act.value, actor=ACTOR)
                    if not isinstance(answer, Refused):
                        self._world.story.meet(f"plan: {act.value}")
                    return

        await self._users.answered(node, steer)

    async def undo_plan(self, chance: random.Random) -> None:
        leading, kind = self._leading(), chance.choice(self._world.kinds)
        if leading is None:
            return
        node, engine = leading
        back: list[int] = []

        async def undo() -> None:
            ended = (Stage.DONE.value, Stage.CANCELLED.value, Stage.SUPERSEDED.value)
            done = [one.proposal.number for one in engine.plans(kind) if one.stage in ended]
            if done:
                answer = await engine.undo_plan(kind, done[0], note="", actor=ACTOR)
                if not isinstance(answer, Refused):
                    back.append(answer.proposal.number)

        await self._users.answered(node, undo)
        if back:
            self._world.story.meet("plan: undo")
            await self._apply(kind, back[0])

    async def pause_kind(self, chance: random.Random) -> None:
        for paused in (True, False):
            kind, leading = self._world.kinds[0], self._leading()
            if leading is not None:
                await self._pause(*leading, kind, paused)
            await asyncio.sleep(chance.uniform(1.0, 10.0))

    async def _pause(self, node: Node, engine: Engine, kind: str, paused: bool) -> None:
        async def pause() -> None:
            await engine.pause_kind(kind, paused=paused, actor=ACTOR)
            self._world.story.meet("kind paused" if paused else "kind resumed")

        await self._users.answered(node, pause)

    # --- pins ---

    async def pin(self, chance: random.Random) -> None:
        """To any shard, whether it is there or not."""
        leading, kind = self._leading(), chance.choice(self._world.kinds)
        there = sorted(self._world.catalog.ids(kind))
        if leading is None or not there:
            return
        node, engine = leading
        resource_id, shard = chance.choice(there), chance.choice((0, 1, 1, 2, 2, 4))

        async def pin() -> None:
            await engine.pin(kind, resource_id, shard=shard, actor=ACTOR)

        await self._users.answered(node, pin)

    async def unpin(self, chance: random.Random) -> None:
        leading, kind = self._leading(), chance.choice(self._world.kinds)
        if leading is None:
            return
        node, engine = leading

        async def unpin() -> None:
            pins = engine.pins(kind)
            if pins:
                await engine.unpin(kind, chance.choice(pins).id, actor=ACTOR)

        await self._users.answered(node, unpin)

    # --- afterwards ---

    async def tidy_up(self, engine: Engine) -> None:
        """A person resumes what is paused, and unpins what waits for a shard that does not take it."""
        for kind in self._world.kinds:
            with suppress(ShardwrightError):
                status = self._world.status(engine, kind)
                if status.paused:
                    await engine.pause_kind(kind, paused=False, actor=ACTOR)
                await self._make_room(engine, status)
                for found in engine.plans(kind) if status.orchestrating else ():
                    if found.stage == Stage.PAUSED.value:
                        await engine.act_on_plan(
                            kind, found.proposal.number, act=PlanAct.RESUME.value, actor=ACTOR
                        )
                waiting = [one.id for one in status.unplaced if one.reason == "pinned"]
                for resource_id in waiting:
                    self._world.story.meet("pinned where it cannot be")
                    await engine.unpin(kind, resource_id, actor=ACTOR)

    async def _make_room(self, engine: Engine, status: KindStatus) -> None:
        """What has to leave a draining shard may find the only shards that take it full, or not there."""
        now, kind = self._world.loop.time(), status.kind
        if self._world.settings.policy.rules.is_empty and not engine.pins(kind):
            return
        if not any(shard.state == "draining" for shard in status.shards):
            self._draining_since.pop(kind, None)
        elif now - self._draining_since.setdefault(kind, now) > PATIENCE_S:
            self._world.story.meet("more room for what its rules keep on a draining shard")
            del self._draining_since[kind]
            for one in engine.pins(kind):
                if one.state == PinState.WAITING.value:
                    await engine.unpin(kind, one.id, actor=ACTOR)
            await engine.orchestrate(
                kind, max_instances=6, resource_per_instance=30, dry_run=False, actor=ACTOR
            )
