"""Whatever users, operators and misfortune do in whatever order: nothing unsafe, and rest in the end."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.machine.machine import ProductMachine, met
from tests.simulation.worker_process import Temper

pytestmark = pytest.mark.no_cover

EXAMPLES = int(os.environ.get("SHARDWRIGHT_MACHINE_EXAMPLES", "0"))
"""Stories to try, other ones each time; 0: the same three hundred in every run."""

SOMETIMES = (
    "200 to GET",
    "200 to POST",
    "400 to POST",
    "404 to GET",
    "405 to DELETE",
    "413 to POST",
    "422 to POST",
    "503 to GET",
    "503 to POST",
    "passed on to the leader",
    "engine crash",
    "conflict",
    "cut off alone",
    "hand-over",
    "lost notification",
    "move released",
)
"""Stories in which one of these never happens prove less than they say."""

TestProductMachine = pytest.mark.timeout(0 if EXAMPLES else 600)(ProductMachine.TestCase)
TestProductMachine.settings = settings(
    max_examples=EXAMPLES or 300,
    stateful_step_count=30,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


def test_the_rare_things_are_met() -> None:
    if met["stories"] < 300:
        pytest.skip("the stories were not told, or not all")
    missing = [what for what in SOMETIMES if not met[what]]
    assert not missing, f"never met in {met['stories']} stories: {missing}"


def test_a_crash_that_is_still_to_come_is_no_rest() -> None:
    """Who began under a bad temper ends in its time; to replace it then is no needless write."""
    state = ProductMachine()
    state.begin(seed=0, ids=40, start=2)
    state.workers_to_come_are(Temper(crashes_after=1.0))
    state.teardown()


def test_a_kind_without_shards_is_no_rest() -> None:
    """Where the catalog is empty, nothing is unowned between the first write and the first orchestration."""
    state = ProductMachine()
    state.begin(seed=5, ids=0, start=1)
    for dependency in ("store", "runtime", "catalog"):
        state.partition(dependency=dependency)
    state.fault(latency=0.2, lost=1.0, store=0.4, unavailable=0.0)
    state.start(node=1)
    state.teardown()
