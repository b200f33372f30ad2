"""``python -m bench``: run the scenarios, print a line a figure."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import blocking, latency, lookup, machine, memory, planning, yardstick
from bench.child import BrokenError
from bench.figure import Figure
from bench.options import Options

SCENARIOS: dict[str, Callable[[Options], list[Figure]]] = {
    "latency": latency.scenario,
    "planning": planning.scenario,
    "memory": memory.scenario,
    "lookup": lookup.scenario,
    "blocking": blocking.scenario,
}


def main() -> int:
    """0 when everything was measured; 1 when a scenario broke, or missed its goal under ``--strict``."""
    given = _arguments()
    where = given.folder or Path.cwd()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=where if given.folder else None) as folder:
        options = Options(folder=Path(folder), quick=given.quick, profile=given.profile)
        result = _run(options, given.only or list(SCENARIOS))
    if given.json is not None:
        given.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    missed = [one["name"] for one in result["figures"] if one["met"] is False]
    if missed:
        print(f"missed: {', '.join(missed)}")
    return 1 if result["broken"] or (given.strict and missed) else 0


def _run(options: Options, names: list[str]) -> dict[str, Any]:
    begun = time.monotonic()
    head = machine.header(options.folder)
    for name, value in head.items():
        print(f"# {name}: {value}")
    cut = "; quick cut, goals doubled" if options.quick else ""
    print(f"# {options.runs} run(s) each: median [min..max]{cut}")
    before = yardstick.taken(options.folder)
    figures: list[Figure] = []
    broken: list[str] = []
    for name in names:
        try:
            found = SCENARIOS[name](options)
        except BrokenError as error:
            broken.append(f"{name}: {error}")
            print(f"{name} BROKEN: {error}", flush=True)
            continue
        for figure in found:
            print(figure, flush=True)
        figures += found
    after = yardstick.taken(options.folder)
    noisy = yardstick.drifted(before, after)
    print(f"# {'noisy: ' + '; '.join(noisy) if noisy else 'quiet: no yardstick drifted by more than 25%'}")
    print(f"# {time.monotonic() - begun:.0f} s")
    return {
        "machine": head,
        "quick": options.quick,
        "yardsticks": {"before": before, "after": after, "noisy": noisy},
        "figures": [figure.data() for figure in figures],
        "broken": broken,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run of a cut that takes half a minute")
    parser.add_argument("--only", action="append", choices=list(SCENARIOS), help="this scenario; repeatable")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a goal was missed")
    parser.add_argument("--profile", action="store_true", help="print where the time went, to standard error")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="measure the disk of this folder")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
