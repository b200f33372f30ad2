"""Who is to be looked at, and when."""

from __future__ import annotations

import heapq


class Due:
    """Numbers and the moment of each; the cost of ``take`` follows those whose moment has come."""

    def __init__(self) -> None:
        self._moments: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []

    def __len__(self) -> int:
        return len(self._moments)

    def at(self, number: int, moment: float) -> None:
        """Look at it then, whatever was said of it before."""
        if self._moments.get(number) == moment:
            return
        self._moments[number] = moment
        heapq.heappush(self._heap, (moment, number))
        # What was said before stays in the heap until its moment; it must not become most of it.
        if len(self._heap) > 2 * len(self._moments) + 64:
            self._heap = [(when, one) for one, when in self._moments.items()]
            heapq.heapify(self._heap)

    def drop(self, number: int) -> None:
        """Look at it no more."""
        self._moments.pop(number, None)

    def take(self, now: float) -> list[int]:
        """Those whose moment has come, the earliest first; each is to be set anew."""
        taken = []
        while self._heap and self._heap[0][0] <= now:
            moment, number = heapq.heappop(self._heap)
            if self._moments.get(number) == moment:
                del self._moments[number]
                taken.append(number)
        return taken
