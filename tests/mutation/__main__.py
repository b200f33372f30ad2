"""``make mutation``: break the protocol in each way, one at a time, and see what notices.

Prints a table, and ends with 1 when a break is not caught, or not for its own sake.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time

from tests.mutation.mutation import Result
from tests.mutation.mutations import MUTATIONS, run_one
from tests.mutation.table import HEADER, line, summary


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    arguments.add_argument("--only", default="", help="breaks with this text in what they leave out")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (all cores)")
    given = arguments.parse_args()
    chosen = [number for number, each in enumerate(MUTATIONS) if given.only in each.left_out]
    began = time.monotonic()
    results: list[Result] = []
    print(HEADER, flush=True)
    # A process each: what one break leaves behind, as answers that are remembered, reaches no other.
    with multiprocessing.get_context("spawn").Pool(given.jobs, maxtasksperchild=1) as pool:
        for number, result in zip(chosen, pool.imap(run_one, chosen), strict=True):
            results.append(result)
            print(line(MUTATIONS[number], result), flush=True)
    print(f"\n{summary(results, time.monotonic() - began)}")
    for result in results:
        if result.wrong:
            print(f"{result.mutation}: {result.wrong}")
    return int(not results or any(result.wrong for result in results))


if __name__ == "__main__":
    # Sets of texts have another order in each process, unless this is fixed before it begins.
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.mutation", *sys.argv[1:]])
    sys.exit(main())
