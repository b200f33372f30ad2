"""How many shards there should be, for people and for scripts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import cli_answers as answers
import pytest

from orchestrator.core.elastic.advice import Advice, Use, Verb
from orchestrator.engine.answers.elastic import ShardUse, Sizing

CPU = Use(
    name="cpu",
    capacity=1000,
    target=0.6,
    total=2610,
    smoothed=2600.0,
    utilisation=0.87,
    highest=None,
    known=2,
    unknown=(7,),
)
SIZING = Sizing(
    kind="Thing",
    mode="act",
    by_count=3,
    most=100,
    ceiling_instances=100,
    ceiling_resources=5000,
    advice=Advice(verb=Verb.GROW, shards=5, now=3, why="cpu is at 87%.", uses=(CPU,)),
    waits="an orchestration is under way",
    trouble="what pods use is not measured",
    shards=(
        ShardUse(shard=0, name="iota-dac-0", load={"cpu": 1300}, utilisation={"cpu": 1.3}),
        ShardUse(shard=7, name="iota-dac-7"),
    ),
    ignored={"cpu": 2},
)


def test_the_advice_is_shown_with_its_figures(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds/Thing/sizing"] = answers.sizing(SIZING)
    ended = shardwright("sizing", "Thing", "--server", api.url)
    assert ended.out.splitlines() == [
        "Thing  grow  3 -> 5 shards  (elastic: act)",
        "WHY      cpu is at 87%.",
        "WAITS    an orchestration is under way",
        "COSTS    2 instances, cpu 2,000",
        "COUNT    3 by the number of resources, at most 100; ceiling 100 instances of 5,000 resources",
        "TROUBLE  what pods use is not measured",
        "IGNORED  values that cannot be true: cpu 2",
        "",
        "DIMENSION  LOAD   USED  TARGET  HIGHEST  KNOWN",
        "cpu        2,610  87%   60%     -        2 of 3",
        "",
        "SHARD       CPU",
        "iota-dac-0  1,300 (130%)",
        "iota-dac-7  UNKNOWN",
    ]
    assert ended.code == 1


@pytest.mark.parametrize(("wanted", "code"), [(3, 0), (2, 1)])
def test_the_exit_code_says_whether_it_has_as_many_as_it_should(
    api: Any, shardwright: Any, wanted: int, code: int
) -> None:
    advice = Advice(verb=Verb.HOLD, shards=wanted, now=3, why="412,300 resources at 5,000 each.")
    found = replace(SIZING, mode="off", advice=advice, waits="", trouble="", shards=(), ignored={})
    api.answers["/v1/api/kinds/Thing/sizing"] = answers.sizing(found)
    ended = shardwright("sizing", "Thing", "-o", "json", "--server", api.url)
    assert (ended.code, json.loads(ended.out)["wanted"]) == (code, wanted)
    lines = shardwright("sizing", "Thing", "--server", api.url).out.splitlines()
    assert len(lines) == (3 if wanted == 3 else 4)
