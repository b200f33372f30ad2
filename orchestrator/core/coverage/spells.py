"""How long things were in a state within the last while: totals by name, in bounded memory."""

from __future__ import annotations

from collections import deque
from heapq import nlargest

SLICES = 4


class Spells:
    """Sums of ended spells by name, over the last three quarters to the whole of ``window`` seconds.

    Of more than ``most`` names in a quarter only those with the largest sums are kept.
    """

    def __init__(self, now: float, *, window: float, most: int) -> None:
        self._slice = window / SLICES
        self._most = most
        self._slices: deque[dict[str, float]] = deque([{}], maxlen=SLICES)
        self._began = now

    def add(self, name: str, seconds: float, now: float) -> None:
        """A spell of the name has ended."""
        self._turn(now)
        current = self._slices[-1]
        current[name] = current.get(name, 0.0) + seconds
        if len(current) > 2 * self._most:
            kept = nlargest(self._most, current.items(), key=lambda one: one[1])
            self._slices[-1] = dict(kept)

    def total(self, name: str, now: float) -> float:
        self._turn(now)
        return sum(part.get(name, 0.0) for part in self._slices)

    def largest(self, count: int, now: float) -> list[tuple[str, float]]:
        """The names with the largest sums, the largest first."""
        self._turn(now)
        sums: dict[str, float] = {}
        for part in self._slices:
            for name, seconds in part.items():
                sums[name] = sums.get(name, 0.0) + seconds
        return nlargest(count, sums.items(), key=lambda one: one[1])

    def _turn(self, now: float) -> None:
        if now - self._began < self._slice:
            return
        turns = int((now - self._began) / self._slice)
        for _ in range(min(turns, SLICES)):
            self._slices.append({})
        self._began += turns * self._slice
