"""The matrix as a table: a row a workload, a column a fault, and how many points passed of how many."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial

from tests.matrix.fault import Fault
from tests.matrix.matrix import References, Violation, check, perturbations, references
from tests.matrix.run import Failed
from tests.matrix.workloads import WORKLOADS, Workload


@dataclass
class Row:
    """``points``, ``passed``: by fault. ``beyond``: points at which the answer given was one that nothing may
    give, and a rule was broken for it. ``broken``: why even the undisturbed run failed.
    """

    workload: str
    writes: int = 0
    reads: int = 0
    points: dict[Fault, int] = field(default_factory=dict)
    passed: dict[Fault, int] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    beyond: int = 0
    broken: str = ""


def row(workload: Workload, faults: Collection[Fault], *, seed: int, stride: int) -> Row:
    """Run one workload under all these faults; ``stride``: at every so many points only."""
    made = Row(workload.name)
    try:
        known: References = references(workload, seed)
    except Failed as failed:
        made.broken = str(failed)
        return made
    made.writes, made.reads = len(known.plain.writes), len(known.plain.reads)
    for fault in faults:
        chosen = list(perturbations(fault, known.plain))[::stride]
        found = [check(workload, one, known.of(fault), seed) for one in chosen]
        wrong = [one for one in found if one is not None]
        made.points[fault] = len(chosen)
        made.passed[fault] = len(chosen) - len(wrong)
        made.beyond += sum(one.is_beyond for one in wrong)
        made.violations += [one for one in wrong if not one.is_beyond]
    return made


def matrix(
    names: Collection[str],
    faults: Collection[Fault],
    *,
    seed: int,
    stride: int,
    jobs: int,
    told: Callable[[str], None],
) -> list[Row]:
    """All rows, each told as soon as it is known. ``jobs``: how many processes work on them."""
    width = max(len(name) for name in WORKLOADS)
    told(f"{'workload':{width}} writes reads " + " ".join(f"{fault:>{_width(fault)}}" for fault in faults))
    rows = []
    work = partial(_named, faults=faults, seed=seed, stride=stride)
    with multiprocessing.get_context("fork").Pool(min(jobs, len(names))) as pool:
        for made in pool.imap(work, names):
            rows.append(made)
            fields = made.broken.splitlines()[:1] or [_field(made, fault) for fault in faults]
            told(f"{made.workload:{width}} {made.writes:6} {made.reads:5} {' '.join(fields)}")
    return rows


def _named(name: str, faults: Collection[Fault], seed: int, stride: int) -> Row:
    return row(WORKLOADS[name], faults, seed=seed, stride=stride)


def summary(rows: Collection[Row], faults: Collection[Fault], *, is_whole: bool) -> list[str]:
    """What was covered, in sentences."""
    points = sum(sum(one.points.values()) for one in rows)
    passed = sum(sum(one.passed.values()) for one in rows)
    writes, reads = sum(one.writes for one in rows), sum(one.reads for one in rows)
    beyond = sum(one.beyond for one in rows)
    share = "100%" if is_whole else "a sample"
    return [
        f"{passed} of {points} points passed, {len(rows)} workloads, {len(list(faults))} faults",
        f"{beyond} others broke a rule for an answer that neither store nor runtime may give",
        f"{writes} external writes and as many pauses between them: {share} of them disturbed by each fault",
        f"{reads} reads: {share} of the answers that were otherwise 1, 2 or 3 events ago given so",
    ]


def _width(fault: Fault) -> int:
    return max(len(fault), 7)


def _field(made: Row, fault: Fault) -> str:
    if fault not in made.points:
        return " " * _width(fault)
    return f"{f'{made.passed[fault]}/{made.points[fault]}':>{_width(fault)}}"
