"""The benchmarks of planners: their modules load, a tiny run gives figures, and the judge is right."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import bench
from bench.ladder import STEPS, TINY, Step, judged
from bench.peers import bounded, modulo, rendezvous, side
from bench.side_by_side import as_table, facts_of
from tests.services import helix_install
from tests.services.require import missing

ROOT = Path(__file__).parents[2]
PROGRAMS = {"bench.__main__", "bench.child"}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _measured("peers", tmp_path_factory.mktemp("peers"))


@pytest.mark.parametrize(
    "name", sorted(m.name for m in pkgutil.walk_packages(bench.__path__, "bench.") if m.name not in PROGRAMS)
)
def test_every_module_of_the_benchmarks_can_be_imported(name: str) -> None:
    importlib.import_module(name)


def test_ours_moves_no_more_than_it_must_and_is_even(result: dict[str, Any]) -> None:
    figures = {one["name"]: one for one in result["figures"]}
    for step in STEPS:
        assert figures[f"ours_moves_ratio_1k_{step.name}"]["median"] == 1.0
        assert figures[f"ours_spread_1k_{step.name}"]["median"] <= 1


def test_each_peer_stands_beside_ours_in_every_step(result: dict[str, Any]) -> None:
    facts = facts_of(result)
    for peer in ("ours", modulo.NAME, rendezvous.NAME, bounded.NAME):
        for step in STEPS:
            assert facts[TINY, step.name, peer]["unplaced"] == 0
    assert as_table(facts).count("\n") == 1 + len(STEPS)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_helix_plans_the_same_ids(tmp_path: Path) -> None:
    """Every strategy, every step."""
    try:
        helix_install.install()
    except RuntimeError as error:
        missing("Helix", str(error))
    from bench.helix.plans import STRATEGIES, climb

    for strategy in STRATEGIES:
        folder = tmp_path / strategy
        folder.mkdir()
        found = climb(strategy, TINY, folder, budget_s=0.2)
        assert set(found) == {step.name for step in STEPS}
        for one in found.values():
            assert one["unplaced"] == 0
            assert side.moves_ratio(one) >= 1.0


def test_the_judge_counts_moves_against_the_fewest_that_reach_the_same_loads() -> None:
    step = Step(name="grow", before="first", nodes=3)
    said = judged(step, [(1.0, 1.0)], [0, 0, 1, 1], [0, 2, 1, 0], None)
    assert (said["moves"], said["bound"], said["spread"]) == (2, 1, 1)


def test_the_judge_weighs_what_moves() -> None:
    step = Step(name="grow", before="first", nodes=2)
    said = judged(step, [(1.0, 1.0)], [0, 0, 0], [0, 0, 1], [5, 1, 3])
    assert (said["moved"], said["bound"], said["spread"]) == (3, 3, 3)


def test_an_id_without_an_owner_is_seen() -> None:
    assert judged(STEPS[0], [(1.0, 1.0)], None, [0, -1], None)["unplaced"] == 1


def test_bounded_loads_are_within_their_bound() -> None:
    ids = [f"id-{number}" for number in range(500)]
    owners = bounded.plan(ids, range(10), None)
    assert max(owners.count(node) for node in range(10)) <= bounded.SLACK * 50


def test_rendezvous_moves_only_what_the_lost_node_had() -> None:
    ids = [f"id-{number}" for number in range(500)]
    before, after = rendezvous.plan(ids, range(10), None), rendezvous.plan(ids, range(9), None)
    assert all(new == old for old, new in zip(before, after, strict=True) if old != 9)


def test_kazoo_deals_the_sorted_ids_in_turn() -> None:
    assert modulo.plan(["b", "a", "c"], [0, 1], None) == [1, 0, 0]


def _measured(name: str, folder: Path) -> dict[str, Any]:
    to = folder / "figures.json"
    argv = [sys.executable, "-m", "bench", "--only", name, "--size", str(TINY), "--json", str(to)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(to.read_text(encoding="utf-8"))
    return found
