"""Whatever write fails in whatever way, the end is that of the undisturbed run."""

from __future__ import annotations

import pytest

from tests.matrix.fault import THE_FOUR, Fault, Perturbation
from tests.matrix.matrix import check, perturbations, references, run_matrix
from tests.matrix.run import run
from tests.matrix.workloads import WORKLOADS

pytestmark = pytest.mark.no_cover

OTHERS = [fault for fault in Fault if fault not in THE_FOUR]
STRIDE = 29
"""Of the points of the other faults, every so many; ``make matrix`` takes all."""


@pytest.mark.parametrize("name", WORKLOADS)
def test_each_write_may_fail_in_each_of_the_four_ways(name: str) -> None:
    violation = run_matrix([name], THE_FOUR)
    assert violation is None, str(violation)


@pytest.mark.parametrize("name", WORKLOADS)
def test_other_leaders_frozen_leaders_and_stale_reads_make_no_difference(name: str) -> None:
    violation = run_matrix([name], OTHERS, stride=STRIDE)
    assert violation is None, str(violation)


def test_a_run_is_the_same_each_time() -> None:
    workload = WORKLOADS["orchestrate down"]
    assert run(workload) == run(workload)


def test_the_workloads_write_through_every_door() -> None:
    """A point that is never met proves nothing."""
    writes = {name.split(" ")[0] for one in WORKLOADS.values() for name in run(one).writes}
    assert writes >= {"campaign", "resign", "commit", "ensure", "stop", "answer", "take", "journal"}


def test_what_is_read_late_is_read_from_every_source() -> None:
    reads = {
        name.split(":")[0]
        for one in WORKLOADS.values()
        for known in [run(one)]
        for name, depths in zip(known.reads, known.old, strict=True)
        if depths
    }
    assert reads == {"store", "catalog", "runtime"}


def test_the_oracle_sees_a_workload_that_ends_otherwise() -> None:
    """Judged by the run of another workload, a disturbed run is found wrong."""
    created, deleted = WORKLOADS["create"], references(WORKLOADS["delete"], 0).plain
    perturbation = Perturbation(fault=Fault.CRASH_AFTER, point=0)
    found = check(created, perturbation, deleted, 0)
    assert found is not None and "other ids" in found.why


def test_every_write_of_a_workload_is_a_point() -> None:
    known = references(WORKLOADS["bulk"], 0).plain
    for fault in THE_FOUR:
        assert [one.point for one in perturbations(fault, known)] == list(range(len(known.writes)))
