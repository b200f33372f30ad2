"""``python -m tests.simulation``: many random worlds; or one, with its story.

Prints what was met and how fast, and ends with 1 when a world broke a rule or a rare thing was never met.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter

from tests.simulation.batch import run_many, undisturbed
from tests.simulation.random_world import Violation, run_world
from tests.simulation.script import script_of
from tests.simulation.shrink import shrink
from tests.simulation.sometimes import SOMETIMES, never_met

ENOUGH = 300
"""Worlds from which on each of the rare things must have been met."""

PROGRESS_EVERY_S = 30.0


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    arguments.add_argument("--worlds", type=int, default=1, help="how many (1)")
    arguments.add_argument("--seed", type=int, default=0, help="of the first (0)")
    arguments.add_argument("--keep", help="of the acts of one world only these, as 1,4,9")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (all cores)")
    given = arguments.parse_args()
    if given.worlds == 1:
        keep = None if given.keep is None else [int(one) for one in given.keep.split(",") if one]
        return _one(given.seed, keep)
    return _many(given.seed, given.worlds, given.jobs)


def _one(seed: int, keep: list[int] | None) -> int:
    with undisturbed():
        try:
            met = run_world(seed, keep=keep, echo=True)
        except Violation as violation:
            if keep is None:
                _explain(violation)
            else:
                print(f"\n{violation.rule}")
            return 1
    print(f"\nseed {seed}: nothing was broken in {met['virtual seconds']} virtual seconds")
    return 0


def _many(first: int, worlds: int, jobs: int) -> int:
    began = told = time.monotonic()
    met: Counter[str] = Counter()
    broken: list[tuple[int, str]] = []
    for piece in run_many(first, worlds, jobs):
        met.update(piece.met)
        broken += piece.broken
        if time.monotonic() - told > PROGRESS_EVERY_S:
            told = time.monotonic()
            print(f"... {met['worlds']} worlds, {len(broken)} broken", file=sys.stderr, flush=True)
    _table(met, worlds, time.monotonic() - began, jobs)
    for seed, rule in sorted(broken)[:20]:
        print(f"BROKEN seed {seed}: {rule}")
    if broken:
        with undisturbed():
            try:
                run_world(min(broken)[0])
            except Violation as violation:
                _explain(violation)
    missing = never_met(met) if worlds >= ENOUGH else []
    for what in missing:
        print(f"NEVER MET: {what}")
    return 1 if broken or missing else 0


def _table(met: Counter[str], worlds: int, seconds: float, jobs: int) -> None:
    for what in SOMETIMES:
        print(f"{met[what]:>10}  {what}")
    print(
        f"\n{worlds} worlds in {seconds:.0f} s with {jobs} processes: {worlds / seconds:.1f} worlds a second;"
        f" {met['steps'] / max(1, met['worlds']):.0f} steps and"
        f" {met['virtual seconds'] / max(1, met['worlds']):.0f} virtual seconds each"
    )


def _explain(violation: Violation) -> None:
    """The shortest story that breaks the same rule, and how to hear it again."""
    print(f"\nseed {violation.seed} broke a rule: {violation.rule}\nlooking for the acts that are enough ...")
    shortest, kept = shrink(violation)
    acts = {act.number: act for act in script_of(violation.seed).acts}
    print("\n".join(shortest.lines[-60:]))
    print(f"\n{shortest.rule}\n\nthe acts that are enough:")
    for number in kept:
        act = acts[number]
        print(f"  {number:>3}  {act.at:8.3f} s  {act.verb} {act.detail} {act.value or ''}".rstrip())
    print(f"\nmake simulate WORLDS=1 SEED={violation.seed}")
    print(f"python -m tests.simulation --seed {violation.seed} --keep {','.join(map(str, kept))}")


if __name__ == "__main__":
    # Sets of texts have another order in each process, unless this is fixed before it begins.
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])
    sys.exit(main())
