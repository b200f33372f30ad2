"""Fixed pieces of work, timed before and after everything: a drift says that the machine was not quiet."""

from __future__ import annotations

import time
from pathlib import Path

from bench import raw, table
from bench.figure import percentile

DRIFT = 0.25
COUNT = 400
LOOPS = 200_000


def taken(folder: Path) -> dict[str, float]:
    """Seconds of each yardstick."""
    rows = table.ids(200)
    return {
        "sqlite transaction p50": percentile(raw.transactions(folder, rows, 1000, COUNT), 0.5),
        "python dict loop": min(_loop() for _ in range(5)),
    }


def drifted(before: dict[str, float], after: dict[str, float]) -> list[str]:
    """Those that differ by more than ``DRIFT``, as sentences."""
    return [
        f"{name}: {before[name] * 1e3:.3f} ms before, {after[name] * 1e3:.3f} ms after"
        for name in before
        if abs(after[name] / before[name] - 1) > DRIFT
    ]


def _loop() -> float:
    begun = time.perf_counter()
    found: dict[int, int] = {}
    for number in range(LOOPS):
        found[number] = number ^ 5
    return time.perf_counter() - begun
