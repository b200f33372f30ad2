"""The simulated workers of a world, and the network between them and the orchestrators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

from orchestrator.core.policy import OnCoordinatorLoss
from orchestrator.engine.answers import Assignment
from orchestrator.ports import Beat, InstanceSpec
from shardwright_worker import protocol
from tests.simulation.node import Node
from tests.simulation.worker import Refusal, SimulatedWorker, Temper, Unanswered

if TYPE_CHECKING:
    from tests.simulation.world import World

Key = tuple[str, int]


class Workforce:
    """What the runtime tells of instances becomes processes here. ``tempers``: gives each its nature.

    ``muted``: shards whose exchanges reach nobody.
    """

    def __init__(self, world: World) -> None:
        self.alive: dict[Key, SimulatedWorker] = {}
        self.tempers: Callable[[InstanceSpec], Temper] = lambda spec: Temper()
        self.muted: set[Key] = set()
        self.started: list[SimulatedWorker] = []
        self._last: dict[SimulatedWorker, Node] = {}
        self._world = world
        self._serial = count(1)

    def on_running(self, spec: InstanceSpec) -> None:
        world = self._world
        key = spec.kind, spec.shard

        def end(why: str) -> None:
            if self.alive.get(key) is worker:
                world.runtime.end(spec.kind, spec.shard, spec.incarnation, why)

        worker = SimulatedWorker(
            spec,
            next(self._serial),
            loop=world.loop,
            ledger=world.ledger,
            story=world.story,
            chance=world.chance,
            temper=self.tempers(spec),
            ask=self.exchange,
            end=end,
            stops_on_loss=world.settings.policy.on_coordinator_loss is OnCoordinatorLoss.STOP,
        )
        assert key not in self.alive, "the runtime holds one instance a shard"
        self.alive[key] = worker
        self.started.append(worker)
        world.story.tell(worker.label, "runs")
        worker.start()

    def on_asked_to_stop(self, spec: InstanceSpec) -> bool:
        worker = self.alive.get((spec.kind, spec.shard))
        if worker is None or worker.spec is not spec:
            return False
        worker.retire()
        return True

    def on_ended(self, spec: InstanceSpec) -> None:
        worker = self.alive.pop((spec.kind, spec.shard), None)
        if worker is not None:
            self._world.story.tell(worker.label, "has ended")
            worker.kill()

    # --- what happens to them ---

    def crash(self, kind: str, shard: int) -> None:
        worker = self.alive.get((kind, shard))
        if worker is not None:
            self._world.runtime.end(kind, shard, worker.spec.incarnation, "exit code 137")

    def freeze(self, kind: str, shard: int) -> None:
        if (kind, shard) in self.alive:
            self._world.story.tell(self.alive[kind, shard].label, "is frozen")
            self._world.loop.freeze(self.alive[kind, shard].label)

    def thaw(self, kind: str, shard: int) -> None:
        if (kind, shard) in self.alive:
            self._world.loop.thaw(self.alive[kind, shard].label)

    # --- the network ---

    async def exchange(self, worker: SimulatedWorker, beat: protocol.Beat) -> protocol.Answer | Refusal:
        """One request to some orchestrator. Raises Unanswered."""
        weather = self._world.weather
        await weather.delay()
        node = self._route(worker)
        key = worker.spec.kind, worker.spec.shard
        if node is None or key in self.muted or weather.happens(weather.lost_answer / 2):
            await asyncio.sleep(0.05)
            raise Unanswered
        served = node.serve(
            Beat(
                kind=worker.spec.kind,
                shard=worker.spec.shard,
                received=0.0,
                incarnation=beat.incarnation,
                generation=beat.generation,
                pending=frozenset(beat.pending),
                more=beat.more,
                load={"held": beat.held, "acquiring": beat.acquiring},
            )
        )
        await asyncio.wait([served])
        await weather.delay()
        if served.cancelled() or key in self.muted or weather.happens(weather.lost_answer):
            raise Unanswered
        answer = served.result()
        return _answer(answer) if isinstance(answer, Assignment) else Refusal(answer.status)

    def _route(self, worker: SimulatedWorker) -> Node | None:
        """Followers pass on to the leader; who thinks that it leads answers itself.

        A worker stays with the orchestrator that answered it, and tries another when one did not.
        """
        up = [node for node in self._world.nodes if node.is_up]
        held = [node for node in up if node.engine is not None and node.engine.leadership.office is not None]
        choice = held or up
        last = self._last.get(worker)
        if last in choice and (not worker.failures or len(choice) == 1):
            return last
        others = [node for node in choice if node is not last]
        if not others:
            return None
        self._last[worker] = node = self._world.chance.choice(others)
        return node


def _answer(answer: Assignment) -> protocol.Answer:
    terms = protocol.Terms(
        answer.lease, answer.interval, answer.on_loss is OnCoordinatorLoss.STOP, answer.away_limit
    )
    if answer.whole:
        return protocol.Answer(answer.generation, answer.commit, terms, protocol.Whole(answer.ids))
    change = protocol.Difference(answer.base, answer.add, answer.remove)
    return protocol.Answer(answer.generation, answer.commit, terms, change)
