"""Convergence of Helix and of ours on the same ZooKeeper server, one at a time, in alternating order.

Three moments, each against its own kind: the plan alone (the scenario of planning), the assignment committed,
all participants know. Ours commits an assignment once its move is done, Helix before it is begun.
"""

from __future__ import annotations

import secrets
import subprocess
import threading
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from bench.child import BrokenError, measured
from bench.figure import Figure
from bench.helix.plans import STRATEGIES
from bench.helix.traffic import Traffic, traffic
from bench.ladder import A_RESOURCE, WORDS, ids_of, short
from bench.options import Options
from bench.real.services import Services, SkippedError
from tests.services.helix_install import classpath, install

SIZES = (1_000, 5_000, 25_000)
BEFORE, AFTER = 100, 120
SPARE_S = 90.0
"""For Java and a hundred connections to start."""

JAVA = ("java", "-Xmx4g", "-XX:-UsePerfData")
STEPS = ("first", "grow")
Run = dict[str, dict[str, Any]]
"""By step: seconds, transactions and bytes of ZooKeeper; a step that did not end is missing."""


def scenario(options: Options, services: Services) -> list[Figure]:
    try:
        install()
    except RuntimeError as error:
        raise SkippedError(f"helix: {error}") from error
    services.wanted("zookeeper", "mosquitto", "postgres")
    found: list[Figure] = []
    for size in options.sizes or (SIZES[:1] if options.quick else SIZES):
        runs: defaultdict[str, list[Run]] = defaultdict(list)
        for number in range(options.runs):
            names = ["ours", *STRATEGIES]
            for name in names if number % 2 == 0 else reversed(names):
                folder = options.folder / f"converge-{size}-{number}-{name}"
                folder.mkdir()
                runs[name].append(_one(name, size, folder, services, options.patience))
        found += _figures(options, size, runs)
    return found


def _one(name: str, size: int, folder: Path, services: Services, step_s: float) -> Run:
    engines = services.wanted("zookeeper", "mosquitto", "postgres")
    if name != "ours":
        return helix(name, size, folder, engines["store"]["zookeeper"]["hosts"], step_s)
    deadline = 2 * step_s + SPARE_S
    given = {"folder": str(folder), "engines": engines, "count": size, "step_s": step_s}
    return measured("bench.helix.ours", "once", deadline_s=deadline, **given)


def helix(strategy: str, size: int, folder: Path, hosts: str, step_s: float) -> Run:
    """One life of a cluster: a controller and its participants in one JVM."""
    ids = folder / "ids"
    ids.write_text("\n".join(ids_of(size)) + "\n", encoding="utf-8")
    cluster = f"helix-{strategy}-{secrets.token_hex(4)}"
    argv = [*JAVA, "-cp", classpath(), "Converge", hosts, cluster, strategy, str(ids), str(A_RESOURCE)]
    argv += [str(BEFORE), str(AFTER), str(int(step_s))]
    with (folder / "output").open("w") as said:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
        )
        ending = threading.Timer(2 * step_s + SPARE_S, process.kill)
        ending.start()
        try:
            return _conversation(process, hosts)
        finally:
            ending.cancel()
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):
                    assert pipe is not None
                    pipe.close()


def _conversation(process: subprocess.Popen[str], hosts: str) -> Run:
    assert process.stdin is not None and process.stdout is not None
    found: Run = {}
    before: Traffic | None = None
    for line in process.stdout:
        words = line.split()
        if words[:1] == ["BEGIN"]:
            before = traffic(hosts)
        elif words[:1] == ["RESULT"] and before is not None:
            joined, committed, known, told, moves = (float(word) for word in words[2:])
            found[words[1]] = {
                "joined": joined,
                "committed": committed,
                "known": known,
                "told": told,
                "moves": moves,
                **traffic(hosts).since(before),
            }
        elif words[:1] == ["LATE"]:
            found["late"] = {"said": " ".join(words[2:])}
            break
        else:
            continue
        process.stdin.write("go\n")
        process.stdin.flush()
        if len(found) == len(STEPS):
            break
    return found


def _figures(options: Options, size: int, runs: dict[str, list[Run]]) -> list[Figure]:
    if not all(step in run for run in runs["ours"] for step in STEPS):
        raise BrokenError("ours did not end a step")
    found = []
    for strategy, said in STRATEGIES.items():
        for step in STEPS:
            theirs = [run[step] for run in runs[strategy] if step in run]
            ours = [run[step] for run in runs["ours"]]
            name = f"{strategy}_{{}}_ratio_{short(size)}_{step}"
            if not theirs:
                seen = {run["late"]["said"] for run in runs[strategy] if "late" in run}
                saw = "; ".join(sorted(seen)) or "no answer"
                late = f"{said} within {options.patience:g} s, {WORDS[step]}: {saw}"
                found.append(Figure(name=name.format("converge_late"), values=[1], made_of=late))
                continue
            for moment in ("committed", "known"):
                other = median(one[moment] for one in theirs)
                mine = median(one[moment] for one in ours)
                found.append(
                    Figure(
                        name=name.format(moment),
                        values=[one[moment] / other for one in ours],
                        goal=options.goal(1.0, fixed=True),
                        made_of=f"{mine:.2f} s / {other:.2f} s of {said}; {_asked(ours, theirs)}",
                        facts={"who": strategy, "size": size, "step": step, "moment": moment}
                        | {"ours": mine, "theirs": other},
                    )
                )
    return found


def _asked(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> str:
    """Transactions and bytes that ZooKeeper was sent, and moves, of both."""

    def both(key: str, scale: float = 1.0) -> str:
        return " / ".join(f"{median(one[key] for one in side) / scale:,.0f}" for side in (ours, theirs))

    return f"{both('transactions')} transactions, {both('bytes', 1e3)} kB sent, {both('moves')} moves"
