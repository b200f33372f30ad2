"""Coverage and explanations on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import cli_answers as answers
import pytest
from cli_answers import OWNED, THING

from api.shapes.coverage import coverage_shape, explanation_shape
from orchestrator.core.explanation import Opinion, Wait
from orchestrator.engine.answers.coverage import CoverageStatus, LatencyStatus, StageStatus, Worst
from orchestrator.engine.answers.explanation import Explanation, Weight
from orchestrator.ports import JournalLine

QUIET = CoverageStatus(
    kind="Thing",
    acknowledged=True,
    watched_s=3700.0,
    store=412_300,
    unowned=0,
    unknown=0,
    double_owned=0,
    unowned_seconds=12.25,
    unknown_seconds=0.0,
    double_owned_seconds=0.0,
    unnamed=0,
    catalog_age=12.0,
    catalog_trouble="",
    alarm_after=30.0,
    alarms=(),
    window_s=3600.0,
    worst=(),
    worst_in_window=(),
    latency=LatencyStatus(
        in_flight=0,
        stages=tuple(
            StageStatus(
                stage=stage, count=count, sum_s=1.0, p50_s=0.012, p99_s=2.3, longest_s=2.5, buckets=()
            )
            for stage, count in (("stamp-to-owned", 7), ("receipt-to-owned", 0))
        ),
        counted={"duplicates": 3},
        numbering={},
    ),
)
TROUBLED = replace(
    QUIET,
    unowned=41,
    alarms=("iota-dac-17: 40 resources are served by nobody for 38 s: its instance is silent",),
    worst=(
        Worst(
            id="", shard=17, count=40, state="unowned", for_s=38.0, total_s=38.0, why="its instance is silent"
        ),
    ),
)
EXPLAINED = Explanation(
    resource=OWNED,
    shards=(
        Opinion(shard=17, role="owner", code="", sentence="the best score, 0.5000", score=0.5),
        Opinion(shard=18, role="other", code="no-room", sentence="shard 18 has no room", score=None),
    ),
    waits=(Wait(code="budget", sentence="100 of at most 100 ids are moving already", for_s=4.0),),
    history=(JournalLine(at=0.0, kind="Thing", verb="assign", reason="created", shard=17, ids=("a/b",)),),
    history_trouble="",
    unserved_s=None,
    unserved_why="",
    weights=(
        Weight(name="memory", value=512, reported=False),
        Weight(name="cpu", value=1200, reported=True),
    ),
)


def as_json(shape: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shape.model_dump_json(by_alias=True))
    return found


def test_coverage_of_all_kinds_is_a_table(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds"] = answers.kinds(THING)
    api.answers["/v1/api/kinds/Thing/coverage"] = as_json(coverage_shape(QUIET))
    ended = shardwright("get", "coverage", "--server", api.url)
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "KIND   UNOWNED  UNKNOWN  TWICE  UNOWNED-S  UNKNOWN-S  TWICE-S  P50    P99  ALARMS",
        "Thing  0        0        0      12.2       0.0        0.0      12 ms  2 s  0",
    ]


def test_coverage_of_a_kind_names_the_worst_and_ends_with_1_where_somebody_is_served_by_nobody(
    api: Any, shardwright: Any
) -> None:
    api.answers["/v1/api/kinds/Thing/coverage"] = as_json(coverage_shape(TROUBLED))
    ended = shardwright("coverage", "Thing", "--worst", "5", "--server", api.url)
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "Thing  412,300 in the store, acknowledged by instances, watched for 1 h 1 min",
        "UNOWNED  41 now, 12.2 id-seconds",
        "unknown  0 now, 0.0 id-seconds",
        "TWICE    0 now, 0.0 id-seconds",
        "CATALOG  compared 12s ago",
        "ALARM    iota-dac-17: 40 resources are served by nobody for 38 s: its instance is silent",
        "",
        "WORST NOW       STATE    FOR   TOTAL  WHY",
        "40 of shard 17  UNOWNED  38 s  38 s   its instance is silent",
        "",
        "FROM EVENT TO OWNER  COUNT  P50    P99  LONGEST",
        "stamp-to-owned       7      12 ms  2 s  2 s",
        "MESSAGES 3 duplicates",
    ]
    assert api.asked == [("GET", "/v1/api/kinds/Thing/coverage?worst=5", None)]


def test_where_all_are_served_coverage_ends_with_0(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds/Thing/coverage"] = as_json(coverage_shape(QUIET))
    ended = shardwright("coverage", "Thing", "-o", "json", "--server", api.url)
    assert ended.code == 0
    assert json.loads(ended.out) == as_json(coverage_shape(QUIET))


def test_an_explanation_tells_the_rule_of_each_shard_the_history_and_what_waits(
    api: Any, shardwright: Any
) -> None:
    api.answers["/v1/api/kinds/Thing/resources/a%2Fb/explain"] = as_json(explanation_shape(EXPLAINED))
    ended = shardwright("explain", "Thing", "a/b", "--server", api.url)
    assert ended.code == 0
    assert "WAITS  budget: 100 of at most 100 ids are moving already (for 4 s)" in ended.out
    assert "WEIGHS memory 512, cpu 1,200 (reported)" in ended.out
    assert "17     OWNER  0.5000  the best score, 0.5000" in ended.out
    assert "18            -       no-room: shard 18 has no room" in ended.out
    assert "assign  created  17     -   -" in ended.out


@pytest.mark.parametrize("every", [False, True])
def test_of_many_shards_some_are_shown(api: Any, shardwright: Any, every: bool) -> None:
    many = tuple(replace(EXPLAINED.shards[1], shard=number) for number in range(100))
    shape = explanation_shape(replace(EXPLAINED, shards=many))
    api.answers["/v1/api/kinds/Thing/resources/a%2Fb/explain"] = as_json(shape)
    ended = shardwright("explain", "Thing", "a/b", *(["--all"] if every else []), "--server", api.url)
    assert ended.out.count("no-room") == (100 if every else 12)
    assert ("... and 88 more shards: --all" in ended.out) is not every
