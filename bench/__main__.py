"""``python -m bench``: run the scenarios, print a line a figure."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import (
    audited,
    blocking,
    event,
    latency,
    lists,
    lookup,
    machine,
    memory,
    planning,
    stream,
    weighted,
    yardstick,
)
from bench.child import BrokenError
from bench.figure import Figure, as_table
from bench.helix import converge as helix_converge
from bench.helix import scenario as helix
from bench.options import FULL_RUNS, PATIENCE_S, Options
from bench.peers import scenario as peers
from bench.real import first as real_first
from bench.real import lookup as real_lookup
from bench.real import notify as real_notify
from bench.real import pods as real_pods
from bench.real import rescue as real_rescue
from bench.real import scale as real_scale
from bench.real import silence as real_silence
from bench.real.services import Services, SkippedError

Scenario = Callable[[Options], list[Figure]]

EMBEDDED: dict[str, Scenario] = {
    "latency": latency.scenario,
    "planning": planning.scenario,
    "event": event.scenario,
    "weighted": weighted.scenario,
    "memory": memory.scenario,
    "lookup": lookup.scenario,
    "lists": lists.scenario,
    "audited": audited.scenario,
    "stream": stream.scenario,
    "blocking": blocking.scenario,
    "peers": peers.scenario,
}

REAL: dict[str, Callable[[Options, Services], list[Figure]]] = {
    "real-notify": real_notify.scenario,
    "real-first": real_first.scenario,
    "real-lookup": real_lookup.scenario,
    "real-pods": real_pods.scenario,
    "real-silence": real_silence.scenario,
    "real-scale": real_scale.scenario,
    "real-rescue": real_rescue.scenario,
    "helix": helix.scenario,
    "helix-converge": helix_converge.scenario,
}
REAL_RUNS = 3
"""Of each: services that start, and half a million rows that are made, take the time of two more."""

ENGINES = {"embedded": [*EMBEDDED], "real": [*REAL], "all": [*EMBEDDED, *REAL]}


def main() -> int:
    """0 when everything was measured; 1 when a scenario broke, or missed its goal under ``--strict``."""
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=given.folder) as name:
        folder = Path(name)
        # A database runs as a user of its own, who must get to its files below.
        folder.chmod(0o711)
        options = Options(
            folder=folder,
            quick=given.quick,
            profile=given.profile,
            repeats=given.runs,
            sizes=tuple(given.size or ()),
            patience=given.patience,
        )
        with Services(folder / "services") as services:
            result = _run(options, given.only or ENGINES[given.engines], services)
    if given.table is not None:
        given.table.write_text(as_table(result["figures"]) + "\n", encoding="utf-8")
    if given.json is not None:
        given.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    missed = [one["name"] for one in result["figures"] if one["met"] is False]
    if missed:
        print(f"missed: {', '.join(missed)}")
    return 1 if result["broken"] or (given.strict and missed) else 0


def _run(options: Options, names: list[str], services: Services) -> dict[str, Any]:
    begun = time.monotonic()
    head = machine.header(options.folder)
    for name, value in head.items():
        print(f"# {name}: {value}")
    cut = "; quick cut, goals doubled" if options.quick else ""
    print(f"# {options.runs} run(s) each, at most {REAL_RUNS} on real services: median [min..max]{cut}")
    before = yardstick.taken(options.folder)
    figures: list[Figure] = []
    broken: list[str] = []
    skipped: list[str] = []
    for name in names:
        try:
            found = _scenario(name, services)(options)
        except SkippedError as error:
            skipped.append(f"{name}: {error}")
            print(f"{name} skipped: {error}", flush=True)
            continue
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
        "skipped": skipped,
    }


def _scenario(name: str, services: Services) -> Scenario:
    if name in EMBEDDED:
        return EMBEDDED[name]
    measure = REAL[name]
    return lambda options: measure(replace(options, repeats=min(options.repeats, REAL_RUNS)), services)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run of a cut that takes half a minute")
    parser.add_argument("--only", action="append", choices=ENGINES["all"], help="this scenario; repeatable")
    parser.add_argument("--engines", choices=list(ENGINES), default="all", help="which scenarios (all)")
    parser.add_argument(
        "--runs", type=int, default=FULL_RUNS, help=f"of each; at most {REAL_RUNS} of real ones"
    )
    parser.add_argument(
        "--patience", type=float, default=PATIENCE_S, help="seconds for a step of Helix (120)"
    )
    parser.add_argument("--size", action="append", type=int, help="ids of planners compared; repeatable")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write them as the table of the document")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a goal was missed")
    parser.add_argument("--profile", action="store_true", help="print where the time went, to standard error")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="measure the disk of this folder")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
