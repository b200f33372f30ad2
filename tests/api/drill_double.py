"""The part of the facade's double that is about drills and recordings."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.drill import Struck
from orchestrator.engine.answers.record import CheckpointTaken
from orchestrator.errors import NotNow, UnknownKind
from orchestrator.ports import JournalLine, Recorded
from orchestrator.replay.packing import pack


class DrillDouble:
    """Shards 0 to 4 of Thing have a live instance, of incarnation 7; 1 and 2 stand in zone a."""

    struck: tuple[Struck, ...] = ()
    resigned = 0
    leads = True

    def _require_kind(self, kind: str) -> None:
        if kind != "Thing":
            raise UnknownKind(f"there is no kind {kind!r}")

    async def restart(
        self, kind: str, shard: int, *, incarnation: int | None, actor: str, dry_run: bool = False
    ) -> Struck | Refused:
        self._require_kind(kind)
        if shard > 4 or incarnation not in (None, 7):
            return Refused(detail=f"{kind} has no such instance")
        return Struck(kind=kind, shard=shard, incarnation=7, since=1.5)

    async def kill(
        self, kind: str, shards: Sequence[int], *, actor: str, dry_run: bool = False
    ) -> Sequence[Struck] | Refused:
        self._require_kind(kind)
        if any(shard > 4 for shard in shards):
            return Refused(detail="nothing was killed")
        self.struck = tuple(Struck(kind=kind, shard=n, incarnation=7, since=1.5) for n in shards)
        return self.struck

    async def zone(self, kind: str, label: str, value: str) -> Sequence[int]:
        self._require_kind(kind)
        return [1, 2] if (label, value) == ("zone", "a") else []

    async def make_room(self, *, actor: str, dry_run: bool = False) -> None:
        if not self.leads:
            raise NotNow("this orchestrator does not lead")
        self.resigned += not dry_run

    async def checkpoint(self, kind: str, *, actor: str, dry_run: bool = False) -> CheckpointTaken:
        self._require_kind(kind)
        return CheckpointTaken(kind=kind, name="Thing.1:0", ids=3)

    async def recorded(self, kind: str, *, after: int, limit: int) -> Sequence[Recorded]:
        self._require_kind(kind)
        lines = [
            Recorded(
                line=JournalLine(
                    sequence=n, at=float(n), kind=kind, verb="input-hints", reason="input", count=n
                ),
                body=pack([{"n": n}]) if n % 2 else b"",
            )
            for n in range(1, 6)
        ]
        return [one for one in lines if one.line.sequence > after][:limit]
