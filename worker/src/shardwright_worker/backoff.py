"""Exponential waiting."""

import random


class Backoff:
    """Waits that double from ``first`` to ``longest`` seconds until ``reset``; jittered to spread workers."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self.failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure: half to all of the nominal wait."""
        self.failures += 1
        return random.uniform(0.5, 1.0) * growing(self.failures, self._first, self._longest)

    def reset(self) -> None:
        """Begin anew."""
        self.failures = 0


def growing(failures: int, first: float, longest: float) -> float:
    """The nominal wait in seconds after so many failures in a row (1 or more)."""
    return min(longest, first * 2.0 ** min(failures - 1, 30))
