"""The owner's lookup over HTTP against a bare aiohttp handler that answers as many bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.child import BrokenError, measured
from bench.figure import Figure, middle_of
from bench.options import Options

GOAL = 0.85
GOAL_P99 = 2.0
CONNECTIONS = 32

Answer = dict[str, Any]


def scenario(options: Options) -> list[Figure]:
    seconds = 1.0 if options.quick else 3.0
    folder = options.folder / "lookup"
    folder.mkdir()
    with serving("bench.product", str(folder)) as product, serving("bench.bare") as bare:
        for server in (product, bare):
            server.asked(0.5)
        rounds = [_round(product, bare, number, seconds) for number in range(options.runs)]
    ours, theirs = [one for one, _ in rounds], [other for _, other in rounds]
    rates = [middle_of(runs, "rate") for runs in (ours, theirs)]
    spent = [middle_of(runs, "cpu") * 1e6 for runs in (ours, theirs)]
    bodies = f"{ours[0]['body']} and {theirs[0]['body']}"
    late = [middle_of(runs, "p99") * 1e3 for runs in (ours, theirs)]
    return [
        Figure(
            name="lookup_rate_ratio",
            values=[one["rate"] / other["rate"] for one, other in rounds],
            goal=options.goal(GOAL, at_least=True),
            made_of=f"{rates[0]:,.0f}/s / {rates[1]:,.0f}/s, bodies of {bodies} bytes",
        ),
        Figure(
            name="lookup_cpu_ratio",
            values=[one["cpu"] / other["cpu"] for one, other in rounds],
            made_of=f"{spent[0]:.0f} us / {spent[1]:.0f} us a request",
        ),
        Figure(
            name="lookup_p99_ratio",
            values=[one["p99"] / other["p99"] for one, other in rounds],
            goal=options.goal(GOAL_P99),
            made_of=f"{late[0]:.2f} ms / {late[1]:.2f} ms",
        ),
    ]


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers at a port of loopback."""

    pid: int
    port: int

    def asked(self, seconds: float) -> Answer:
        """Load it; adds to the answer the CPU seconds that one request took of the server."""
        before = self._cpu()
        answer = measured("bench.load", "once", port=self.port, seconds=seconds, connections=CONNECTIONS)
        if answer["bad"]:
            raise BrokenError(f"{answer['bad']} answers were no 200 with an owner")
        return answer | {"cpu": (self._cpu() - before) / answer["count"]}

    def _cpu(self) -> float:
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9


def _round(product: Server, bare: Server, number: int, seconds: float) -> tuple[Answer, Answer]:
    """One after the other, in turns of order, so that neither always gets the warmer machine."""
    if number % 2 == 0:
        return product.asked(seconds), bare.asked(seconds)
    theirs = bare.asked(seconds)
    return product.asked(seconds), theirs


@contextmanager
def serving(module: str, *arguments: str) -> Iterator[Server]:
    """A server on the first core, all the same for both."""
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line.startswith("port "):
            raise BrokenError(f"{module} did not start")
        core = {min(os.sched_getaffinity(0))}
        for task in Path(f"/proc/{process.pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), core)
        yield Server(process.pid, int(line.split()[1]))
    finally:
        process.kill()
        process.wait()
