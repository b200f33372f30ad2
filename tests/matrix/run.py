"""One run of a workload, undisturbed or with one fault, from its beginning until nothing is left to do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from orchestrator.errors import ShardwrightError
from tests.matrix.fault import Perturbation
from tests.matrix.history import History
from tests.matrix.node import MatrixNode
from tests.matrix.outcome import Outcome, Watch
from tests.matrix.points import Points
from tests.matrix.workloads import COUNT, HEALTH, KIND, SETTINGS, Workload, things
from tests.simulation.loop import Deadlock, Endless, VirtualLoop, simulate
from tests.simulation.story import Broken
from tests.simulation.world import World

REST_WITHIN_S = 120.0
QUIET_S = 35.0
"""Longer than the time between two resyncs."""
AFTERWARDS_S = 6.0
"""For how long points still count after all came to rest: so long a contradicted hint is looked at again."""
GAP_S = 12.0
UNSEEN_AFTER_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Run:
    outcome: Outcome
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    old: tuple[tuple[int, ...], ...]
    hit: bool


class Failed(AssertionError):
    """A run broke a rule; the text ends with its story."""


def run(
    workload: Workload,
    perturbation: Perturbation | None = None,
    *,
    seed: int = 0,
    with_unseen: bool = False,
    echo: bool = False,
) -> Run:
    """``with_unseen``: what else happens unseen happens here, too, in the end. Raises Failed."""

    async def main(loop: VirtualLoop) -> Run:
        del loop
        return await _Scene(workload, perturbation, seed, echo).play(with_unseen)

    try:
        return simulate(main, seed)
    except BaseExceptionGroup as group:
        raise Failed(str(group.exceptions[0])) from group
    except (Broken, Deadlock, Endless, ShardwrightError) as broken:
        raise Failed(str(broken)) from broken


class _Scene:
    def __init__(self, workload: Workload, perturbation: Perturbation | None, seed: int, echo: bool) -> None:
        self.workload = workload
        self.world = World(SETTINGS, seed, echo=echo)
        self.points = Points(perturbation, History(self.world), on_gap=self._leave_alone)
        self.nodes = [MatrixNode(self.world, name, self.points) for name in ("a", "b")]
        self.world.nodes.extend(self.nodes)

    async def play(self, with_unseen: bool) -> Run:
        world, workload, points = self.world, self.workload, self.points
        workload.prepare(world)
        world.publisher.create(KIND, things(COUNT), tell=False)
        if workload.runs_before:
            for node in self.nodes:
                node.start()
                await asyncio.sleep(0.01)
            await world.rest(REST_WITHIN_S)
            await workload.begin(world)
            await world.rest(REST_WITHIN_S)
            await world.pass_(3.0)
        watch = Watch(world)
        points.armed = True
        world.story.tell("matrix", workload.name)
        await workload.act(world)
        await world.rest(REST_WITHIN_S)
        if with_unseen:
            await workload.unseen(world)
            await world.rest(REST_WITHIN_S)
        await self._all_back()
        await world.pass_(AFTERWARDS_S)
        points.armed = False
        # what was begun within the window, as an answer to a worker, is disturbed at its end
        await world.pass_(HEALTH.interval + 1.0)
        await self._all_back()
        before = world.transactions
        await world.pass_(QUIET_S)
        wrote = world.transactions - before
        world.story.require(wrote == 0, f"{wrote} transactions when there was nothing to do")
        await world.rest(1.0)
        outcome = await watch.outcome()
        await world.close()
        return Run(
            outcome=outcome,
            writes=tuple(points.writes),
            reads=tuple(points.reads),
            old=tuple(points.old),
            hit=points.hit,
        )

    async def _all_back(self) -> None:
        """Whatever the fault did to an orchestrator is over, and the world still, or again, at rest."""
        world = self.world
        await world.until(
            lambda: all(n.is_up and not world.loop.is_frozen(n.label) for n in self.nodes),
            60.0,
            "all are back",
        )
        await world.pass_(1.0)
        await world.rest(REST_WITHIN_S)

    def _leave_alone(self) -> None:
        """Nobody leads for a while, and what happens meanwhile is told to nobody."""
        for node in self.nodes:
            node.crash()
        self.world.later(UNSEEN_AFTER_S, partial(self.workload.unseen, self.world))
        for node in self.nodes:
            self.world.later(GAP_S, node.come_back)
