"""A share of the worlds of one test run: two files of tests have half of them each, for two processes."""

from __future__ import annotations

import os
from collections import Counter

from tests.simulation.batch import run_batch
from tests.simulation.sometimes import never_met

WORLDS = int(os.environ.get("SHARDWRIGHT_TEST_WORLDS", "2000"))
BATCHES = 10
"""In one share."""

ENOUGH = 500
"""Worlds of a share from which on each of the rare things must be met."""


class Share:
    def __init__(self, number: int) -> None:
        self._each = WORLDS // 2 // BATCHES
        self._first = number * BATCHES * self._each
        self._met: Counter[str] = Counter()

    def run(self, batch: int) -> None:
        first = self._first + batch * self._each
        violation = run_batch(range(first, first + self._each), self._met)
        assert violation is None, f"make simulate WORLDS=1 SEED={violation.seed}\n{violation}"

    @property
    def is_enough(self) -> bool:
        """Whether so many worlds were run here that all of the rare things must have been met."""
        return self._met["worlds"] >= ENOUGH

    def never_met(self) -> list[str]:
        return never_met(self._met)
