"""Helix's planners on the ladder: a Java process for each strategy and size, ended when its time is over."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.ladder import A_RESOURCE, BUDGET_S, STEPS, Step, ids_of, judged
from bench.options import PATIENCE_S
from tests.services.helix_install import classpath

STRATEGIES = {"auto": "AutoRebalance", "crushed": "CRUSH-ED", "waged": "WAGED"}
WARMING_S = 40.0
"""Before the first step Java warms up: 40 plans of 5,000 ids and as many changes of them, or 30 seconds."""

JAVA = ("java", "-Xms1g", "-Xmx6g", "-XX:-UsePerfData")


def climb(
    strategy: str,
    count: int,
    folder: Path,
    *,
    weights: Sequence[int] | None = None,
    step_s: float = PATIENCE_S,
    a_resource: int = A_RESOURCE,
    budget_s: float = BUDGET_S,
) -> dict[str, Any]:
    """What the judge says of each step that ended within ``step_s``; what builds on another has no answer.

    Raises RuntimeError when Java failed."""
    ids = folder / "ids"
    rows = ids_of(count)
    # Helix takes a partition without a weight for weightless, and WAGED then keeps everything where it is.
    told = weights or ([1] * count if strategy == "waged" else None)
    lines = rows if told is None else [f"{row} {weight}" for row, weight in zip(rows, told, strict=True)]
    ids.write_text("\n".join(lines) + "\n", encoding="utf-8")
    steps = [f"{s.name}:{s.before or '-'}:{s.nodes}:{s.dead}" for s in STEPS]
    argv = [*JAVA, "-cp", classpath(), "Plans", strategy, str(ids), str(a_resource), str(folder)]
    found: dict[str, list[tuple[float, float]]] = {}
    for words in _results([*argv, str(budget_s), *steps], folder / "output", step_s):
        found[words[1]] = [_seconds(word) for word in words[2:]]
    owners = {name: _owners(folder / name) for name in found}
    return {
        step.name: judged(step, found[step.name], _before(step, owners), owners[step.name], weights)
        for step in STEPS
        if step.name in found
    }


def _results(argv: list[str], output: Path, step_s: float) -> Iterator[list[str]]:
    """The words of each ``RESULT`` line; ends with the process, or once a step took too long."""
    lines: queue.Queue[str | None] = queue.Queue()
    with output.open("w") as said:
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=said, text=True)
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        try:
            deadline = time.monotonic() + step_s + WARMING_S
            while (left := deadline - time.monotonic()) > 0:
                try:
                    line = lines.get(timeout=left)
                except queue.Empty:
                    return
                if line is None:
                    break
                if line.startswith("RESULT "):
                    yield line.split()
                    deadline = time.monotonic() + step_s
        finally:
            process.kill()
            code = process.wait()
            reader.join()
            assert process.stdout is not None
            process.stdout.close()
    if code not in (0, -9):
        raise RuntimeError(f"Helix ended with {code}: {output.read_text()[-2000:]}")


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    process.wait()
    lines.put(None)


def _seconds(word: str) -> tuple[float, float]:
    wall, _, cpu = word.partition("/")
    return float(wall), float(cpu)


def _owners(path: Path) -> list[int]:
    return [int(line) for line in path.read_text(encoding="ascii").split()]


def _before(step: Step, owners: dict[str, list[int]]) -> list[int] | None:
    return None if step.before is None else owners[step.before]
