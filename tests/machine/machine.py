"""A world in the hands of Hypothesis: its rules are what users, operators and misfortune do."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orchestrator.core.policy import KindPolicy
from orchestrator.errors import NotNow
from orchestrator.ports import InstanceSpec, Witness
from tests.machine.inputs import BAD_BODIES, KINDS, READS, STRANGE, WISHES, WRONG_WISHES
from tests.machine.wire import Answer, Unanswered, Wire
from tests.simulation.loop import VirtualLoop
from tests.simulation.node import Node
from tests.simulation.script import HEALTH, POLICY
from tests.simulation.story import Broken
from tests.simulation.worker_process import Temper
from tests.simulation.world import World, WorldSettings

KIND = "Thing"
REST_WITHIN_S = 240.0
QUIET_S = 65.0
"""Longer than the time between two resyncs."""
MOST_IDS = 80
RULE_WITHIN_S = 600.0
"""Longer than anything here may take, rest included."""
READ_WITHIN_S = 12.0
"""How long a read may take whoever is away: two hops' patience, and the store's."""

SETTINGS = WorldSettings(
    kinds=(KIND,),
    policy=replace(POLICY, hold_from=1, drain_deadline=KindPolicy().drain_deadline),
    health=HEALTH,
    max_instances=6,
    resource_per_instance=20,
    resync_interval=30.0,
)

TEMPERS = (
    Temper(),
    Temper(acquire_s=0.3, release_s=0.5),
    Temper(raises=0.4),
    Temper(hangs=True),
    Temper(never_acknowledges=True),
    Temper(crashes_after=1.0),
)

nodes = st.sampled_from((0, 1))
picks = st.integers(0, 99)


met: Counter[str] = Counter()
"""How often each rare thing was met in all stories, answers by their status among them."""


class ProductMachine(RuleBasedStateMachine):
    """Every rule runs the loop on; the world's checker judges each write meanwhile."""

    # --- the frame ---

    @initialize(seed=st.integers(0, 9), ids=st.sampled_from((40, 30, 12, 0)), start=st.sampled_from((1, 2)))
    def begin(self, seed: int, ids: int, start: int) -> None:
        self.loop = VirtualLoop(seed)
        self.next = ids
        self.gone: list[str] = []
        self.temper = TEMPERS[0]

        async def made() -> None:
            self.world = World(SETTINGS, seed)
            self.wire = Wire(self.world)
            self.world.workforce.tempers = self._temper
            self.world.publisher.create(KIND, [f"t{n}" for n in range(ids)], tell=False)
            for name in ("a", "b")[:start]:
                self.world.add_node(name)
            if start == 1:
                self.world.nodes.append(Node(self.world, "b"))

        self.run(made())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Let the world go on until this is done. Raises what the checker found."""

        async def watched() -> Any:
            doing = asyncio.ensure_future(work)
            done, _ = await asyncio.wait([doing], timeout=RULE_WITHIN_S)
            if not done:
                doing.cancel()
                raise self.world.story.break_(f"not within {RULE_WITHIN_S:g} s")
            self.world.story.close()
            return doing.result()

        return self.loop.run_until_complete(watched())

    def _temper(self, spec: InstanceSpec) -> Temper:
        return self.temper

    @invariant()
    def nothing_is_broken(self) -> None:
        if hasattr(self, "world"):
            self.world.story.close()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            if self.world.story.broken is None:
                self.run(self._come_to_rest())
        finally:
            self.loop.end_all()
            self.loop.close()

    # --- users ---

    @rule(count=st.sampled_from((1, 1, 1, 5)))
    def create(self, count: int) -> None:
        if len(self.world.catalog.ids(KIND)) + count > MOST_IDS:
            return
        ids = [f"t{self.next + n}" for n in range(count)]
        self.next += count
        self.world.publisher.create(KIND, ids)

    @rule(pick=picks, count=st.sampled_from((1, 1, 3)))
    def delete(self, pick: int, count: int) -> None:
        self._delete(pick, count)

    @rule(pick=picks, tell=st.booleans())
    def delete_most(self, pick: int, tell: bool) -> None:
        self._delete(pick, max(1, len(self.world.catalog.ids(KIND)) * 2 // 3), tell=tell)

    @rule(pick=picks)
    def create_again(self, pick: int) -> None:
        if self.gone:
            self.world.publisher.create(KIND, [self.gone[pick % len(self.gone)]])

    @rule(pick=picks, named=st.booleans())
    def update(self, pick: int, named: bool) -> None:
        there = sorted(self.world.catalog.ids(KIND))
        ids = [there[pick % len(there)]] if there and named else []
        self.world.publisher.tell(KIND, Witness.UPDATED, ids)

    def _delete(self, pick: int, count: int, *, tell: bool = True) -> None:
        there = sorted(self.world.catalog.ids(KIND))
        if there:
            begin = pick % len(there)
            ids = (there[begin:] + there[:begin])[:count]
            self.gone += ids
            self.world.publisher.delete(KIND, ids, tell=tell)

    # --- operators, over HTTP ---

    @rule(node=nodes, kind=st.sampled_from(KINDS), wish=WISHES, dry=st.booleans())
    def orchestrate(self, node: int, kind: str, wish: bytes, dry: bool) -> None:
        path = f"/v1/api/orchestrations/{kind}/orchestrate" + ("?dryRun=true" if dry else "")
        answer = self.ask(node, "POST", path, wish)
        if answer is not None and answer.status == 200 and not dry:
            self._is_in_the_store(json.loads(wish))

    @rule(node=nodes, body=BAD_BODIES | WRONG_WISHES)
    def orchestrate_nonsense(self, node: int, body: bytes) -> None:
        answer = self.ask(node, "POST", f"/v1/api/orchestrations/{KIND}/orchestrate", body)
        if answer is not None and answer.status == 200:
            raise self.world.story.break_(f"nonsense was carried out: {body[:60]!r}")

    @rule(node=nodes, path=READS)
    def read(self, node: int, path: str) -> None:
        began = self.loop.time()
        answer = self.ask(node, "GET", path)
        took = self.loop.time() - began
        if answer is not None and took > READ_WITHIN_S:
            raise self.world.story.break_(f"L9: GET {path} took {took:.1f} s")

    @rule(node=nodes, request=STRANGE)
    def ask_strangely(self, node: int, request: tuple[str, str, bytes, dict[str, str]]) -> None:
        method, path, body, headers = request
        answer = self.ask(node, method, path, body, headers)
        if answer is not None and answer.status < 400:
            raise self.world.story.break_(f"{method} {path} was answered {answer.status}")

    @rule(node=nodes)
    def resync(self, node: int) -> None:
        self.ask(node, "POST", f"/v1/api/kinds/{KIND}/resync")

    @rule(node=nodes)
    def accept_removals(self, node: int) -> None:
        answer = self.ask(node, "GET", f"/v1/api/kinds/{KIND}/removals")
        held = None if answer is None or answer.status != 200 else json.loads(answer.body)["held"]
        if held is not None:
            wish = json.dumps({"digest": held["digest"], "count": held["count"]}).encode()
            self.ask(node, "POST", f"/v1/api/kinds/{KIND}/removals/accept", wish)

    def ask(
        self, node: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer | None:
        """One request, and what is so of every answer; None: the server ended or stood still meanwhile."""
        asked = self.world.nodes[node]

        async def asking() -> Answer | None:
            with suppress(Unanswered):
                return await self.wire.ask(asked, method, path, body, headers)
            return None

        answer: Answer | None = self.run(asking())
        if answer is not None:
            self.world.story.tell(
                asked.label, f"answers {answer.status} to {method} {path[:60]} {body[:60]!r}"
            )
            met[f"{answer.status} to {method}"] += 1
            self._is_an_answer(answer, method, path)
        return answer

    def _is_an_answer(self, answer: Answer, method: str, path: str) -> None:
        story, what = self.world.story, f"{answer.status} to {method} {path[:80]}: {answer.body[:200]!r}"
        story.require(answer.status < 500 or answer.status == 503, f"an error of ours: {what}")
        if answer.status >= 400 and path != "/readyz":
            story.require("problem+json" in answer.headers.get("Content-Type", ""), f"no problem: {what}")
            story.require(json.loads(answer.body)["status"] == answer.status, f"another status: {what}")
        if answer.status == 503 and path != "/readyz":
            story.require("Retry-After" in answer.headers, f"no word on when to ask again: {what}")

    def _is_in_the_store(self, wish: dict[str, object]) -> None:
        """S22: what was answered with success is so."""
        state = self.world.documents.seen[KIND].loaded.state
        said = {"maxInstances": state.max_instances, "resourcePerInstance": state.resource_per_instance}
        for name, value in wish.items():
            is_so = value is None or said[name] == value
            self.world.story.require(is_so, f"S22: {name} was to be {value} and is {said[name]}")

    # --- time and misfortune ---

    @rule(seconds=st.sampled_from((2.0, 0.3, 0.01, 7.0, 20.0, 61.0)))
    def tick(self, seconds: float) -> None:
        self.run(self.world.pass_(seconds))

    @rule(
        store=st.sampled_from((0.4, 0.1, 0.0)),
        unavailable=st.sampled_from((0.0, 0.1)),
        lost=st.sampled_from((0.0, 0.5, 1.0)),
        latency=st.sampled_from((0.0, 0.02, 0.2)),
    )
    def fault(self, store: float, unavailable: float, lost: float, latency: float) -> None:
        weather = self.world.weather
        weather.store_faults, weather.unavailable, weather.latency_s = store, unavailable, latency
        weather.lost_notification, weather.lost_news, weather.late_ensure = lost, lost, unavailable
        weather.lost_answer, weather.stale_listing = unavailable, lost / 4

    @rule(dependency=st.sampled_from(("store", "catalog", "runtime")))
    def partition(self, dependency: str) -> None:
        self.world.story.tell("weather", f"{dependency} is away")
        self.world.weather.out.add(dependency)

    @rule()
    def heal(self) -> None:
        self.run(self._heal())

    @rule(node=nodes)
    def crash(self, node: int) -> None:
        self.world.nodes[node].crash()

    @rule(node=nodes)
    def start(self, node: int) -> None:
        self.run(self._start(self.world.nodes[node]))

    @rule(node=nodes)
    def restart(self, node: int) -> None:
        self.run(self._restart(self.world.nodes[node]))

    @rule(node=nodes, to=st.sampled_from(("cut_off", "reconnect", "freeze", "thaw")))
    def hurt_orchestrator(self, node: int, to: str) -> None:
        getattr(self.world.nodes[node], to)()

    @precondition(lambda self: hasattr(self, "world") and self.world.workforce.alive)
    @rule(pick=picks, how=st.sampled_from(("crash", "freeze", "thaw")))
    def hurt_worker(self, pick: int, how: str) -> None:
        alive = sorted(self.world.workforce.alive)
        work: Callable[[str, int], None] = getattr(self.world.workforce, how)
        work(*alive[pick % len(alive)])

    @rule(temper=st.sampled_from(TEMPERS))
    def workers_to_come_are(self, temper: Temper) -> None:
        self.temper = temper

    @rule()
    def write_by_hand(self) -> None:
        path = self.world.documents.layout.kind(KIND)
        if path in self.world.documents.documents:
            self.world.documents.by_hand(path, lambda body: body)

    # --- the end ---

    async def _start(self, node: Node) -> None:
        await asyncio.sleep(0.05)
        await node.gone()
        if not node.is_up:
            node.start()
            # until it has begun, its engine is that of its life before
            await asyncio.sleep(0.05)

    async def _restart(self, node: Node) -> None:
        await node.restart()
        await asyncio.sleep(0.05)

    async def _heal(self) -> None:
        world = self.world
        world.story.tell("weather", "clears up")
        world.weather.clear_up()
        self.temper = TEMPERS[0]
        for kind, shard in sorted(world.workforce.alive):
            world.workforce.thaw(kind, shard)
        for node in world.nodes:
            node.thaw()
            node.reconnect()
            if node.store is not None:
                await node.store.faulty.deliver()
            await self._start(node)

    async def _come_to_rest(self) -> None:
        world = self.world
        await self._heal()
        caring = world.loop.create_task(self._look_after())
        await world.until(self._nobody_is_to_crash, REST_WITHIN_S, "who is to crash has crashed")
        await world.rest(REST_WITHIN_S)
        before = world.transactions
        await world.pass_(QUIET_S)
        wrote = world.transactions - before
        world.story.require(wrote == 0, f"{wrote} transactions when there was nothing to do")
        await world.rest(1.0)
        caring.cancel()
        await world.close()
        met.update(world.story.met)
        met["stories"] += 1

    def _nobody_is_to_crash(self) -> bool:
        """A crash that is still to come of a worker from before the end is something to do."""
        return all(one.temper.crashes_after is None for one in self.world.workforce.alive.values())

    async def _look_after(self) -> None:
        """What an operator does who reads the alarms."""
        while True:
            await asyncio.sleep(5.0)
            leader = self.world.leader
            if leader is None or leader.engine is None:
                continue
            with suppress(NotNow, Broken):
                status = leader.engine.kind(KIND)
                if status.held is not None:
                    digest, count = status.held.digest, status.held.count
                    await leader.engine.accept_removals(KIND, digest=digest, count=count, actor="op")
                if any(one.reason == "no-room" for one in status.unplaced):
                    await leader.engine.orchestrate(
                        KIND, max_instances=8, resource_per_instance=40, dry_run=False, actor="op"
                    )
