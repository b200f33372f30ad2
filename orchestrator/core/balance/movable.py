"""Which ids a shard may give away, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from orchestrator.core.draft import Draft
from orchestrator.core.model import Shard


def is_forced(draft: Draft, shard: Shard) -> bool:
    """Whether it makes hard moves, which nothing keeps waiting: it goes, or holds more than it can.

    A hard move is one that a drain, a rule or a full shard forces.
    """
    load = draft.load(shard.number)
    owned = map(sum, zip(load.used, load.reserved, strict=True))
    return not shard.is_active or any(n > most for n, most in zip(owned, shard.capacity, strict=False))


def movable(draft: Draft, shard: Shard) -> Iterator[str]:
    """The ids that the shard may give away, from its last chunk on, so that few documents change.

    An id that stands in two places is repaired first.
    """
    listed = chain.from_iterable(reversed(chunk.ids) for chunk in reversed(shard.chunks))
    return _undoubled(draft, shard) if draft.has_doubled else listed


def _undoubled(draft: Draft, shard: Shard) -> Iterator[str]:
    for chunk in reversed(shard.chunks):
        for resource_id in reversed(chunk.ids):
            place = draft.place_of(resource_id)
            if place is not None and place.shard == shard.number and not draft.is_doubled(resource_id):
                yield resource_id
