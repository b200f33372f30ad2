"""The section ``poison`` of a kind."""

from __future__ import annotations

import pytest

from orchestrator.core.policy import Acts, PoisonPolicy
from orchestrator.errors import ConfigError
from orchestrator.settings import load

KEY = "SHARDWRIGHT_KINDS__THING__POISON__"


def policy(**values: str) -> PoisonPolicy:
    given = {KEY + name.upper(): value for name, value in values.items()}
    return load(None, given).kinds["Thing"].policy().poison


def test_a_kind_sets_resources_apart_unless_it_is_told_otherwise() -> None:
    assert policy() == PoisonPolicy()
    assert policy().acts is Acts.ACT


@pytest.mark.parametrize(
    ("word", "acts"),
    [("true", Acts.ACT), ("advise", Acts.ADVISE), ("false", Acts.OFF), ("act", Acts.ACT), ("off", Acts.OFF)],
)
def test_act_is_true_false_or_advise(word: str, acts: Acts) -> None:
    assert policy(act=word).acts is acts


def test_its_numbers_are_those_of_the_kind() -> None:
    given = policy(after="5", within="60", expire="120", most="3")
    assert (given.after, given.within, given.expire, given.most) == (5, 60.0, 120.0, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [("act", "perhaps"), ("after", "1"), ("after", "x"), ("within", "0"), ("expire", "-1"), ("most", "51")],
)
def test_a_value_that_makes_no_sense_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"poison.{name}"):
        policy(**{name: value})
