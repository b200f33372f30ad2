"""Many random worlds: nothing unsafe happens in any, each comes to rest, and the rare things are met."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orchestrator.core.moves import handoff
from tests.simulation.batch import run_batch
from tests.simulation.random_world import run_world
from tests.simulation.script import script_of
from tests.simulation.share import BATCHES, Share
from tests.simulation.shrink import essence, fewest, shrink

pytestmark = pytest.mark.no_cover

share = Share(0)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_worlds_stay_safe_and_come_to_rest(batch: int) -> None:
    share.run(batch)


def test_the_rare_things_are_met() -> None:
    if not share.is_enough:
        pytest.skip("only some of the worlds were run")
    assert not share.never_met()


def test_one_seed_gives_one_world() -> None:
    assert run_world(5) == run_world(5)


def test_a_world_replays_in_another_process() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seed", "11"]
    told = {subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(2)}
    assert len(told) == 1
    assert "nothing was broken" in told.pop()


def test_a_break_of_the_protocol_is_found_and_told_by_few_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is told to let go is believed at once to have done so."""
    monkeypatch.setattr(handoff, "_free_ids", lambda shard, entry, *_: entry.ids)
    violation = run_batch(range(40))
    assert violation is not None
    assert essence(violation.rule) == "S1"
    shortest, kept = shrink(violation, tries=60)
    assert essence(shortest.rule) == "S1"
    assert len(kept) < len(script_of(violation.seed).acts) / 2


def test_shrinking_keeps_what_it_takes() -> None:
    assert fewest(list(range(50)), lambda kept: {7, 31} <= set(kept), 1_000) == [7, 31]
    assert fewest(list(range(50)), lambda kept: {7, 31} <= set(kept), 3) != [7, 31]
