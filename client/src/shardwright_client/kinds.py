"""Kinds, their shards, and how they are spread."""

from __future__ import annotations

from typing import Any

from shardwright_client.answers import (
    Coverage,
    Kind,
    KindSummary,
    Moves,
    Orchestration,
    Overview,
    Pausing,
    Shard,
    ShardDetail,
    Sizing,
)
from shardwright_client.calls import Calls

KINDS = ("v1", "api", "kinds")


class Kinds(Calls):
    """Of one kind, or of all."""

    def overview(self) -> Overview:
        """Everything at once: the server, what it leans on, each kind with its shards."""
        found: Overview = self.get("v1", "api", "overview")
        return found

    def kinds(self) -> list[KindSummary]:
        found: list[KindSummary] = self.get(*KINDS)["items"]
        return found

    def kind(self, kind: str) -> Kind:
        found: Kind = self.get(*KINDS, kind)
        return found

    def shards(self, kind: str) -> list[Shard]:
        found: list[Shard] = self.get(*KINDS, kind, "shards")["items"]
        return found

    def shard(self, kind: str, shard: int) -> ShardDetail:
        """A shard, with what is on its way from it and to it."""
        found: ShardDetail = self.get(*KINDS, kind, "shards", str(shard))
        return found

    def moves(self, kind: str) -> Moves:
        """What is on its way between the shards of a kind, and how much may be at once."""
        found: Moves = self.get(*KINDS, kind, "moves")
        return found

    def sizing(self, kind: str) -> Sizing:
        found: Sizing = self.get(*KINDS, kind, "sizing")
        return found

    def coverage(self, kind: str, *, worst: int | None = None) -> Coverage:
        """``worst``: how many resources to name that were served by nobody, or by two, for longest."""
        found: Coverage = self.get(*KINDS, kind, "coverage", worst=worst)
        return found

    def orchestrate(
        self,
        kind: str,
        *,
        max_instances: int | None = None,
        resource_per_instance: int | None = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> Orchestration:
        """Spread a kind anew, or tell what that would do. What is None stays as it is.

        ``key``: see ``write``.
        """
        done: Orchestration = self.post(
            *("v1", "api", "orchestrations", kind, "orchestrate"),
            body=wish(maxInstances=max_instances, resourcePerInstance=resource_per_instance),
            dryRun=dry_run or None,
            key=key,
        )
        return done

    def pause(self, kind: str, *, dry_run: bool = False) -> Pausing:
        """Have nothing of a kind orchestrated, grown or moved."""
        done: Pausing = self.post(*KINDS, kind, "pause", dryRun=dry_run or None)
        return done

    def resume(self, kind: str, *, dry_run: bool = False) -> Pausing:
        done: Pausing = self.post(*KINDS, kind, "resume", dryRun=dry_run or None)
        return done

    def resync(self, kind: str, *, dry_run: bool = False) -> dict[str, Any]:
        """Have catalog and store of a kind compared in full; returns when it is done."""
        done: dict[str, Any] = self.post(*KINDS, kind, "resync", dryRun=dry_run or None)
        return done

    def accept_place(self, kind: str, *, instead_of: str | None, dry_run: bool = False) -> dict[str, Any]:
        """Have the instances of a kind run where the leader sees them, and no more at the place named."""
        done: dict[str, Any] = self.post(
            *KINDS, kind, "place", "accept", body={"insteadOf": instead_of}, dryRun=dry_run or None
        )
        return done

    def set_shard(
        self,
        kind: str,
        shard: int,
        *,
        labels: dict[str, str | None] | None = None,
        capacity: dict[str, int | None] | None = None,
        dry_run: bool = False,
        if_match: str | None = None,
    ) -> Shard:
        """Change labels and bounds of a shard; None takes one away."""
        done: Shard = self.patch(
            *(*KINDS, kind, "shards", str(shard)),
            body={"labels": labels or {}, "capacity": capacity or {}},
            dryRun=dry_run or None,
            if_match=if_match,
        )
        return done


def wish(**given: Any) -> dict[str, Any]:
    """A body of what is not None."""
    return {name: value for name, value in given.items() if value is not None}
