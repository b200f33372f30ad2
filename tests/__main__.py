"""``python -m tests``: all tests, first the many fast ones, then those of the whole product.

A bound on time can be missed on a machine that is busy with something else: with ``--again`` what failed is
run once more, one by one. What fails twice is a failure; what does not is named. Ends with 0 when all tests
passed, with 1 otherwise, also where some were not run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence

PASSED, FAILED, NONE = 0, 1, 5
"""The exit codes of pytest after which each test was run that was asked for."""

END_S = 30.0

MOST_PRODUCTS = 2


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests", description=__doc__, allow_abbrev=False)
    arguments.add_argument("--jobs", type=int, default=2, help="how many tests run at once (2)")
    arguments.add_argument("--coverage", action="store_true", help="measure it, and show it in the end")
    arguments.add_argument("--again", type=float, default=0.0, help="minutes for what failed, once more (0)")
    given, more = arguments.parse_known_args()
    # Sets of texts have another order in each process, unless this is fixed before it begins.
    os.environ.setdefault("PYTHONHASHSEED", "0")
    told = ["--dist", "loadfile", "-rs", "--tb", "short", "--durations", "15", "--durations-min", "20"]
    coverage = [["--cov", "--cov-report="], ["--cov", "--cov-append", "--cov-report=term:skip-covered"]]
    # A test of the whole product starts dozens of processes of its own.
    stages = (("not slow", given.jobs), ("slow", min(given.jobs, MOST_PRODUCTS)))
    ended = [
        run(["-n", str(jobs), *told, "-m", which, *(shown if given.coverage else []), *more])
        for (which, jobs), shown in zip(stages, coverage, strict=True)
    ]
    if all(code in (PASSED, NONE) for code in ended):
        return 0
    if given.again and all(code in (PASSED, FAILED, NONE) for code in ended):
        return again(given.again, more)
    print(f"== pytest ended with {ended}", flush=True)
    return 1


def again(minutes: float, more: Sequence[str]) -> int:
    print("== once more, what failed", flush=True)
    only = ["--last-failed", "--last-failed-no-failures", "none"]
    if run(["-rfE", "-v", "--tb", "short", *only, *more], within=60.0 * minutes) != PASSED:
        return 1
    print("== passed only the second time: see FAILURES above", flush=True)
    return 0


def run(words: Sequence[str], within: float | None = None) -> int:
    """The exit code of pytest; that of a failure where it was not done in time (seconds)."""
    with subprocess.Popen([sys.executable, "-m", "pytest", *words]) as tests:
        try:
            return tests.wait(within)
        except subprocess.TimeoutExpired:
            print(f"== not done within {within:g} s", flush=True)
            tests.terminate()
            try:
                tests.wait(END_S)
            except subprocess.TimeoutExpired:
                tests.kill()
            return FAILED


if __name__ == "__main__":
    sys.exit(main())
