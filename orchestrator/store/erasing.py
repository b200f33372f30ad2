"""A kind taken from a store, so that nobody serves from what is left while that is done. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from orchestrator.core.model import REPLACED, KindState
from orchestrator.errors import Permanent
from orchestrator.ports import Office
from orchestrator.store.codec import decode_kind, encode_kind
from orchestrator.store.document import Document
from orchestrator.store.layout import Layout
from orchestrator.store.migration import Migration
from orchestrator.store.operations import ANY, Check, Create, Delete, Operation

AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Erasing:
    """``found``: the kind's state as it stands there, whatever that is."""

    layout: Layout
    migration: Migration
    kind: str
    found: Document | None
    office: Office

    @property
    def parents(self) -> tuple[str, ...]:
        """What stands below these goes."""
        return (
            self.layout.shards(self.kind),
            self.layout.papers(self.kind),
            self.layout.revisions(self.kind),
        )

    def disowning(self) -> Sequence[Operation]:
        """The transaction that gives the kind to a store that nobody has, with the numbers it had."""
        path = self.layout.kind(self.kind)
        known = self._known(path)
        state = KindState(
            kind=self.kind, store_id=REPLACED, commit=known.commit, next_incarnation=known.next_incarnation
        )
        operations: list[Operation] = [self._leader, Create(path, encode_kind(state))]
        if self.found is not None:
            operations.insert(1, Delete(path, ANY))
        return self.migration.lowered(operations, self.layout.root, self.office.layout)

    def removing(self, paths: Iterable[str], *, state: bool) -> Iterator[Sequence[Operation]]:
        """Transactions after that. ``paths``: of all below the parents, the deepest first; ``state``: too."""
        rest = [Delete(path, ANY) for path in paths]
        if state:
            rest.append(Delete(self.layout.kind(self.kind), ANY))
        for start in range(0, len(rest), AT_ONCE):
            yield [self._leader, *rest[start : start + AT_ONCE]]

    @property
    def _leader(self) -> Check:
        return Check(self.layout.leader, self.office.version)

    def _known(self, path: str) -> KindState:
        if self.found is not None:
            try:
                return decode_kind(self.kind, path, self.migration.raised(path, self.layout.root, self.found))
            except Permanent:
                # Its numbers are lost with it; those that follow are counted on from the clock.
                pass
        return KindState(kind=self.kind)
