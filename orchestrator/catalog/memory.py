"""A catalog in memory, which fails and lags on demand: for tests and simulation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from orchestrator.core.model import ONE, Vector
from orchestrator.core.traits import PLAIN, Traits
from orchestrator.errors import Unavailable
from orchestrator.ports import Listing

Rows = Iterable[str] | Mapping[str, Vector | Traits]
"""Ids alone, or each with its weight or all that is said of it."""


class MemoryCatalog:
    """A mapping from id to weight and labels for each kind; a kind that nobody named is empty."""

    def __init__(self, kinds: Mapping[str, Rows] | None = None) -> None:
        self._kinds: dict[str, dict[str, Traits]] = {}
        self._stale: dict[str, dict[str, Traits]] | None = None
        self._failures = 0
        self.calls = 0
        for kind, ids in (kinds or {}).items():
            self.put(kind, ids)

    def put(self, kind: str, ids: Rows) -> None:
        """Add ids, or change what is said of them; an id alone weighs one and has no labels."""
        said = ids if isinstance(ids, Mapping) else dict.fromkeys(ids, PLAIN)
        rows = self._kinds.setdefault(kind, {})
        for resource_id, one in said.items():
            rows[resource_id] = one if isinstance(one, Traits) else Traits(one)

    def drop(self, kind: str, ids: Iterable[str]) -> None:
        """Remove ids; those that are not there are ignored."""
        rows = self._kinds.setdefault(kind, {})
        for resource_id in ids:
            rows.pop(resource_id, None)

    def ids(self, kind: str) -> set[str]:
        """What is really there, whatever the reads say."""
        return set(self._kinds.get(kind, ()))

    def fail_next(self, calls: int) -> None:
        """Let that many reads raise Unavailable, from the next one on."""
        self._failures = calls

    def freeze(self) -> None:
        """Serve what is there now, whatever is put or dropped, until ``thaw``: a replica that lags."""
        self._stale = {kind: dict(rows) for kind, rows in self._kinds.items()}

    def thaw(self) -> None:
        self._stale = None

    @property
    def is_lagging(self) -> bool:
        return self._stale is not None

    async def lookup(self, kind: str, ids: Collection[str]) -> Mapping[str, Traits]:
        """Those of ``ids`` that exist, each with its weight and labels. Raises Unavailable."""
        rows = self._rows(kind)
        return {resource_id: rows[resource_id] for resource_id in ids if resource_id in rows}

    async def listing(self, kind: str) -> Listing:
        """Every id of the kind. Raises Unavailable."""
        rows = self._rows(kind)
        doubts = {key: said.doubt for key, said in rows.items() if said.doubt}
        return Listing(
            ids=list(rows),
            weights={key: said.weight for key, said in rows.items() if said.weight != ONE},
            labels={key: said.labels for key, said in rows.items() if said.labels},
            doubts=doubts,
            doubtful=len(doubts),
        )

    async def close(self) -> None:
        """Nothing to let go of."""

    def _rows(self, kind: str) -> Mapping[str, Traits]:
        self.calls += 1
        if self._failures > 0:
            self._failures -= 1
            raise Unavailable(f"the catalog of {kind} was told to fail")
        return (self._kinds if self._stale is None else self._stale).get(kind, {})
