"""Which messages of a publisher that numbers them were missed, repeated, or overtaken by others."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

SOURCES = 64
"""Publishers that are remembered; one more, and the one that was silent for the longest is forgotten."""

LATE_AT_MOST = 1_000
"""Missed numbers of a publisher that may still come."""


@dataclass(slots=True)
class _Source:
    latest: int
    missed: dict[int, None] = field(default_factory=dict)


class Numbering:
    """``counted``: missed (later than expected, or never), overtaken (missed ones that came), repeated."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter(missed=0, overtaken=0, repeated=0)
        self._sources: OrderedDict[str, _Source] = OrderedDict()

    @property
    def gaps(self) -> int:
        """How many numbers never came, so far."""
        return self.counted["missed"] - self.counted["overtaken"]

    def take(self, source: str, number: int) -> None:
        """A message of the source with this number came; the first of a source says where it begins."""
        known = self._sources.get(source)
        if known is None:
            self._sources[source] = _Source(latest=number)
            if len(self._sources) > SOURCES:
                self._sources.popitem(last=False)
            return
        self._sources.move_to_end(source)
        if number == known.latest + 1:
            known.latest = number
        elif number > known.latest:
            self._miss(known, known.latest + 1, number)
            known.latest = number
        elif number in known.missed:
            del known.missed[number]
            self.counted["overtaken"] += 1
        else:
            self.counted["repeated"] += 1

    def _miss(self, source: _Source, first: int, end: int) -> None:
        self.counted["missed"] += end - first
        for number in range(max(first, end - LATE_AT_MOST), end):
            source.missed[number] = None
        while len(source.missed) > LATE_AT_MOST:
            del source.missed[next(iter(source.missed))]
