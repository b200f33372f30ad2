"""The one exchange of workers: takes a beat, gives an assignment (docs/worker-protocol.md)."""

from __future__ import annotations

from orchestrator.core.model import Instance, Shard
from orchestrator.engine.admission import admit, told
from orchestrator.engine.answers import Assignment, Turned
from orchestrator.engine.desk import Woken
from orchestrator.engine.hearing import IMPOSSIBLE
from orchestrator.engine.tenure import Tenure
from orchestrator.ports import Beat


class Exchange:
    def __init__(self, tenure: Tenure) -> None:
        self._tenure = tenure
        self._setup = tenure.setup

    async def take(self, beat: Beat) -> Assignment | Turned:
        """Take the beat; answer a change at once, else so that the next comes an interval after this one."""
        shard = self._admit(beat)
        if isinstance(shard, Turned):
            self._tenure.beside("coverage", self._tenure.coverage.turned_away, beat)
            return shard
        member = self._tenure.roster.member(shard)
        member.came_back(beat.received)
        self._hear(shard, beat)
        if shard.instance is Instance.STOPPING or shard.generation == beat.generation:
            within = member.keep_waiting(self._setup.health.interval)
            woken = await self._tenure.desk.wait(shard.number, within)
            if woken is Woken.SUPERSEDED:
                return Turned(status=409, detail="a later exchange of this incarnation took over")
            shard = self._admit(beat)
            if isinstance(shard, Turned):
                return shard
            if woken is Woken.QUIET:
                member.answered = self._tenure.around.clock.monotonic()
        return self._assignment(shard, beat)

    def _admit(self, beat: Beat) -> Shard | Turned:
        """The worker's shard, or why it gets nothing; asked again right before an answer is computed."""
        return admit(self._tenure.shard(beat.shard), beat, holds=self._tenure.leadership.holds())

    def _hear(self, shard: Shard, beat: Beat) -> None:
        roster, view = self._tenure.roster, self._tenure.view
        is_first = roster.acknowledged(shard) is None
        if beat.impossible:
            self._tenure.recorder.counters[IMPOSSIBLE] += beat.impossible
        roster.heard(shard, beat, counts=self._setup.beats_over_http)
        self._tenure.beside("weights", self._tenure.weighing.hear, shard, beat)
        self._tenure.beside("coverage", self._tenure.coverage.heard, shard)
        if is_first and roster.acknowledged(shard) is not None:
            self._tenure.beside("record", self._tenure.record.heard, shard)
        if self._tenure.is_leaving(shard.number) or (is_first and view.state.rebalance is not None):
            self._tenure.inbox.wake()

    def _assignment(self, shard: Shard, beat: Beat) -> Assignment:
        base = -1 if beat.generation is None else beat.generation
        office = self._tenure.leadership.office
        found = told(shard, base, self._tenure.desk.difference(shard, base))
        return Assignment(
            generation=found.generation,
            whole=found.whole,
            ids=found.ids,
            base=found.base,
            add=found.add,
            remove=found.remove,
            commit=self._tenure.view.state.commit,
            lease=self._tenure.around.lease,
            interval=self._setup.health.interval,
            on_loss=self._setup.policy.on_coordinator_loss,
            away_limit=self._tenure.around.away_limit,
            weigh=self._tenure.weighing.names,
            term=0 if office is None else office.epoch,
        )
