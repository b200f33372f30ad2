"""Watches the load of a kind's instances and, where its settings say so, has the kind grow and shrink."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

import structlog

from orchestrator.core.balance.sizing import by_count
from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.elastic.advice import Advice, Verb, advise
from orchestrator.core.elastic.meter import Measure, Meter, Sample
from orchestrator.core.elastic.policy import ElasticMode
from orchestrator.engine.answers import OrchestrationSummary
from orchestrator.engine.answers.elastic import ShardUse, Sizing
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import NotNow, Unavailable
from orchestrator.ports import Usage

log = structlog.get_logger()

ACTOR = "elastic"
TICK_S = 5.0
USAGE_EVERY_S = 15.0
"""How often the runtime is asked; those that measure do so every 10 to 60 s."""

MEASURED = frozenset({"cpu", "memory"})
"""The dimensions that a runtime may measure; its word counts before that of the workers."""

Orchestrate = Callable[[int], Awaitable[OrchestrationSummary | Refused]]


class Elastic:
    """``orchestrate``: asks for so many shards. ``alarms``: what is wrong with the kind."""

    def __init__(self, tenure: Tenure, orchestrate: Orchestrate, alarms: Callable[[], Sequence[str]]) -> None:
        self._tenure = tenure
        self._policy = tenure.setup.policy.elastic
        self._clock = tenure.around.clock
        self._meter = Meter(self._policy)
        self._orchestrate = orchestrate
        self._alarms = alarms
        self._measures: Mapping[str, Measure] = {}
        self._usage: Mapping[int, Usage] = {}
        self._asked_at = -math.inf
        self._wanted: int | None = None
        self._changed_at = -math.inf
        self._latest: Advice | None = None
        self._waits = ""
        self._trouble = ""

    async def run(self) -> None:
        """Watch until the office is lost; returns at once where the load is not looked at."""
        while self._policy.watches and not self._tenure.leadership.lost.is_set():
            await self._look()
            self._latest = self._advice()
            await self._follow(self._latest)
            await self._clock.sleep(TICK_S)

    @property
    def sentence(self) -> str:
        """What the load asks for, where it asks for another number of shards; else empty."""
        advice = self._latest
        if advice is None or advice.verb not in (Verb.GROW, Verb.SHRINK):
            return ""
        return f"{advice.shards} shards instead of {advice.now}: {advice.why}"

    def sizing(self) -> Sizing:
        tenure, policy = self._tenure, self._tenure.setup.policy
        return Sizing(
            kind=tenure.setup.kind,
            mode=self._policy.mode.value,
            by_count=self._by_count(),
            most=tenure.view.state.max_instances,
            ceiling_instances=policy.max_max_instances,
            ceiling_resources=policy.max_resource_per_instance,
            advice=self._advice(),
            waits=self._waits,
            trouble=self._trouble,
            shards=tuple(self._shard_uses()),
            ignored=dict(self._meter.ignored),
        )

    # --- watching ---

    async def _look(self) -> None:
        now, view = self._clock.monotonic(), self._tenure.view
        if now - self._asked_at >= USAGE_EVERY_S and MEASURED & {one.name for one in self._policy.bearings}:
            self._asked_at = now
            await self._ask_runtime()
            now, view = self._clock.monotonic(), self._tenure.view
        bearing = {n for n, shard in view.shards.items() if shard.is_active or self._holds(n)}
        self._measures = self._meter.take(self._samples(now), bearing, now)
        if view.state.shards != self._wanted:
            if self._wanted is not None:
                self._changed_at = now
            self._wanted = view.state.shards

    def _holds(self, number: int) -> bool:
        load = self._tenure.view.load(number)
        return load.used[0] + load.leaving[0] > 0

    async def _ask_runtime(self) -> None:
        setup = self._tenure.setup
        try:
            self._usage = await setup.runtime.usage(setup.kind)
            self._trouble = ""
        except Unavailable as error:
            # what was measured before grows stale by itself
            self._trouble = str(error)

    def _samples(self, now: float) -> Iterator[Sample]:
        shards, wall = self._tenure.view.shards, self._clock.wall()
        for number, member in self._tenure.roster.members.items():
            if member.load:
                yield Sample(shard=number, at=member.load_at, values=member.load)
        for number, used in self._usage.items():
            if number in shards and shards[number].incarnation == used.incarnation:
                values = {"cpu": used.cpu, "memory": used.memory}
                known = {name: value for name, value in values.items() if value is not None}
                yield Sample(shard=number, at=now - max(0.0, wall - used.at), values=known)

    # --- what follows ---

    def _advice(self) -> Advice:
        view, least = self._tenure.view, self._by_count()
        active = sum(1 for shard in view.shards.values() if shard.is_active)
        if not self._policy.watches:
            verb = Verb.GROW if least > active else Verb.SHRINK if least < active else Verb.HOLD
            why = f"{view.count():,} resources at {view.state.resource_per_instance} each."
            return Advice(verb=verb, shards=least, now=active, why=why)
        return advise(self._measures, active, self._policy, least=least, most=view.state.max_instances)

    def _by_count(self) -> int:
        view, policy = self._tenure.view, self._tenure.setup.policy
        state = view.state
        return by_count(view.count(), policy, most=state.max_instances, each=state.resource_per_instance)

    async def _follow(self, advice: Advice) -> None:
        self._waits = ""
        if self._policy.mode is not ElasticMode.ACT or advice.verb not in (Verb.GROW, Verb.SHRINK):
            return
        self._waits = self._hindrance()
        if self._waits:
            return
        self._changed_at = self._clock.monotonic()
        self._note(f"{advice.now} -> {advice.shards}: {advice.why}", advice.shards)
        try:
            answer = await self._orchestrate(advice.shards)
        except NotNow as error:
            self._waits = str(error)
            log.warning("cannot be sized", kind=self._tenure.setup.kind, error=str(error))
            return
        if isinstance(answer, Refused):
            self._waits = " ".join((answer.detail, *answer.reasons))
            self._note(f"refused: {self._waits}", advice.now)

    def _hindrance(self) -> str:
        """Why nothing is to be changed at the moment, a sentence; empty when it may."""
        tenure = self._tenure
        since = self._clock.monotonic() - self._changed_at
        if not tenure.leadership.holds():
            return tenure.leadership.why_doubt
        if tenure.view.state.paused:
            return "the kind is paused"
        if tenure.view.state.rebalance is not None or tenure.roster.draining:
            return "an orchestration is under way"
        if since < self._policy.cooldown:
            return (
                f"the number of shards changed {since:.0f} s ago, the next change is in {self._left(since)} s"
            )
        return next((f"an alarm stands: {alarm}" for alarm in self._alarms()), "")

    def _left(self, since: float) -> str:
        return f"{self._policy.cooldown - since:.0f}"

    def _note(self, detail: str, shards: int) -> None:
        kind, reason = self._tenure.setup.kind, Reason.MEASURED.value
        self._tenure.recorder.note(kind, "size", reason, count=shards, detail=detail, actor=ACTOR)

    def _shard_uses(self) -> Iterator[ShardUse]:
        setup = self._tenure.setup
        for number in sorted(self._tenure.view.shards):
            load = {
                name: measure.by_shard[number]
                for name, measure in self._measures.items()
                if number in measure.by_shard
            }
            share = {
                one.name: load[one.name] / one.capacity for one in self._policy.bearings if one.name in load
            }
            name = f"{setup.instance_name}-{number}"
            yield ShardUse(shard=number, name=name, load=load, utilisation=share)
