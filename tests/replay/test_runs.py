"""History run again: as it was, and under other settings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from orchestrator.replay.run import Sizes, as_recorded, replay
from tests.replay.days import SHORT, policy_of, recording_of

SEEDS = [7, 8, 9]


@pytest.mark.parametrize("seed", SEEDS)
def test_run_as_recorded_it_ends_as_recorded(seed: int) -> None:
    recording = recording_of(replace(SHORT, seed=seed))
    run = as_recorded(recording, policy_of(recording))
    assert run.differences is not None
    assert (run.differences.elsewhere, run.differences.adopted) == (0, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_run_as_recorded_it_does_what_was_decided(seed: int) -> None:
    recording = recording_of(replace(SHORT, seed=seed))
    score = as_recorded(recording, policy_of(recording)).score
    decided = Counter[str]()
    for one in recording.decisions:
        decided[one.verb] += one.count or 1
    assert score.moves == decided["move"]
    assert score.placed == decided["assign"]
    assert score.started == decided["start"]
    assert score.returned == decided["return"]


@pytest.mark.parametrize("seed", SEEDS)
def test_modelled_under_the_settings_in_force_it_comes_out_nearly_alike(seed: int) -> None:
    """Who takes which id may differ, since instances answer at other moments; the figures hardly do."""
    recording = recording_of(replace(SHORT, seed=seed))
    recorded = as_recorded(recording, policy_of(recording)).score
    modelled = replay(recording, policy_of(recording)).score
    assert modelled.placed == recorded.placed
    assert modelled.deleted == recorded.deleted
    assert modelled.started == recorded.started
    assert modelled.moves == pytest.approx(recorded.moves, rel=0.2, abs=10)
    assert modelled.unowned_s == pytest.approx(recorded.unowned_s, rel=0.2, abs=50)
    assert (modelled.unplaced, modelled.moving) == (0, 0)


@pytest.mark.parametrize("strategy", ["even", "weighted", "sticky"])
def test_whatever_the_strategy_every_id_of_the_catalog_is_owned_at_the_end(strategy: str) -> None:
    recording = recording_of()
    run = replay(recording, policy_of(recording, strategy=strategy))
    assert recording.end is not None
    assert run.owned.keys() == {i for shard in recording.end.shards.values() for i in shard.ids()}
    assert run.score.unplaced == 0


def test_the_same_file_and_settings_give_the_same_answer() -> None:
    recording = recording_of()
    policy = policy_of(recording, strategy="weighted")
    assert replay(recording, policy) == replay(recording, policy)
    assert as_recorded(recording, policy_of(recording)) == as_recorded(recording, policy_of(recording))


def test_a_weighted_kind_is_more_even_in_its_weights() -> None:
    recording = recording_of()
    even = replay(recording, policy_of(recording, strategy="even")).score
    weighted = replay(recording, policy_of(recording, strategy="weighted")).score
    assert weighted.balance[1].mean < even.balance[1].mean
    assert weighted.balance[1].end < even.balance[1].end


def test_fewer_moves_at_once_take_longer() -> None:
    recording = recording_of()
    few = replay(recording, policy_of(recording, moves__floor=1, moves__ratio=0.0)).score
    many = replay(recording, policy_of(recording, moves__floor=1000)).score
    assert few.moves > 0
    assert few.transactions > many.transactions


def test_smaller_instances_are_more_instances() -> None:
    recording = recording_of()
    policy = policy_of(recording)
    usual = replay(recording, policy).score
    small = replay(recording, policy, Sizes(resource_per_instance=20)).score
    assert small.shards > usual.shards


def test_what_cannot_be_had_is_counted_and_told() -> None:
    recording = recording_of()
    score = replay(recording, policy_of(recording), Sizes(max_instances=3, resource_per_instance=20)).score
    assert score.refused
    assert score.unplaced > 0
    assert score.unowned_s > 0
