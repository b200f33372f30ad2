"""Instances, what they wrote, and their ends."""

from __future__ import annotations

from typing import Any

from shardwright_client.answers import Drained, Instance, InstanceDetail, Logs, Struck, Undrained
from shardwright_client.calls import Calls
from shardwright_client.kinds import KINDS, wish

INSTANCES = ("v1", "api", "instances")


class Instances(Calls):
    """Of one kind, or of all."""

    def instances(self, kind: str | None = None) -> list[Instance]:
        found: list[Instance] = self.get(*INSTANCES, kind=kind)["items"]
        return found

    def instance(self, kind: str, shard: int) -> InstanceDetail:
        """The instance of a shard: its beats, what it came through, whether the shard can be drained."""
        found: InstanceDetail = self.get(*KINDS, kind, "shards", str(shard), "instance")
        return found

    def logs(
        self,
        kind: str,
        shard: int,
        *,
        lines: int | None = None,
        after: str | None = None,
        previous: bool = False,
    ) -> Logs:
        """The last lines that the instance of a shard wrote, oldest first.

        ``after``: ``next`` of an earlier answer: only what came since. ``previous``: of the one before.
        """
        found: Logs = self.get(
            *(*INSTANCES, kind, str(shard), "logs"), lines=lines, after=after, previous=previous or None
        )
        return found

    def drain(self, kind: str, shard: int, *, dry_run: bool = False) -> Drained:
        """Hand all that a shard owns to the others; then it ends."""
        done: Drained = self.post(*KINDS, kind, "shards", str(shard), "drain", dryRun=dry_run or None)
        return done

    def undrain(self, kind: str, shard: int, *, dry_run: bool = False) -> Undrained:
        """Have a shard that is being drained stay with what it still has."""
        done: Undrained = self.post(*KINDS, kind, "shards", str(shard), "undrain", dryRun=dry_run or None)
        return done

    def restart(
        self, kind: str, shard: int, *, incarnation: int | None = None, dry_run: bool = False
    ) -> Struck:
        """End the instance of a shard, so that the next takes its place; only this one, where named."""
        done: Struck = self.post(
            *(*KINDS, kind, "instances", str(shard), "restart"),
            body=wish(incarnation=incarnation),
            dryRun=dry_run or None,
        )
        return done

    def kill(self, kind: str, which: dict[str, Any]) -> list[Struck]:
        """End instances as a crash would: ``{"shards": [...]}`` or ``{"label": ..., "value": ...}``."""
        done: list[Struck] = self.post(*KINDS, kind, "instances", "kill", body=which)["items"]
        return done

    def fence(self, kind: str, shard: int, *, uid: str, dry_run: bool = False) -> dict[str, Any]:
        """Give up exactly this instance, on the word that it runs no more."""
        done: dict[str, Any] = self.post(
            *INSTANCES, kind, str(shard), "fence", body={"uid": uid}, dryRun=dry_run or None
        )
        return done
