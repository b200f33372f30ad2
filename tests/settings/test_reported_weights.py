"""Weights that instances report, as people ask for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.bootstrap.parts import recorded_settings
from orchestrator.errors import ConfigError
from orchestrator.settings import load
from orchestrator.settings.kind import KindSettings


def test_a_kind_that_says_nothing_asks_for_none_and_is_recorded_as_ever() -> None:
    kind = KindSettings()
    assert (kind.dimensions, kind.policy().reported) == ((), ())
    assert "reported_weights" not in recorded_settings(kind)


def test_columns_come_first_and_a_dimension_stands_once() -> None:
    kind = KindSettings(
        weight_columns={"memory": "memory_mb", "cpu": "cpu_millis"},
        reported_weights=("rate", "cpu"),
        capacity={"memory": 10, "cpu": 20, "rate": 30},
    )
    policy = kind.policy()
    assert policy.dimensions == ("memory", "cpu", "rate")
    assert policy.extra_capacity == (10, 20, 30)
    assert policy.reported == ("rate", "cpu")
    assert recorded_settings(kind)["reported_weights"] == ["rate", "cpu"]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (
            {"reported_weights": ["cpu"]},
            "capacity names no dimension, allowed: the dimensions of weight_columns and reported_weights, "
            "['cpu']",
        ),
        (
            {"reported_weights": ["cpu"], "capacity": {"cpu": 1, "disk": 2}},
            "capacity names ['cpu', 'disk'], allowed: the dimensions of weight_columns and reported_weights, "
            "['cpu']",
        ),
        (
            {"reported_weights": ["cpu"], "capacity": {"cpu": 1}, "protocol": "seed"},
            "reported_weights names cpu with protocol seed, whose workers cannot weigh their ids; "
            "allowed: none, or protocol v1",
        ),
        (
            {"reported_weights": ["cpu", "cpu"], "capacity": {"cpu": 1}},
            "reported_weights names cpu more than once, allowed: each dimension once",
        ),
        (
            {"reported_weights": ["count"], "capacity": {"count": 1}},
            "reported_weights names count, which is how many ids a shard holds; allowed: any other name",
        ),
        (
            {
                "reported_weights": [f"d{n}" for n in range(17)],
                "capacity": {f"d{n}": 1 for n in range(17)},
            },
            "weight_columns and reported_weights name 17 dimensions, allowed: at most 16",
        ),
        ({"reported_weights": ["a b"]}, "must be 1 to 63 of letters"),
        ({"reported_weights": "cpu"}, "valid tuple"),
    ],
)
def test_what_cannot_hold_is_refused_with_a_sentence(written: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        KindSettings(**written)
    assert says in str(refused.value)


def test_it_is_read_from_the_file_and_from_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("kinds: {Thing: {reported_weights: [cpu], capacity: {cpu: 4000}}}", encoding="utf-8")
    assert load(path, {}).kinds["Thing"].reported_weights == ("cpu",)
    told = {
        "SHARDWRIGHT_KINDS__THING__REPORTED_WEIGHTS": "[cpu, rate]",
        "SHARDWRIGHT_KINDS__THING__CAPACITY": "{cpu: 1, rate: 2}",
    }
    assert load(path, told).kinds["Thing"].dimensions == ("cpu", "rate")
    path.write_text("kinds: {Thing: {reported_weights: [cpu]}}", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(path, {})
    assert "config.yaml:1: kinds.Thing.capacity names no dimension" in str(refused.value)
