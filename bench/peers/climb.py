"""One of the peers on every step of the ladder."""

from __future__ import annotations

import importlib
import time
from typing import Any

from bench.ladder import BUDGET_S, RUNS, STEPS, ids_of, judged


def climb(peer: str, count: int) -> dict[str, Any]:
    plan = importlib.import_module(peer).plan
    ids = ids_of(count)
    owners: dict[str, list[int]] = {}
    answer = {}
    for step in STEPS:
        nodes = list(range(step.alive))
        known = None if step.before is None else owners[step.before]
        seconds: list[tuple[float, float]] = []
        while len(seconds) < RUNS and sum(wall for wall, _ in seconds) < BUDGET_S:
            begun, spent = time.perf_counter(), time.process_time()
            owners[step.name] = plan(ids, nodes, known)
            seconds.append((time.perf_counter() - begun, time.process_time() - spent))
        answer[step.name] = judged(step, seconds, known, owners[step.name], None)
    return answer
