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
        reason: str | None = None,
        since: int | None = None,
        until: int | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Event]:
        """The newest lines, newest first. ``before``: only those with a smaller ``sequence``.

        ``since``, ``until``: seconds of the epoch, from the one on and before the other.
        """
        found: list[Event] = self.get(
            *("v1", "api", "events"),
            kind=kind,
            shard=shard,
            id=id,
            verb=verb,
            reason=reason,
            since=since,
            until=until,
            before=before,
            limit=limit,
        )["items"]
        return found
