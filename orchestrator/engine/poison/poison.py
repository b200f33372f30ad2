"""Finds and sets apart the ids that end their instances, one kind (docs/poison.md).

What crashed is remembered for as long as the leader is in office; the quarantine itself is in the store.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import structlog

from orchestrator.core.decisions import Reason
from orchestrator.core.model import Shard
from orchestrator.core.poison.isolation import Orders
from orchestrator.core.poison.suspicion import Crash, Suspicion, common_cause, is_crash, suspect
from orchestrator.core.policy import Acts
from orchestrator.engine.poison.baseline import Baseline, owned
from orchestrator.engine.poison.trials import Trials
from orchestrator.engine.poison.ward import Ward

if TYPE_CHECKING:
    from orchestrator.engine.tenure import Tenure

log = structlog.get_logger()

REMEMBERED = 64
"""Crashes of a kind that are compared with each other, the latest ones."""

TICK_S = 1.0
"""How often a trial and those who are tried again are looked at."""

SHOWN = 5


class Poison:
    """``ward``: who is set apart; ``trials``: what an instance runs without for now, to find out more."""

    def __init__(self, tenure: Tenure) -> None:
        self.ward = Ward(tenure)
        self.trials = Trials(tenure, self.ward)
        self._tenure = tenure
        self._policy = tenure.setup.policy.poison
        self._clock = tenure.around.clock
        self._baseline = Baseline(tenure.roster)
        self._crashes: deque[Crash] = deque(maxlen=REMEMBERED)
        self._new: deque[Crash] = deque(maxlen=REMEMBERED)
        self._news = asyncio.Event()
        self._told: dict[str, float] = {}

    # --- for the reconciler ---

    def orders(self) -> Orders:
        """What the store is to say of the kind's ids now."""
        home, aside = self.trials.home_and_aside()
        return Orders(changes=self.ward.due(), home=home, aside=aside)

    def committed(self, orders: Orders) -> None:
        """A pass with these orders is in the store."""
        if orders.changes:
            self.ward.committed(orders.changes)
            self._news.set()

    def close(self) -> None:
        """At the end of the office."""
        self.ward.close()

    # --- what is seen ---

    def saw_end(self, shard: Shard, reason: Reason, detail: str) -> None:
        """The shard's live instance has ended; called once an incarnation, when its wait is known."""
        protocol = self._tenure.setup.policy.protocol
        if reason is not Reason.ENDED or not is_crash(detail, protocol):
            return
        crash = self._crash(shard, detail)
        self._tenure.recorder.counters["instances.crashed"] += 1
        self._news.set()
        if not self.ward.convict_tried(crash) and not self.trials.take_end(crash):
            self._crashes.append(crash)
            self._new.append(crash)

    def _crash(self, shard: Shard, detail: str) -> Crash:
        now, member = self._clock.monotonic(), self._tenure.roster.member(shard)
        acknowledged = self._tenure.roster.acknowledged(shard)
        held = owned(shard) + tuple(
            entry.ids
            for _, entry in shard.entries()
            if acknowledged is not None and entry.generation > acknowledged
        )
        return Crash(
            shard=shard.number,
            incarnation=shard.incarnation,
            at=now,
            wall=self._clock.wall(),
            lived=now - member.started if member.accepted else None,
            detail=detail,
            held=held,
            known=self._baseline.known(shard.number),
        )

    # --- what follows ---

    async def run(self) -> None:
        looked = self._clock.monotonic()
        rest = self._tenure.roster.health.stable_after / 2
        while True:
            is_busy = self.trials.trial is not None or bool(self.ward.entries())
            try:
                async with asyncio.timeout(TICK_S if is_busy else rest):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._news.clear()
            while self._new:
                self._consider(self._new.popleft())
                await asyncio.sleep(0)
            now = self._clock.monotonic()
            self.trials.look(now)
            self.ward.look(now, alone=self.trials.trial is None)
            if now - looked >= rest:
                looked = now
                self._baseline.look(self._tenure.view.shards, now)
            self._say(now)

    def _consider(self, crash: Crash) -> None:
        if self._policy.acts is Acts.OFF:
            return
        if self.trials.trial is not None:
            self._doubt_trial()
            return
        since = self._clock.monotonic() - self._policy.within
        recent = [one for one in self._crashes if one.at >= since and one.at <= crash.at]
        # those of the instance that is looked at come last, whatever crashed in the same moment
        recent.sort(key=lambda one: (one is crash, one.at))
        if not recent or recent[-1] is not crash or self.trials.is_spared(crash.shard):
            return
        suspicion = suspect(recent, self._policy)
        if suspicion is None or not suspicion.everyone:
            return
        active = sum(1 for shard in self._tenure.view.shards.values() if shard.is_active)
        if why := common_cause(recent, active):
            self._tell(f"no resource is accused: {why}", recent)
        elif self._policy.acts is Acts.ADVISE:
            self._tell(self._advice(suspicion), suspicion.crashes)
        else:
            self.trials.begin(suspicion)
            told = frozenset((one.shard, one.incarnation) for one in suspicion.crashes)
            rest = [one for one in self._crashes if (one.shard, one.incarnation) not in told]
            self._crashes = deque(rest, maxlen=REMEMBERED)

    def _doubt_trial(self) -> None:
        """Others crash, too, while a shard is tried: where most of the kind do, it is no id of that shard."""
        shards = self._tenure.view.shards
        others = {one.shard for one in self._crashes if one.at >= self.trials.began} & shards.keys()
        active = sum(1 for shard in shards.values() if shard.is_active)
        if 2 * (len(others) + 1) > active:
            self.trials.abandon(f"meanwhile instances of {len(others)} other shards of {active} crashed")

    def _advice(self, suspicion: Suspicion) -> str:
        name = f"{self._tenure.setup.instance_name}-{suspicion.shard}"
        some = suspicion.first or suspicion.everyone
        shown = ", ".join(i[:64] for i in some[:SHOWN])
        more = f" and {len(some) - SHOWN} more" if len(some) > SHOWN else ""
        return f"{name} crashed again and again; suspected: {shown}{more}"

    def _tell(self, sentence: str, crashes: Sequence[Crash]) -> None:
        """Have people told, for as long as such crashes come at least; said again, it is told on."""
        if sentence not in self._told:
            log.warning("crashes", kind=self._tenure.setup.kind, finding=sentence)
            self._tenure.recorder.note(
                self._tenure.setup.kind, "suspect", Reason.QUARANTINED.value, detail=sentence
            )
        health = self._tenure.setup.health
        # a longer pause than that is no crash loop's
        pauses = (b.at - a.at for a, b in pairwise(crashes) if b.at - a.at < 2 * health.backoff_most)
        lasts = max(health.stable_after, 2 * max(pauses, default=0.0))
        self._told[sentence] = self._clock.monotonic() + lasts

    def _say(self, now: float) -> None:
        """What people are shown among the alarms."""
        self._told = {said: until for said, until in self._told.items() if now < until}
        findings = self._tenure.findings
        findings.set_aside = self.trials.home_and_aside()[1]
        findings.apart = tuple(self.ward.sentences())
        findings.warnings = (*findings.apart, *self.trials.sentences(), *self._told)
