"""Resources: who owns one, why, which are pinned, set apart, or wait to be removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shardwright_client.answers import Explanation, FoundResource, Held, Listed, Pinned, Quarantined, Resource
from shardwright_client.calls import Calls
from shardwright_client.errors import Unavailable
from shardwright_client.kinds import KINDS, wish

PAGE = 500


class Resources(Calls):
    """Of one kind, by id."""

    def resource(self, kind: str, resource: str) -> Resource:
        found: Resource = self.get(*KINDS, kind, "resources", resource)
        return found

    def resources(
        self, kind: str, *, shard: int | None = None, state: str | None = None, q: str | None = None
    ) -> Iterator[Listed]:
        """Every resource of a kind, page by page; ``q``: only ids that begin so."""
        yield from self.pages(*KINDS, kind, "resources", shard=shard, state=state, q=q, limit=PAGE)

    def search(self, q: str, *, limit: int | None = None) -> list[FoundResource]:
        """Ids that are, or begin, so; of all kinds."""
        found: list[FoundResource] = self.get("v1", "api", "search", q=q, limit=limit)["items"]
        return found

    def find(self, resource: str) -> list[Resource]:
        """The resources of this id, of all kinds."""
        found: list[Resource] = self.get("v1", "api", "resources", id=resource)["items"]
        return found

    def explain(self, kind: str, resource: str) -> Explanation:
        """Why a resource is where it is, and not elsewhere.

        Raises Unavailable where nobody leads; ``resource`` has then what the store says.
        """
        found: Explanation = self.get(*KINDS, kind, "resources", resource, "explain")
        return found

    def owner(self, kind: str, resource: str) -> Resource:
        """Who owns a resource; also while nobody leads."""
        try:
            return self.explain(kind, resource)["resource"]
        except Unavailable:
            return self.resource(kind, resource)

    def pins(self, kind: str) -> list[Pinned]:
        found: list[Pinned] = self.get(*KINDS, kind, "pins")["items"]
        return found

    def pin(self, kind: str, resource: str, shard: int, *, dry_run: bool = False) -> Pinned:
        """Have a resource stand on this shard and no other."""
        done: Pinned = self.put(*KINDS, kind, "pins", resource, body={"shard": shard}, dryRun=dry_run or None)
        return done

    def unpin(self, kind: str, resource: str, *, dry_run: bool = False) -> dict[str, Any]:
        done: dict[str, Any] = self.delete(*KINDS, kind, "pins", resource, dryRun=dry_run or None)
        return done

    def quarantine(self, kind: str) -> list[Quarantined]:
        found: list[Quarantined] = self.get(*KINDS, kind, "quarantine")["items"]
        return found

    def set_apart(
        self, kind: str, resource: str, *, why: str = "", seconds: float | None = None, dry_run: bool = False
    ) -> Quarantined:
        """Have nobody serve a resource; ``seconds`` None: for the kind's own time."""
        body = wish(why=why, seconds=seconds)
        done: Quarantined = self.put(*KINDS, kind, "quarantine", resource, body=body, dryRun=dry_run or None)
        return done

    def lift(self, kind: str, resource: str, *, dry_run: bool = False) -> dict[str, Any]:
        """Set a resource apart no more."""
        done: dict[str, Any] = self.delete(*KINDS, kind, "quarantine", resource, dryRun=dry_run or None)
        return done

    def removals(self, kind: str) -> Held | None:
        """The removals that wait for a person."""
        found: Held | None = self.get(*KINDS, kind, "removals")["held"]
        return found

    def accept_removals(self, kind: str, *, digest: str, count: int, dry_run: bool = False) -> dict[str, Any]:
        """Let exactly these removals go, once."""
        done: dict[str, Any] = self.post(
            *KINDS,
            kind,
            "removals",
            "accept",
            body={"digest": digest, "count": count},
            dryRun=dry_run or None,
        )
        return done
