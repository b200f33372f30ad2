"""What the engine does on purpose to what it looks after: restarts, kills, a change of leaders."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.model import Instance
from orchestrator.core.traits import label as label_of
from orchestrator.engine.answers.drill import Struck
from orchestrator.engine.holdings import Holdings
from orchestrator.errors import Doubtful, NotNow, Unavailable


class DrillFront(Holdings):
    """The facade's part about drills (``orchestrator.engine.facade.drill``)."""

    async def restart(
        self, kind: str, shard: int, *, incarnation: int | None, actor: str, dry_run: bool = False
    ) -> Struck | Refused:
        steward = self._changeable(kind)
        if dry_run:
            return await steward.operator.restart(shard, incarnation, actor, dry_run=True)
        steward.tenure.recorder.note(kind, "restart", Reason.OPERATOR.value, shard=shard, actor=actor)
        return await steward.operator.restart(shard, incarnation, actor)

    async def kill(
        self, kind: str, shards: Sequence[int], *, actor: str, dry_run: bool = False
    ) -> Sequence[Struck] | Refused:
        steward = self._changeable(kind)
        tenure, wanted = steward.tenure, sorted(set(shards))
        live = {n: s for n in wanted if (s := tenure.shard(n)) is not None and s.instance is Instance.LIVE}
        if not live or len(live) < len(wanted):
            others = ", ".join(str(n) for n in wanted if n not in live) or "none"
            return Refused(
                reason=Reason.UNCHANGED,
                detail=f"Nothing was killed: {kind} has no live instance of shard {others}.",
            )
        struck: list[Struck] = []
        for number, shard in live.items():
            if not self.leadership.holds():
                raise Doubtful(f"{len(struck)} of {len(live)} were killed: this orchestrator leads no more")
            struck.append(
                Struck(
                    kind=kind,
                    shard=number,
                    incarnation=shard.incarnation,
                    since=self._around.clock.wall(),
                )
            )
            if dry_run:
                continue
            tenure.recorder.note(kind, "kill", Reason.OPERATOR.value, shard=number, actor=actor)
            try:
                await tenure.setup.runtime.stop(kind, number, shard.incarnation, grace_s=0.0)
            except Unavailable as error:
                raise Doubtful(f"{len(struck) - 1} of {len(live)} were killed: {error}") from error
        return struck

    async def zone(self, kind: str, label: str, value: str) -> Sequence[int]:
        shards = self._steward(kind).tenure.view.shards
        return sorted(n for n, shard in shards.items() if label_of(shard.labels, label) == value)

    async def make_room(self, *, actor: str, dry_run: bool = False) -> None:
        if not self.leadership.holds():
            raise NotNow(self.leadership.why_doubt or "this orchestrator does not lead")
        if dry_run:
            return
        for kind, steward in self._stewards.items():
            steward.tenure.recorder.note(kind, "resign", Reason.OPERATOR.value, actor=actor)
        await self.leadership.make_room(f"{actor} asked for another leader")
