"""The simulated workers of a world, and the network between them and the orchestrators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

from orchestrator.core.model import Protocol
from orchestrator.core.policy import OnCoordinatorLoss
from orchestrator.engine.answers import Assignment
from orchestrator.ports import Beat, InstanceSpec, Phase
from shardwright_worker import protocol
from tests.simulation.node import Node
from tests.simulation.seed_worker import SeedWorker
from tests.simulation.worker import Refusal, SimulatedWorker, Unanswered
from tests.simulation.worker_process import Temper

if TYPE_CHECKING:
    from tests.simulation.world import World

Key = tuple[str, int]
AnyWorker = SimulatedWorker | SeedWorker


class Workforce:
    """What the runtime tells of instances becomes processes here. ``tempers``: gives each its nature.

    ``loads``: says what each bears, ``weights`` what its ids weigh. ``muted``: shards whose exchanges reach
    nobody. ``poison``: ids that end whoever begins to hold them.
    """

    def __init__(self, world: World) -> None:
        self.alive: dict[Key, AnyWorker] = {}
        self.tempers: Callable[[InstanceSpec], Temper] = lambda spec: Temper()
        self.loads: Callable[[SimulatedWorker], dict[str, int]] = lambda worker: {}
        self.weights: Callable[[SimulatedWorker], dict[str, dict[str, int]]] = lambda worker: {}
        self.muted: set[Key] = set()
        self.poison: set[str] = set()
        self.started: list[AnyWorker] = []
        self._last: dict[SimulatedWorker, Node] = {}
        self._world = world
        self._serial = count(1)
        self._beating: dict[Key, asyncio.Task[None]] = {}

    def on_running(self, spec: InstanceSpec) -> None:
        world = self._world
        key = spec.kind, spec.shard

        def end(why: str) -> None:
            if self.alive.get(key) is worker:
                world.runtime.end(spec.kind, spec.shard, spec.incarnation, why)

        worker = self._worker(spec, end)
        if any(one.spec == spec for one in self.started):
            world.story.meet("begun anew by a late create")
        assert key not in self.alive, "the runtime holds one instance a shard"
        self.alive[key] = worker
        self.started.append(worker)
        world.story.tell(worker.label, "runs")
        worker.start()
        if not world.settings.beats_over_http:
            self._beating[key] = world.loop.spawn(worker.label, world.beats.go_on(worker))

    def _worker(self, spec: InstanceSpec, end: Callable[[str], None]) -> AnyWorker:
        world, policy = self._world, self._world.settings.policy
        if policy.protocol is Protocol.SEED:
            return SeedWorker(
                spec,
                next(self._serial),
                loop=world.loop,
                ledger=world.ledger,
                chance=world.chance,
                temper=self.tempers(spec),
                documents=world.documents,
                reads=lambda: "store" not in world.weather.out,
                end=end,
            )
        return SimulatedWorker(
            spec,
            next(self._serial),
            loop=world.loop,
            ledger=world.ledger,
            story=world.story,
            chance=world.chance,
            temper=self.tempers(spec),
            ask=self.exchange,
            end=end,
            stops_on_loss=policy.on_coordinator_loss is OnCoordinatorLoss.STOP,
        )

    def on_asked_to_stop(self, spec: InstanceSpec) -> bool:
        self._world.check_stop(spec)
        worker = self.alive.get((spec.kind, spec.shard))
        if worker is None or worker.spec is not spec:
            return False
        worker.retire()
        return True

    def on_ended(self, spec: InstanceSpec) -> None:
        worker = self.alive.pop((spec.kind, spec.shard), None)
        beating = self._beating.pop((spec.kind, spec.shard), None)
        if beating is not None:
            beating.cancel()
        if worker is not None:
            self._world.story.tell(worker.label, "has ended")
            worker.kill()
            self._perhaps_forget(spec)

    def _perhaps_forget(self, spec: InstanceSpec) -> None:
        """A runtime may soon know nothing of an instance that ended, and take a late create for a new one."""
        world, weather = self._world, self._world.weather
        if weather.happens(weather.forgotten_end):
            world.story.meet("forgotten end")
            key = spec.kind, spec.shard

            def forget() -> None:
                seen = world.runtime._seen.get(key)
                if seen is not None and seen.incarnation == spec.incarnation and seen.phase is Phase.ENDED:
                    del world.runtime._seen[key]

            world.loop.call_later(weather.chance.uniform(0.0, 3.0), forget)

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
                load={**self.loads(worker), "held": beat.held, "acquiring": beat.acquiring},
                weights=self.weights(worker),
            )
        )
        await _settled(served)
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


async def _settled(task: asyncio.Task[Any]) -> None:
    """Wait until it has ended, however that was; it goes on when nobody waits any more."""
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def tell(_: asyncio.Task[Any]) -> None:
        if not ended.done():
            ended.set_result(None)

    task.add_done_callback(tell)
    await ended


def _answer(answer: Assignment) -> protocol.Answer:
    terms = protocol.Terms(
        answer.lease, answer.interval, answer.on_loss is OnCoordinatorLoss.STOP, answer.away_limit
    )
    if answer.whole:
        return protocol.Answer(answer.generation, answer.commit, terms, protocol.Whole(answer.ids))
    change = protocol.Difference(answer.base, answer.add, answer.remove)
    return protocol.Answer(answer.generation, answer.commit, terms, change)
