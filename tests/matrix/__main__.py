"""``python -m tests.matrix``: every workload, every fault, every point; 1 when a rule is broken.

``--point`` runs one of them again and tells its story.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial

import structlog

from tests.matrix.fault import Fault, Perturbation
from tests.matrix.matrix import check, references
from tests.matrix.run import Failed, run
from tests.matrix.table import matrix, summary
from tests.matrix.workloads import WORKLOADS

TOLD_IN_FULL = 3
"""Violations of which the whole story is printed."""


def main() -> int:
    given = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    faults = [Fault(name) for name in given.fault] or list(Fault)
    names = given.workload or list(WORKLOADS)
    if given.point is not None:
        return _again(
            names[0], Perturbation(fault=faults[0], point=given.point, depth=given.depth), given.seed
        )
    rows = matrix(
        names,
        faults,
        seed=given.seed,
        stride=given.stride,
        jobs=given.jobs,
        told=partial(print, flush=True),
    )
    print("\n".join(summary(rows, faults, is_whole=given.stride == 1)))
    violations = [one for made in rows for one in made.violations]
    for number, violation in enumerate(violations):
        lines = str(violation).splitlines()
        print("\n".join(lines if number < TOLD_IN_FULL else [lines[0], lines[-1]]))
    broken = [made for made in rows if made.broken]
    for made in broken:
        print(f"{made.workload}, undisturbed: {made.broken}")
    return 1 if violations or broken else 0


def _again(name: str, perturbation: Perturbation, seed: int) -> int:
    """One point once more, with its story."""
    workload = WORKLOADS[name]
    known = references(workload, seed)
    try:
        run(workload, perturbation, seed=seed, echo=True)
    except Failed as failed:
        print(str(failed).splitlines()[0])
    violation = check(workload, perturbation, known.of(perturbation.fault), seed)
    print("passed" if violation is None else str(violation).splitlines()[0])
    return 0 if violation is None else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix")
    parser.add_argument("--seed", type=int, default=0, help="decides what may run next")
    parser.add_argument("--workload", action="append", choices=list(WORKLOADS), default=[])
    parser.add_argument("--fault", action="append", choices=[*map(str, Fault)], default=[])
    parser.add_argument("--point", type=int, help="this point only, with its story")
    parser.add_argument("--depth", type=int, default=0, help="how many events a stale answer is old")
    parser.add_argument("--stride", type=int, default=1, help="take every so many points only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once (all cores)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
