"""``python -m tests.chaos``: every named scenario on the real services, then faults at random."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.chaos import (
    at_random,
    of_channels,
    of_clocks,
    of_disks,
    of_instances,
    of_leaders,
    of_pods,
    of_scale,
    of_the_catalog,
    of_the_store,
)
from tests.chaos.judgement import Judgement
from tests.chaos.run import in_one_world
from tests.chaos.scenario import Row, Scenario
from tests.chaos.table import as_table, as_verdict
from tests.services import kubernetes_node

SECONDS = 60.0
INSTANCES = (of_instances.SLOW_START, of_instances.CRASH_LOOP, of_instances.TEMPLATE)


def on_processes(seconds: float) -> tuple[Scenario, ...]:
    """Those whose instances may be processes of this machine."""
    return (
        of_leaders.frozen(20),
        of_the_store.ambiguous(6),
        of_the_store.OUTAGE,
        of_the_store.DATA_LOSS,
        of_disks.DISK_FULL,
        of_channels.KAFKA_OUTAGE,
        of_channels.SILENT_PARTITION,
        of_channels.ALL_LOST,
        of_channels.RESURRECT,
        of_the_catalog.SQL_EMPTY,
        of_leaders.rolling(10),
        of_leaders.SPLIT,
        of_the_catalog.NOOP,
        of_the_catalog.OVERRIDE,
        of_clocks.CLOCK_STEPS,
        at_random.at_random(seconds),
        of_scale.SCALE,
    )


def worlds(seconds: float) -> dict[str, tuple[Scenario, ...]]:
    """What is run in each world, in order; without a node instances are processes everywhere."""
    if (reason := kubernetes_node.absent()) is None:
        return {"processes": on_processes(seconds), "pods": (of_pods.LIST_410, *INSTANCES)}
    print(f"left out: {of_pods.LIST_410.name}, no Kubernetes node: {reason}")
    return {"processes": (*INSTANCES, *on_processes(seconds))}


def main() -> int:
    """0 when all held, 1 when something did not."""
    given = _arguments()
    # What was started and mounted is ended in the same way.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}; again: make chaos SEED={seed} SECONDS={given.seconds:g}", flush=True)
    began, rows, verdicts, clean = time.monotonic(), [], [], True
    for name, every in worlds(given.seconds).items():
        chosen = [one for one in every if not given.only or one.name in given.only]
        if not chosen or given.world not in (None, name):
            continue
        more, judgement = _in_a_folder(chosen, seed, pods=name == "pods")
        rows += more
        clean = clean and not judgement.findings and not any(row.fault for row in more)
        verdicts.append(f"Instances are {name}: {as_verdict(judgement)}")
    print("\n".join(["", as_table(rows), "", *verdicts]))
    print(f"{time.monotonic() - began:.0f} s, seed {seed}: {'all held' if clean else 'NOT ALL HELD'}")
    return 0 if clean else 1


def _in_a_folder(chosen: list[Scenario], seed: int, *, pods: bool) -> tuple[list[Row], Judgement]:
    with tempfile.TemporaryDirectory(prefix="shardwright-chaos-", dir="/var/tmp") as name:
        folder = Path(name)
        # Databases and pods run as users of their own, who must get to their files below.
        folder.chmod(0o711)
        say = partial(print, flush=True)
        return in_one_world(folder / "world", chosen, seed=seed, pods=pods, say=say)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="of all choices; any when left out")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of faults at random")
    parser.add_argument("--only", action="append", metavar="NAME", help="this scenario; repeatable")
    parser.add_argument("--world", choices=("processes", "pods"), help="only what is run in this one")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
