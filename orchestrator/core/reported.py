"""What instances report of the weight of their ids, laid over what the catalog says. Pure.

A report counts in the dimensions that the settings name, from the first one on and until the id is gone: the
row says the rest, and where a report starts from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from orchestrator.core.load import padded
from orchestrator.core.model import ONE, Vector, id_fault
from orchestrator.core.traits import Traits, natural

MOST_IDS: Final = 200
"""Ids that one beat may tell of; the next tells of others."""

MOST_NAMES: Final = 32
"""Dimensions that a beat may name for one id."""

BAND: Final = 10
"""What differs from the known weight by less than one in so many parts of it is no news."""

UNSAID: Final = -1

Said = Mapping[str, Mapping[str, int]]

Default = TypeVar("Default")


def sift(said: object) -> tuple[dict[str, dict[str, int]], int]:
    """The weights of a beat by id and dimension, and how many values cannot be any and are left out.

    A fraction is rounded up. None is nothing; what is no object at all counts as one value.
    """
    if said is None:
        return {}, 0
    if not isinstance(said, Mapping):
        return {}, 1
    found: dict[str, dict[str, int]] = {}
    refused = 0
    for resource_id, values in said.items():
        if not isinstance(values, Mapping):
            refused += 1
        elif len(found) >= MOST_IDS or len(values) > MOST_NAMES or not _is_id(resource_id):
            refused += max(1, len(values))
        else:
            parts = {name: natural(value) for name, value in values.items()}
            good = {name: part for name, (part, doubt) in parts.items() if not doubt}
            refused += len(parts) - len(good)
            if good:
                found[resource_id] = good
    return found, refused


def _is_id(value: object) -> bool:
    return isinstance(value, str) and id_fault(value) is None


class Reported:
    """``dimensions``: those after the count, in order; ``named``: those of them that may be reported."""

    def __init__(self, dimensions: Sequence[str], named: Collection[str]) -> None:
        self._places = {name: place for place, name in enumerate(dimensions, 1) if name in named}
        self._width = 1 + len(dimensions)
        self._told: dict[str, Vector] = {}
        self._news: dict[str, None] = {}

    @property
    def is_empty(self) -> bool:
        return not self._told

    @property
    def has_news(self) -> bool:
        """Whether anything was taken that ``news`` has not given yet."""
        return bool(self._news)

    def take(self, resource_id: str, values: Mapping[str, int]) -> int:
        """Take what one beat says of an id; how many values are of a dimension that may not be reported.

        What is nearly as it was changes nothing, so that a weight that sways is no news each time.
        """
        known = self._told.get(resource_id)
        told = [UNSAID] * self._width if known is None else list(known)
        strange, is_news = 0, False
        for name, value in values.items():
            place = self._places.get(name)
            if place is None:
                strange += 1
            elif differs(told[place], value):
                told[place], is_news = value, True
        if is_news:
            self._told[resource_id] = tuple(told)
            self._news[resource_id] = None
        return strange

    def news(self, most: int) -> list[str]:
        """The ids of which something else is known since it was given the last time, at most so many."""
        given = list(islice(self._news, most))
        for resource_id in given:
            del self._news[resource_id]
        return given

    def of(self, resource_id: str) -> frozenset[str]:
        """The dimensions in which the weight of the id is reported."""
        told = self._told.get(resource_id, ())
        return frozenset(name for name, place in self._places.items() if told and told[place] != UNSAID)

    def weigh(self, resource_id: str, weight: Vector) -> Vector:
        """The weight that counts, where ``weight`` is known beside what is reported."""
        told = self._told.get(resource_id)
        if told is None:
            return weight
        merged = tuple(
            there if said == UNSAID else said
            for said, there in zip(told, padded(weight, self._width), strict=True)
        )
        return merged if any(part != 1 for part in merged) else ONE

    def over(self, weights: Mapping[str, Vector]) -> Mapping[str, Vector]:
        """These weights of a listing, with what is reported at the moment each of them is asked for."""
        return _Overlaid(self, weights)

    def over_traits(self, traits: Mapping[str, Traits]) -> Mapping[str, Traits]:
        """The same of what a lookup says."""
        if not self._told:
            return traits
        return {i: said._replace(weight=self.weigh(i, said.weight)) for i, said in traits.items()}

    def forget(self, ids: Iterable[str]) -> None:
        """These ids are gone: another one of the same name begins anew."""
        for resource_id in ids:
            self._told.pop(resource_id, None)
            self._news.pop(resource_id, None)

    def ids(self) -> Collection[str]:
        """Those of which anything was reported."""
        return self._told.keys()


def differs(known: int, value: int) -> bool:
    """Whether a weight is news where ``known`` is what counts; below zero: nothing does yet."""
    return known < 0 or (value != known and abs(value - known) * BAND >= known)


class _Overlaid(Mapping[str, Vector]):
    """A listing is taken over in steps, and reports come between them."""

    def __init__(self, reported: Reported, weights: Mapping[str, Vector]) -> None:
        self._reported = reported
        self._told = reported.ids()
        self._weights = weights

    def get(self, key: str, default: Vector | Default = None) -> Vector | Default:  # type: ignore[assignment]
        if key not in self._told:
            return self._weights.get(key, default)
        return self._reported.weigh(key, self._weights.get(key, ONE))

    def __getitem__(self, key: str) -> Vector:
        if key not in self._told:
            return self._weights[key]
        return self._reported.weigh(key, self._weights.get(key, ONE))

    def __bool__(self) -> bool:
        return bool(self._weights) or bool(self._told)

    def __iter__(self) -> Iterator[str]:
        yield from self._weights
        yield from (i for i in list(self._told) if i not in self._weights)

    def __len__(self) -> int:
        return len(self._weights) + sum(1 for i in list(self._told) if i not in self._weights)
