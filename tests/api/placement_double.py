"""The part of the facade's double that is about where people want ids to stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.placement import Pinned
from orchestrator.engine.answers.shard import ShardStatus


class PlacementDouble:
    """Shards are those of the kind; an id is in the catalog when somebody owns it."""

    pinned: Mapping[tuple[str, str], Pinned] = {}

    def pins(self: Any, kind: str) -> Sequence[Pinned]:
        self._known(kind)
        return [one for (name, _), one in sorted(self.pinned.items()) if name == kind]

    async def pin(
        self: Any, kind: str, resource_id: str, *, shard: int, actor: str, dry_run: bool = False
    ) -> Any:
        self._known(kind)
        self._may_fail()
        self.calls.append(("pin", (kind, resource_id, shard, actor)))
        if (kind, resource_id) not in self.owners:
            return None
        if self.refusal is not None:
            return self.refusal
        found = Pinned(id=resource_id, shard=shard, state="waiting", detail="it waits")
        self.pinned = {**self.pinned, (kind, resource_id): found}
        return found

    async def unpin(self: Any, kind: str, resource_id: str, *, actor: str, dry_run: bool = False) -> bool:
        self._known(kind)
        self._may_fail()
        was = (kind, resource_id) in self.pinned
        self.pinned = {key: one for key, one in self.pinned.items() if key != (kind, resource_id)}
        return was

    async def set_shard(
        self: Any,
        kind: str,
        shard: int,
        *,
        labels: Mapping[str, str | None],
        capacity: Mapping[str, int | None],
        actor: str,
        dry_run: bool = False,
    ) -> ShardStatus | Refused | None:
        self._may_fail()
        self.calls.append(("set_shard", (kind, shard, dict(labels), dict(capacity), actor)))
        if self.refusal is not None:
            refusal: Refused = self.refusal
            return refusal
        for one in self._known(kind).shards:
            if one.number == shard:
                kept = {name: value for name, value in labels.items() if value is not None}
                bounds = {name: value for name, value in capacity.items() if value is not None}
                found: ShardStatus = replace(one, labels=kept, bounds=bounds)
                return found
        return None
