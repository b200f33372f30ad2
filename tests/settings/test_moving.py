"""The move policy of a kind, as people write it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.core.moves.policy import MovePolicy, MoveRule, Quiet
from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.settings.kind import KindSettings


def kind(**fields: Any) -> KindSettings:
    return KindSettings(label_columns={"tier": "tier"}, **fields)


def test_a_kind_that_says_nothing_has_no_policy_and_counts() -> None:
    policy = kind().policy()
    assert policy.move_policy.is_free
    assert (policy.strategy, policy.balance_band) == (Strategy.EVEN, 0.1)


def test_what_is_written_is_what_the_planner_gets() -> None:
    written = {
        "cooldown": 60,
        "rules": [
            {"labels": {"tier": "gold"}, "per_day": 2, "quiet": ["22:00-06:00 Europe/Berlin"], "cost": 5},
            {"warming": 10},
        ],
    }
    policy = kind(move_policy=written, moves={"band": 0.2}).policy()
    assert policy.balance_band == 0.2
    assert policy.move_policy == MovePolicy(
        cooldown=60,
        rules=(
            MoveRule(
                labels=(("tier", "gold"),),
                per_day=2,
                quiet=(Quiet(begin=1320, end=360, zone="Europe/Berlin"),),
                cost=5,
            ),
            MoveRule(warming=10),
        ),
    )


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"rules": [{}]}, "at least one of never"),
        ({"rules": [{"quiet": ["at night"]}]}, "22:00-06:00 Europe/Berlin"),
        ({"rules": [{"quiet": ["22:00-06:00 Mars/Olympus"]}]}, "Mars/Olympus"),
        ({"rules": [{"per_day": 0}]}, "greater than or equal to 1"),
        ({"rules": [{"warming": True}]}, "must be a number"),
        ({"rules": [{"labels": {"zone": "a"}, "never": True}]}, "those of label_columns, tier"),
        ({"cooldown": -1}, "greater than or equal to 0"),
        ({"rules": [{"often": 1}]}, "often"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(written: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        kind(move_policy=written)
