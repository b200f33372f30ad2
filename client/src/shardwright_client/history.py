"""The history: what came in and what was decided."""

from __future__ import annotations

from shardwright_client.answers import Event
from shardwright_client.calls import Calls


class History(Calls):
    """Lines of the journal."""

    def events(
        self,
        *,
        kind: str | None = None,
        shard: int | None = None,
        id: str | None = None,
        verb: str | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Event]:
        """The newest lines, newest first. ``before``: only those with a smaller ``sequence``."""
        found: list[Event] = self.get(
            *("v1", "api", "events"), kind=kind, shard=shard, id=id, verb=verb, before=before, limit=limit
        )["items"]
        return found
