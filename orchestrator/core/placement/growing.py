"""What a shard of the kind holds and is labelled, and the next one that is added where none takes an id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count, islice

from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.load import Load
from orchestrator.core.model import Labels, Shard, Vector
from orchestrator.core.placement.rules import Demands, is_ruled
from orchestrator.core.traits import labels_of

MOST_NUMBERS = 256
"""Free numbers that are looked at for a shard with the labels that an id asks for."""

ASKED = 200
"""Ids that are asked whether they would stand on a new shard."""


def capacity_of(draft: Draft, shard: Shard | None = None) -> Vector:
    """What a new shard of the kind holds, or this one, of which a person may have set some bounds."""
    usual = (draft.state.resource_per_instance, *draft.policy.extra_capacity)
    if shard is None or not shard.bounds:
        return usual
    own = dict(shard.bounds)
    return tuple(own.get(draft.dimension_name(d), most) for d, most in enumerate(usual))


def refit(draft: Draft) -> list[int]:
    """Give each active shard the capacity that it is to have, and the labels of the settings that it lacks.

    Returns the numbers of those that changed.
    """
    wanted = {s.number: (capacity_of(draft, s), _labels(draft, s)) for s in draft.active()}
    return _fit(draft, wanted)


def complete(draft: Draft) -> list[int]:
    """Give each shard what it lacks: the dimensions that it does not know, and labels of the settings.

    What it has stays. Returns the numbers of those that changed.
    """
    wanted = {}
    for shard in draft.shards():
        usual = capacity_of(draft, shard)
        known = len(shard.capacity) == len(usual)
        capacity = shard.capacity if known else (shard.capacity[0], *usual[1:])
        wanted[shard.number] = (capacity, _labels(draft, shard))
    return _fit(draft, wanted)


def _labels(draft: Draft, shard: Shard) -> Labels:
    return labels_of({**dict(draft.policy.rules.labels_of(shard.number)), **dict(shard.labels)})


def _fit(draft: Draft, wanted: Mapping[int, tuple[Vector, Labels]]) -> list[int]:
    changed = []
    for number, (capacity, labels) in wanted.items():
        shard = draft.existing(number)
        if (shard.capacity, shard.labels) != (capacity, labels):
            draft.amend(number, capacity=capacity, labels=labels)
            changed.append(number)
    return changed


def fits_new_shard(draft: Draft, resource_id: str) -> bool:
    """Whether an empty shard, of some number that is free, would take the id."""
    return _number_for(draft, [resource_id]) is not None


def grow(draft: Draft, ids: Sequence[str]) -> int | None:
    """Add the lowest free shard number that takes one of the ids; None: there is none, or no more may be."""
    active = draft.active()
    if len(active) >= draft.state.max_instances or draft.state.paused:
        return None
    number = _number_for(draft, ids)
    if number is None:
        return None
    draft.create(number, capacity_of(draft), Reason.GROWN)
    draft.amend_state(shards=max(draft.state.shards, len(active) + 1))
    return number


def _number_for(draft: Draft, ids: Sequence[str]) -> int | None:
    """The lowest free number whose shard would take one of the ids; labels of new shards go by number."""
    capacity, empty = capacity_of(draft), Load.empty(draft.dimensions)
    light = [i for i in ids if empty.fits(draft.weight(i), capacity)]
    if not light:
        return None
    taken = set(draft.numbers())
    if not is_ruled(draft):
        return lowest_free(draft)
    free = (number for number in count() if number not in taken)
    demands = [one for i in _unlike(draft, light) if (one := Demands(draft, i)).pin is None]
    for number in islice(free, min(draft.policy.rules.cycle, MOST_NUMBERS)):
        shard = Shard(number=number, capacity=capacity, labels=draft.policy.rules.labels_of(number))
        if any(one.bars(shard) is None for one in demands):
            return number
    return None


def lowest_free(draft: Draft) -> int:
    taken = set(draft.numbers())
    number = 0
    while number in taken:
        number += 1
    return number


def _unlike(draft: Draft, ids: Sequence[str]) -> list[str]:
    """One of the ids for each set of labels that they have."""
    return list(islice({draft.labels(i): i for i in ids}.values(), ASKED))
