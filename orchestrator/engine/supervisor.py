"""Watches the instances of a kind: compares what the runtime shows with what the store says, and judges.

What is to be done follows from the store and an observation, so nothing is lost with a crash between
a commit and its effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from orchestrator.core.decisions import Reason
from orchestrator.core.model import Instance, Shard
from orchestrator.engine.effects import Effects
from orchestrator.engine.judge import Judge
from orchestrator.engine.place import RuntimePlace
from orchestrator.engine.sighting import Sighting, is_unwanted, sighting
from orchestrator.engine.specs import Specs
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import Unavailable
from orchestrator.ports import Clock, InstanceSeen, Phase

LOOK_FOR_PLACE_S = 0.5
CLAIMED_S = 0.02
"""How soon it is looked whether the claim of a place is committed: instances wait for that."""

TICK_S = 0.25
"""How often verdicts are given and, while an instance is stopping, the runtime is asked."""


class Supervisor:
    """``acts``: whether this replica sees the place where the instances run; nothing is asked before that."""

    def __init__(self, tenure: Tenure, specs: Specs) -> None:
        self.judge = Judge(tenure.roster)
        self.place = RuntimePlace(tenure)
        self.observed: dict[int, InstanceSeen] = {}
        self._tenure = tenure
        self._setup = tenure.setup
        self._roster = tenure.roster
        self._clock: Clock = tenure.around.clock
        self._observe_soon = asyncio.Event()
        self._observed_at: float | None = None
        self._rest = 0.0
        self._trouble = ""
        self._swept: set[tuple[int, int]] = set()
        self.acts = False
        self._effects = Effects(tenure, specs, self._observe_soon.set)

    @property
    def trouble(self) -> str:
        """Why the runtime is not as it should be; empty when it is."""
        return self.place.trouble or self._trouble or self._effects.trouble

    def sight(self, shard: Shard) -> InstanceSeen | None:
        """What the runtime last showed of the very incarnation that the shard has; None: nothing."""
        seen = self.observed.get(shard.number)
        return seen if seen is not None and seen.incarnation == shard.incarnation else None

    @property
    def observed_age(self) -> float | None:
        return None if self._observed_at is None else self._clock.monotonic() - self._observed_at

    def kick(self, number: int) -> None:
        """The shard may want something of the runtime."""
        if self.acts:
            self._effects.kick(number)

    def saw(self, seen: InstanceSeen) -> None:
        """News from the runtime; a fast path, the next observation would tell the same."""
        if not self.acts:
            return
        self.observed[seen.shard] = seen
        shard = self._tenure.shard(seen.shard)
        strange = shard is None or shard.incarnation != seen.incarnation
        if shard is None or strange or shard.instance is Instance.STOPPING:
            self._observe_soon.set()
        elif shard.instance is Instance.LIVE and seen.phase is Phase.ENDED:
            self._tenure.saw_end(shard, Reason.ENDED, seen.detail)

    async def run(self) -> None:
        """Watch over the instances until the office is lost."""
        while not await self.place.fits():
            await self._clock.sleep(LOOK_FOR_PLACE_S if self.place.trouble else CLAIMED_S)
        self.acts = True
        for number in list(self._tenure.view.shards):
            self.kick(number)
        while not self._tenure.leadership.lost.is_set():
            if self._is_observation_due():
                await self._observe()
            self._give_verdicts()
            try:
                async with asyncio.timeout(TICK_S):
                    await self._observe_soon.wait()
            except TimeoutError:
                continue
            # What many instances do at once is one thing to look at.
            await self._clock.sleep(self._rest)

    async def close(self) -> None:
        await self._effects.close()

    def _is_observation_due(self) -> bool:
        if self._observe_soon.is_set() or self._observed_at is None:
            return True
        if self._roster.stopping:
            return True
        return self._clock.monotonic() - self._observed_at >= self._setup.observe_interval

    async def _observe(self) -> None:
        self._observe_soon.clear()
        shards = self._tenure.view.shards.values()
        stopping = {s.number: s.incarnation for s in shards if s.instance is Instance.STOPPING}
        known = {(n, m.incarnation) for n, m in self._roster.members.items() if m.accepted}
        begun = self._clock.monotonic()
        try:
            seen = await self._setup.runtime.observe(self._setup.kind)
        except Unavailable as error:
            self._trouble = str(error)
            self._tenure.recorder.counters["runtime.unavailable"] += 1
            return
        self._trouble = ""
        self._observed_at = self._clock.monotonic()
        self._rest = min(TICK_S, self._observed_at - begun)
        self.observed = {one.shard: one for one in seen}
        self._tenure.beside("coverage", self._tenure.coverage.observed, seen)
        # the view may be another one by now
        for shard in list(self._tenure.view.shards.values()):
            one = self.observed.get(shard.number)
            meaning = sighting(
                shard,
                one,
                was_stopping=stopping.get(shard.number) == shard.incarnation,
                was_known=(shard.number, shard.incarnation) in known or self._effects.is_inherited(shard),
            )
            self._take(meaning, shard, one)
        self._effects.forget_inherited()
        await self._sweep(seen)

    def _take(self, meaning: Sighting, shard: Shard, one: InstanceSeen | None) -> None:
        detail = "" if one is None else one.detail
        if meaning is Sighting.FENCED:
            self._roster.fence(shard, "no such instance" if one is None else (detail or "ended"))
            self._tenure.inbox.wake()
        elif meaning is Sighting.ASK:
            self._effects.see_to(shard, one)
        elif meaning is Sighting.ENDED:
            self._tenure.saw_end(shard, Reason.ENDED, detail)
        elif meaning is Sighting.MISSING:
            self._tenure.saw_end(shard, Reason.MISSING, "the runtime has no such instance")
        elif meaning is Sighting.RUNNING and one is not None:
            self._tenure.saw_running(shard)
            self._roster.saw_begun(shard, self._clock.monotonic(), pending=one.phase is Phase.PENDING)

    async def _sweep(self, seen: Sequence[InstanceSeen]) -> None:
        """End what runs under our name and is not what the store wants."""
        kind, grace = self._setup.kind, self._setup.health.stop_grace
        for one in seen:
            shard = self._tenure.shard(one.shard)
            if is_unwanted(shard, one) and self._tenure.leadership.holds():
                self._note_sweep(one)
                try:
                    await self._setup.runtime.stop(kind, one.shard, one.incarnation, grace_s=grace)
                except Unavailable as error:
                    self._trouble = str(error)

    def _note_sweep(self, one: InstanceSeen) -> None:
        """Once: it is asked to end as often as it is seen."""
        name = one.shard, one.incarnation
        if name not in self._swept:
            self._swept.add(name)
            self._tenure.recorder.note(
                self._setup.kind, "sweep", Reason.OUTDATED.value, shard=one.shard, detail=one.uid
            )

    def _give_verdicts(self) -> None:
        now, shards = self._clock.monotonic(), self._tenure.view.shards
        self._roster.leading_since = self._tenure.leadership.listening_since()
        judged = self.judge.silence(shards, proven=self._tenure.beats_proven(), now=now)
        judged += self.judge.stuck(shards, now=now)
        judged += self.judge.draining(shards, now=now)
        if judged:
            self._tenure.inbox.wake()
