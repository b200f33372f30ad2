"""The part of the facade's double that is about one shard in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers import InstanceStatus
from orchestrator.engine.answers.instance import (
    Drainable,
    Flow,
    HeartBeat,
    InstanceDetail,
    MovesStatus,
    Past,
    ShardDetail,
)

FLOWS = (
    Flow(source=3, to=4, releasing=7, acquiring=2, oldest=1.5),
    Flow(source=1, to=3, releasing=0, acquiring=5, oldest=0.5),
    Flow(source=3, to=None, releasing=1, acquiring=0, oldest=None),
)
DRAINABLE = Drainable(ok=True, reason="", ids=40, to_shards=4, each=10)


class ShardDouble:
    """Shard 3 of every kind gives and takes; nothing is really drained."""

    def moves_under_way(self: Any, kind: str) -> MovesStatus:
        self._may_fail()
        self._known(kind)
        return MovesStatus(kind=kind, in_flight=8, budget=100, items=FLOWS[:2], slowest=1.5)

    def shard_detail(self: Any, kind: str, shard: int) -> ShardDetail | None:
        self._may_fail()
        for one in self._known(kind).shards:
            if one.number == shard:
                return ShardDetail(shard=one, flows=tuple(f for f in FLOWS if shard in (f.source, f.to)))
        return None

    def instance_detail(self: Any, kind: str, shard: int) -> InstanceDetail | None:
        found = [one for one in self.instances(kind) if one.shard == shard]
        if not found:
            return None
        status: InstanceStatus = found[0]
        return InstanceDetail(
            instance=status,
            node="node-1",
            beats=(HeartBeat(at=100.0, gap=None), HeartBeat(at=105.0, gap=5.0)),
            interval=5.0,
            deadline=15.0,
            lane=(("created", 98.0), ("running", 99.0), ("firstBeat", 100.0), ("serving", 100.5)),
            generation=12,
            acknowledged=12,
            previous=(Past(incarnation=3, created=None, ended=97.0, reason="silent", detail="20 s"),),
            can_drain=DRAINABLE,
        )

    async def drain(self: Any, kind: str, shard: int, *, actor: str, dry_run: bool = False) -> Any:
        return self._drained("drain", kind, shard, actor, dry_run)

    async def undrain(self: Any, kind: str, shard: int, *, actor: str, dry_run: bool = False) -> Any:
        return self._drained("undrain", kind, shard, actor, dry_run)

    def _drained(
        self: Any, verb: str, kind: str, shard: int, actor: str, dry_run: bool
    ) -> Drainable | Refused | None:
        self.calls.append((verb, (kind, shard, actor, dry_run)))
        self._may_fail()
        if all(one.number != shard for one in self._known(kind).shards):
            return None
        refusal: Refused | None = self.refusal
        return refusal or DRAINABLE

    async def previous_logs(self: Any, kind: str, shard: int, *, lines: int) -> Sequence[str] | None:
        self._may_fail()
        return None if shard == 0 else [f"before {number}" for number in range(3)][-lines:]
