"""Every workload under every fault at every point, judged by the differential oracle."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tests.matrix.fault import (
    STALE_AFTER_CRASH,
    Fault,
    Perturbation,
)
from tests.matrix.oracle import differences, is_beyond
from tests.matrix.points import DEEPEST
from tests.matrix.run import Failed, Run, run
from tests.matrix.workloads import WORKLOADS, Workload

LATE_WRITES = ("commit", "ensure", "stop", "force")


@dataclass(frozen=True, kw_only=True)
class Violation:
    """``at``: the point's own name. ``why`` begins with the rule and may go on with the story.

    ``is_beyond``: what was read there is what nothing may answer.
    """

    workload: str
    perturbation: Perturbation
    seed: int
    at: str
    why: str
    is_beyond: bool = False

    def __str__(self) -> str:
        again = f"python -m tests.matrix --workload '{self.workload}' {self.perturbation} --seed {self.seed}"
        return f"{self.workload}, {self.perturbation.fault} at {self.at}: {self.why}\nagain: {again}"


@dataclass(frozen=True, kw_only=True)
class References:
    """The undisturbed runs of a workload: ``plain``, and ``with_unseen`` for what else happens."""

    plain: Run
    with_unseen: Run

    def of(self, fault: Fault) -> Run:
        return self.with_unseen if fault is Fault.UNOBSERVED else self.plain


def references(workload: Workload, seed: int) -> References:
    """Raises Failed."""
    return References(plain=run(workload, seed=seed), with_unseen=run(workload, seed=seed, with_unseen=True))


def perturbations(fault: Fault, reference: Run) -> Iterator[Perturbation]:
    """Every point at which the fault can be told from no fault."""
    if fault is Fault.STALE:
        for point, depths in enumerate(reference.old):
            for depth in depths:
                yield Perturbation(fault=fault, point=point, depth=depth)
        return
    for point, name in enumerate(reference.writes):
        if fault is Fault.LOST and not name.startswith("commit"):
            continue
        if fault is Fault.LATE and not name.startswith(LATE_WRITES):
            continue
        for depth in range(1, DEEPEST + 1) if fault in STALE_AFTER_CRASH else (0,):
            yield Perturbation(fault=fault, point=point, depth=depth)


def check(workload: Workload, perturbation: Perturbation, reference: Run, seed: int) -> Violation | None:
    """Run the workload with the fault, and compare."""
    points = reference.reads if perturbation.fault is Fault.STALE else reference.writes
    try:
        found = run(workload, perturbation, seed=seed)
        wrong = differences(workload, perturbation, reference.outcome, found.outcome)
        if not found.hit:
            wrong.append("the point was not met again")
        why = "; ".join(wrong)
    except Failed as failed:
        why = str(failed)
    if not why:
        return None
    point = points[perturbation.point]
    source = STALE_AFTER_CRASH.get(perturbation.fault, point.partition(":")[0])
    return Violation(
        is_beyond=is_beyond(perturbation, source, why.partition("\n")[0]),
        workload=workload.name,
        perturbation=perturbation,
        seed=seed,
        at=f"{perturbation.point} ({point})",
        why=why,
    )


def run_matrix(
    workloads: Collection[str] = tuple(WORKLOADS),
    faults: Collection[Fault] = tuple(Fault),
    *,
    seed: int = 0,
    stride: int = 1,
) -> Violation | None:
    """The first violation, or None. ``stride``: take every so many points only."""
    for name in workloads:
        workload = WORKLOADS[name]
        try:
            known = references(workload, seed)
        except Failed as failed:
            undisturbed = Perturbation(fault=Fault.STALE, point=-1)
            return Violation(
                workload=name, perturbation=undisturbed, seed=seed, at="nothing: undisturbed", why=str(failed)
            )
        for fault in faults:
            for perturbation in list(perturbations(fault, known.plain))[::stride]:
                found = check(workload, perturbation, known.of(fault), seed)
                if found is not None and not found.is_beyond:
                    return found
    return None
