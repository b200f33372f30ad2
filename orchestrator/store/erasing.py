"""A kind taken from a store, so that nobody serves from what is left while that is done. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from orchestrator.core.model import UNFINISHED, KindState
from orchestrator.ports import Office
from orchestrator.store.codec import encode_kind
from orchestrator.store.layout import Layout
from orchestrator.store.operations import ANY, Check, Create, Delete, Operation

AT_ONCE = 400


def erasing(
    layout: Layout, kind: str, is_known: bool, paths: Iterable[str], office: Office
) -> Iterator[Sequence[Operation]]:
    """Transactions, of which the first gives the kind to a store that nobody has, and the last removes it.

    ``is_known``: whether it has a state, whatever that is; ``paths``: of all else, the deepest first.
    """
    state, leader = layout.kind(kind), Check(layout.leader, office.version)
    nobodys = Create(state, encode_kind(KindState(kind=kind, store_id=f"{UNFINISHED}replaced")))
    yield [leader, *([Delete(state, ANY)] if is_known else []), nobodys]
    rest = [Delete(path, ANY) for path in paths] + [Delete(state, ANY)]
    for start in range(0, len(rest), AT_ONCE):
        yield [leader, *rest[start : start + AT_ONCE]]
