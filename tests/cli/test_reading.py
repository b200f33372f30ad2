"""Lists, explanations, logs and history."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import cli_answers as answers
import pytest
import yaml
from cli_answers import HELD, LINE, LOST, OWNED, THING, WELL
from cli_double import problem

from orchestrator.engine.answers import InstanceStatus


def test_shards_are_columns(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds/Thing/shards"] = answers.shards(WELL, LOST)
    ended = shardwright("get", "shards", "Thing", "--server", api.url)
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "SHARD  STATE  LOAD         ARRIVING  RELEASING  GEN/ACK  BEAT  INSTANCE        DETAIL",
        "16     ok     4,967/5,000  0         0          211/211  4s    iota-dac-16 #3",
        "17     LOST   4,967/5,000  0         0          212/209  38s   iota-dac-17 #6  replacing",
    ]


def test_shards_of_all_kinds_name_their_kind(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds"] = answers.kinds(THING)
    api.answers["/v1/api/kinds/Thing/shards"] = answers.shards(
        replace(WELL, beat_age=None, acknowledged=None)
    )
    lines = shardwright("get", "shards", "--server", api.url).out.splitlines()
    assert lines[0].startswith("KIND   SHARD")
    assert "211/-    -     iota-dac-16" in lines[1]


def test_kinds_are_counted(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds"] = answers.kinds(THING)
    assert shardwright("get", "kinds", "--server", api.url).out.splitlines() == [
        "KIND   OWNED?  IDS      OWNED    ARRIVING  MOVING  UNOWNED  SHARDS  MAX  EACH   PROTOCOL  AUDIT",
        "Thing  yes     412,300  412,300  0         0       0        2       100  5,000  v1        3s",
    ]


def test_instances_are_listed(api: Any, shardwright: Any) -> None:
    one = InstanceStatus(
        kind="Thing",
        shard=3,
        name="iota-dac-3",
        incarnation=9,
        state="live",
        phase="running",
        health="late",
        uid="1",
        since=None,
        beat_age=7.0,
        detail="",
    )
    api.answers["/v1/api/instances"] = answers.instances(one)
    ended = shardwright("get", "instances", "Thing", "--server", api.url)
    assert "iota-dac-3 #9  Thing  3      live   running  LATE    7s    -" in ended.out
    assert api.asked == [("GET", "/v1/api/instances?kind=Thing", None)]


def test_labels_of_shards_are_listed_where_there_are_some(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds/Thing/shards"] = answers.shards(
        replace(WELL, labels={"zone": "b", "gpu": "a"})
    )
    lines = shardwright("get", "shards", "Thing", "--server", api.url).out.splitlines()
    assert lines[0].split()[-2:] == ["LABELS", "DETAIL"]
    assert "zone=b,gpu=a" in lines[1]


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_the_answer_can_be_had_as_data(api: Any, shardwright: Any, form: str, read: Any) -> None:
    api.answers["/v1/api/kinds/Thing/shards"] = answers.shards(WELL)
    ended = shardwright("get", "shards", "Thing", "-o", form, "--server", api.url)
    assert read(ended.out) == answers.shards(WELL)["items"]


def test_an_owner_is_explained(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds/Thing/resources/a%2Fb/explain"] = {"resource": answers.resource(OWNED)}
    ended = shardwright("explain", "Thing", "a/b", "--server", api.url)
    assert ended.code == 0
    assert ended.out.startswith("Thing a/b -> shard 17, iota-dac-17 #6, acknowledged 212 of 212, ")
    assert "STATE  owned\nWHY    created; least loaded\n" in ended.out


def test_an_id_without_owner_exits_1_and_is_told_of_where_nobody_leads(api: Any, shardwright: Any) -> None:
    unowned = replace(
        OWNED,
        state="unowned",
        shard=None,
        run_in=None,
        reason="no-room",
        detail="",
        since=None,
        in_catalog=None,
    )
    api.answers["/v1/api/kinds/Thing/resources/a/explain"] = problem(503, "nobody leads")
    api.answers["/v1/api/kinds/Thing/resources/a"] = answers.resource(unowned)
    ended = shardwright("explain", "Thing", "a", "--server", api.url)
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "Thing a/b -> nobody",
        "STATE  UNOWNED",
        "WHY    no-room",
        "NOTE   the catalog is UNKNOWN",
    ]


def test_a_hostile_id_stays_text(api: Any, shardwright: Any) -> None:
    hostile = "\x1b[2J\u202egnp\n[red]x"
    found = {"resource": answers.resource(replace(OWNED, id=hostile))}
    api.answers["/v1/api/kinds/Thing/resources/x/explain"] = found
    out = shardwright("explain", "Thing", "x", "--server", api.url).out
    assert out.startswith("Thing \\x1b[2J\\u202egnp\\n[red]x -> shard 17")
    assert "\x1b" not in out


def test_logs_are_the_lines_of_an_instance(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/instances/Thing/3/logs"] = {
        "kind": "Thing",
        "shard": 3,
        "items": ["one", "\x1b[1mtwo"],
    }
    ended = shardwright("logs", "Thing/3", "--lines", "2", "--server", api.url)
    assert ended.out == "one\n\\x1b[1mtwo\n"
    assert api.asked[0][1] == "/v1/api/instances/Thing/3/logs?lines=2"


def test_history_is_printed_oldest_first(api: Any, shardwright: Any) -> None:
    later = replace(LINE, sequence=6, verb="move", to=4, count=200, ids=(), detail="two words", actor="")
    api.answers["/v1/api/events"] = {"items": [answers.event(later), answers.event(LINE)], "next": None}
    ended = shardwright("events", "--kind", "Thing", "--shard", "3", "--limit", "2", "--server", api.url)
    first, second = ended.out.splitlines()
    assert first.endswith("Thing/3 place id=a reason=created by=ann")
    assert second.endswith('Thing/3 move to=4 ids=200 reason=created "two words"')
    assert api.asked[0][1] == "/v1/api/events?kind=Thing&shard=3&limit=2"


def test_following_shows_history_and_stream_once_each_and_takes_up_a_broken_stream(
    api: Any, shardwright: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def interrupt(_: float) -> None:
        tries.append(1)
        if len(tries) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("orchestrator.cli.events.time.sleep", interrupt)
    fifth, sixth = answers.event(LINE), answers.event(replace(LINE, sequence=6))
    other = answers.event(replace(LINE, sequence=7, kind="Rule"))
    api.answers["/v1/api/events"] = {"items": [fifth], "next": None}
    api.answers["/v1/api/events/stream"] = answers.stream(
        ("", "hello", {"version": "1"}),
        ("8", "event", fifth),
        ("9", "event", sixth),
        ("9", "summary", {"kinds": 1}),
        ("10", "event", other),
        ("11", "reload", {}),
    )
    ended = shardwright("events", "-f", "--kind", "Thing", "-o", "json", "--server", api.url)
    assert ended.code == 130
    assert [json.loads(line)["sequence"] for line in ended.out.splitlines()] == [5, 6]
    assert "some events were missed" in ended.err
    assert ended.err.count("trying again") == 2


def test_removals_that_wait_are_shown_with_the_command_that_lets_them_go(api: Any, shardwright: Any) -> None:
    held = {"digest": "d1", "count": 3, "reason": "more than half", "sample": ["a", "b"], "since": 0.0}
    assert held["digest"] == HELD.digest
    api.answers["/v1/api/kinds/Thing/removals"] = {"held": held}
    ended = shardwright("removals", "show", "Thing", "--server", api.url)
    assert ended.code == 1
    assert "HELD 3 removals" in ended.out
    assert ended.out.endswith(
        "  and 1 more\naccept: shardwright removals accept Thing --digest d1 --count 3\n"
    )
    api.answers["/v1/api/kinds/Thing/removals"] = {"held": None}
    assert shardwright("removals", "show", "Thing", "--server", api.url).code == 0
