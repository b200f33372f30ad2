"""The one exchange of workers: takes a beat, gives an assignment (docs/worker-protocol.md)."""

from __future__ import annotations

from functools import partial

from orchestrator.core.model import Instance, Shard
from orchestrator.engine.answers import Assignment, Turned
from orchestrator.engine.desk import Woken
from orchestrator.engine.tenure import Tenure
from orchestrator.ports import Beat


class Exchange:
    def __init__(self, tenure: Tenure) -> None:
        self._tenure = tenure
        self._setup = tenure.setup

    async def take(self, beat: Beat) -> Assignment | Turned:
        """Take the beat; answer a change at once, else after the interval."""
        shard = self._admit(beat)
        if isinstance(shard, Turned):
            return shard
        self._hear(shard, beat)
        if shard.instance is Instance.STOPPING or shard.generation == beat.generation:
            woken = await self._tenure.desk.wait(shard.number, self._setup.health.interval)
            if woken is Woken.SUPERSEDED:
                return Turned(status=409, detail="a later exchange of this incarnation took over")
            shard = self._admit(beat)
            if isinstance(shard, Turned):
                return shard
        return self._assignment(shard, beat)

    def _admit(self, beat: Beat) -> Shard | Turned:
        """The worker's shard, or why it gets nothing; asked again right before an answer is computed."""
        if not self._tenure.leadership.holds():
            return Turned(status=503, detail="this orchestrator is not the leader")
        shard, incarnation = self._tenure.shard(beat.shard), beat.incarnation or 0
        if shard is None or shard.instance is Instance.NONE or incarnation < shard.incarnation:
            who = f"incarnation {beat.incarnation} of shard {beat.shard} of {beat.kind}"
            return Turned(status=410, detail=f"{who} is over")
        if incarnation > shard.incarnation:
            return Turned(status=503, detail=f"incarnation {incarnation} is not known here (yet)")
        if beat.generation is not None and beat.generation > shard.generation:
            return Turned(status=503, detail=f"generation {beat.generation} is not known here (yet)")
        return shard

    def _hear(self, shard: Shard, beat: Beat) -> None:
        roster, view = self._tenure.roster, self._tenure.view
        is_first = roster.acknowledged(shard) is None
        roster.heard(shard, beat, counts=self._setup.beats_over_http)
        if self._tenure.is_leaving(shard.number) or (is_first and view.state.rebalance is not None):
            self._tenure.inbox.wake()

    def _assignment(self, shard: Shard, beat: Beat) -> Assignment:
        base = -1 if beat.generation is None else beat.generation
        assignment = partial(
            Assignment,
            commit=self._tenure.view.state.commit,
            lease=self._tenure.around.lease,
            interval=self._setup.health.interval,
            on_loss=self._setup.policy.on_coordinator_loss,
            away_limit=self._tenure.around.away_limit,
        )
        if shard.instance is Instance.STOPPING:
            return assignment(generation=base, base=base, whole=False)
        difference = self._tenure.desk.difference(shard, base)
        if difference is None:
            return assignment(generation=shard.generation, whole=True, ids=tuple(shard.ids()))
        add, remove = difference
        return assignment(generation=shard.generation, whole=False, base=base, add=add, remove=remove)
