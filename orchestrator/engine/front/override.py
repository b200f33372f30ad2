"""What a person may allow against the limits: held removals, another place, the end of a lost instance."""

from __future__ import annotations

from orchestrator.core.decisions import Refused
from orchestrator.engine.holdings import Holdings


class OverrideFront(Holdings):
    """The facade's overrides (``orchestrator.engine.facade``)."""

    async def accept_removals(
        self, kind: str, *, digest: str, count: int, actor: str, dry_run: bool = False
    ) -> int | Refused:
        steward = self._changeable(kind)
        if not dry_run:
            steward.tenure.recorder.input(kind, "accept-removals", count, actor=actor, detail=digest)
        return await steward.operator.accept_removals(digest, count, dry_run=dry_run)

    async def accept_place(
        self, kind: str, *, instead_of: str, actor: str, dry_run: bool = False
    ) -> Refused | None:
        steward = self._changeable(kind)
        if not dry_run:
            steward.tenure.recorder.input(kind, "accept-place", 0, actor=actor, detail=instead_of)
        return await steward.operator.accept_place(instead_of, dry_run=dry_run)

    async def fence(
        self, kind: str, shard: int, *, uid: str, actor: str, dry_run: bool = False
    ) -> Refused | None:
        steward = self._changeable(kind)
        if not dry_run:
            steward.tenure.recorder.input(kind, "fence", 0, shard=shard, actor=actor, detail=uid)
        return await steward.operator.fence(shard, uid, actor, dry_run=dry_run)
