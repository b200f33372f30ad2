"""Ids that cannot leave a shard that is to end, and what keeps each: its pin, another rule, or room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from orchestrator.core.draft import Draft
from orchestrator.core.placement.choosing import choose, why_nowhere
from orchestrator.core.placement.rules import is_ruled, pins_of

LOOKED_AT = 100
"""Ids of a shard that are asked about: a status is read often, and each costs a look at all shards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """``pin``: the shard that the id is pinned to, None: it is not. ``why``: a sentence. ``alike``: others
    of the shard, as far as they were looked at, that are pinned, or not pinned, as it is.
    """

    id: str
    pin: int | None
    why: str
    alike: int


def stranded(draft: Draft, number: int) -> Stranded | None:
    """The first of the shard's ids that no other takes as things stand, those with a pin first; None: none.

    Requires: the shard is there, and is draining in the draft.
    """
    pins = pins_of(draft)
    owned = [i for i in islice(_pinned(draft, number), LOOKED_AT) if choose(draft, i) is None]
    if not owned:
        free = (i for i in draft.existing(number).ids() if i not in pins)
        owned = [i for i in islice(free, LOOKED_AT) if choose(draft, i) is None]
    if not owned:
        return None
    first = owned[0]
    why = why_nowhere(draft, first).sentence
    return Stranded(id=first, pin=pins.get(first), why=why, alike=len(owned) - 1)


def _pinned(draft: Draft, number: int) -> Iterator[str]:
    """The ids of the shard that are pinned."""
    if not is_ruled(draft):
        return
    for resource_id in sorted(pins_of(draft)):
        place = draft.place_of(resource_id)
        if place is not None and place.shard == number and draft.is_owned(resource_id):
            yield resource_id
