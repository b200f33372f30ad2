"""Restarts, drains, trials, differences and watching, on the real routes or a double of them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cli_answers as answers
import pytest
from cli_answers import LOST, SUMMARY, THING, WELL
from cli_double import problem

from tests.cli.real import Real, real

PLANS = "/v1/api/kinds/Thing/plans"


@pytest.fixture
def server() -> Iterator[Real]:
    with real() as found:
        yield found


@pytest.mark.parametrize(
    "words",
    [
        ("pause", "Thing"),
        ("resume", "Thing"),
        ("resync", "Thing"),
        ("restart", "Thing/0"),
        ("drain", "Thing/0"),
        ("pin", "Thing", "a", "0"),
        ("unpin", "Thing", "a"),
        ("shard", "set", "Thing/0", "--label", "zone=b"),
        ("quarantine", "add", "Thing", "a", "--why", "x"),
        ("quarantine", "lift", "Thing", "a"),
        ("fence", "Thing/0", "--uid", "u"),
        ("removals", "accept", "Thing", "--digest", "d", "--count", "1"),
        ("place", "accept", "Thing", "--instead-of", "x"),
    ],
)
def test_every_change_can_be_tried_without_being_done(
    server: Real, shardwright: Any, words: tuple[str, ...]
) -> None:
    ended = shardwright(*words, "--dry-run", "--server", server.url)
    # Refused is an answer as well: what cannot be done cannot be tried.
    assert ended.code in (0, 1, 3), ended.err
    assert "dryRun" not in ended.err, "the route knows no trial"
    assert ended.code or ended.out.endswith("not done: this is a dry run\n")


def test_an_instance_is_restarted_and_only_the_one_that_was_meant(server: Real, shardwright: Any) -> None:
    told = ("--server", server.url)
    ended = shardwright("restart", "Thing/0", *told)
    assert ended.code == 0
    assert ended.out.startswith("Thing/0  incarnation ")
    assert shardwright("restart", "Thing", *told).code == 2


def test_a_drain_says_how_much_goes_where(api: Any, shardwright: Any) -> None:
    path = "/v1/api/kinds/Thing/shards/3"
    drained = {"kind": "Thing", "shard": 3, "dryRun": False, "ids": 4481, "toShards": 91, "each": 49}
    api.answers[f"{path}/drain"] = drained
    ended = shardwright("drain", "Thing/3", "--server", api.url)
    assert ended.out == "Thing/3  hands over 4,481 ids to 91 shards, about 49 each\n"
    api.answers[f"{path}/undrain"] = {"kind": "Thing", "shard": 3, "dryRun": False, "ids": 12}
    assert shardwright("drain", "Thing/3", "--undo", "--server", api.url).out.endswith("with 12 ids\n")
    api.answers[f"{path}/drain"] = problem(409, "room elsewhere for 2,667 of 4,967")
    assert shardwright("drain", "Thing/3", "--server", api.url).code == 3


def test_differences_are_shown_shard_by_shard_and_exit_1(api: Any, shardwright: Any) -> None:
    summary = replace(
        SUMMARY, dry_run=True, plan_id=None, created=(18,), draining=(17,), moves_by_pair=((17, 18, 4967),)
    )
    api.answers["/v1/api/orchestrations/Thing/orchestrate"] = answers.orchestration(summary)
    api.answers["/v1/api/kinds/Thing/shards"] = answers.shards(WELL, LOST)
    ended = shardwright("diff", "Thing", "--max-instances", "50", "--server", api.url)
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "SHARD  NOW    THEN   CHANGE  BECOMES",
        "17     4,967  0      -4,967  draining",
        "18     -      4,967  +4,967  created",
    ]
    path = "/v1/api/orchestrations/Thing/orchestrate?dryRun=true"
    assert api.asked[0] == ("POST", path, {"maxInstances": 50})
    same = replace(summary, changed=False, created=(), draining=(), moves_by_pair=())
    api.answers["/v1/api/orchestrations/Thing/orchestrate"] = answers.orchestration(same)
    assert shardwright("diff", "Thing", "--server", api.url).out == "nothing would change\n"


def test_a_plan_is_named_in_each_of_three_ways(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds"] = answers.kinds(THING, replace(THING, kind="Rule"))
    api.answers[PLANS] = {"items": [{"plan": 7}]}
    api.answers["/v1/api/kinds/Rule/plans"] = {"items": [{"plan": 8}]}
    told = ("--server", api.url)
    for words in (("Thing", "7"), ("Thing/7",), ("p-7",)):
        shardwright("cancel", *words, *told)
        assert api.asked[-1][1] == f"{PLANS}/7/cancel"
    assert "no kind has a plan p-9" in shardwright("cancel", "p-9", *told).err
    api.answers["/v1/api/kinds/Rule/plans"] = {"items": [{"plan": 7}]}
    ended = shardwright("cancel", "p-7", *told)
    assert ended.code == 2
    assert "p-7 can be Thing/7 or Rule/7" in ended.err
    assert shardwright("cancel", "Thing", *told).code == 2


def kind(**changed: Any) -> Any:
    from api.shapes.kind import describe

    return json.loads(describe(replace(THING, **changed), 660.0).model_dump_json(by_alias=True))


def test_watching_ends_when_it_is_as_it_is_to_be(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds/Thing"] = kind()
    api.answers["/v1/api/events"] = {"items": [], "next": None}
    for goal in ("owned", "settled"):
        ended = shardwright("watch", "Thing", "--until", goal, "--server", api.url)
        assert ended.code == 0
        assert ended.out.startswith("Thing all 412,300 (audit 3 s) after ")


@pytest.mark.parametrize(
    "state",
    [{"shards": (LOST,)}, {"audited_age": None}, {"counts": replace(THING.counts, owned=1, unowned=412299)}],
)
def test_watching_exits_1_when_the_time_is_over(api: Any, shardwright: Any, state: dict[str, Any]) -> None:
    api.answers["/v1/api/kinds/Thing"] = kind(**state)
    line = answers.event(answers.LINE)
    api.answers["/v1/api/events"] = {"items": [line], "next": None}
    ended = shardwright("watch", "Thing", "--timeout", "0.6s", "--server", api.url)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1].startswith("Thing is not there after ")


def test_watching_an_unknown_kind_or_for_an_unknown_goal_ends_at_once(api: Any, shardwright: Any) -> None:
    assert shardwright("watch", "Nope", "--server", api.url).code == 1
    assert shardwright("watch", "Thing", "--until", "green", "--server", api.url).code == 2
    assert shardwright("watch", "Thing", "--timeout", "soon", "--server", api.url).code == 2


@pytest.mark.parametrize("no_color", ["", "1"])
def test_a_bar_is_drawn_on_a_terminal_of_standard_error_and_the_data_stay_on_standard_output(
    api: Any, tmp_path: Path, no_color: str
) -> None:
    api.answers["/v1/api/kinds/Thing"] = kind()
    api.answers["/v1/api/events"] = {"items": [], "next": None}
    inside, outside = pty.openpty()
    program = Path(sys.executable).with_name("shardwright")
    environ = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": no_color, "XDG_CONFIG_HOME": str(tmp_path)}
    with subprocess.Popen(
        [program, "watch", "Thing", "--server", api.url],
        stdout=subprocess.PIPE,
        stderr=outside,
        text=True,
        env=environ,
        cwd=tmp_path,
    ) as process:
        os.close(outside)
        drawn = b""
        while True:
            try:
                drawn += os.read(inside, 65536)
            except OSError:  # A pseudo terminal says so at its end.
                break
        out = process.communicate(timeout=30)[0]
    os.close(inside)
    assert process.returncode == 0
    assert "\x1b" not in out and out.startswith("Thing all 412,300")
    assert b"Thing all 412,300" in drawn and b"\x1b[" in drawn
    assert (b"\x1b[38" in drawn or b"\x1b[1;" in drawn or b"\x1b[33" in drawn) is not bool(no_color)


def test_lines_of_a_log_are_followed_by_their_cursor(
    api: Any, shardwright: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/v1/api/instances/Thing/3/logs"
    api.answers[path] = {"kind": "Thing", "shard": 3, "items": ["one"], "next": "c1", "complete": True}
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        api.answers[path] = {"items": [f"line {len(naps)}"], "next": f"c{len(naps) + 1}", "complete": False}
        if len(naps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("orchestrator.cli.logs.time.sleep", sleep)
    ended = shardwright("logs", "Thing/3", "-f", "-n", "1", "--server", api.url)
    assert ended.code == 130
    assert ended.out == "one\nline 1\nline 2\n"
    assert ended.err == "some lines were missed\n" * 2
    asked = [target.partition("?")[2] for _, target, _ in api.asked]
    assert asked == ["lines=1", "lines=2000&after=c1", "lines=2000&after=c2"]
    assert shardwright("logs", "Thing/3", "-f", "--previous", "--server", api.url).code == 2


def test_events_of_a_plan_are_chosen_by_its_number(api: Any, shardwright: Any) -> None:
    lines = [
        answers.event(replace(answers.LINE, sequence=number, detail=detail))
        for number, detail in ((9, "plan 17: 1 moves"), (8, "plan 7: 2 moves"), (7, "plan 8, undoes plan 7"))
    ]
    api.answers["/v1/api/events"] = {"items": lines, "next": None}
    for plan in ("7", "p-7", "Thing/7"):
        ended = shardwright("events", "--plan", plan, "--server", api.url, "-o", "json")
        assert [one["sequence"] for one in json.loads(ended.out)] == [7, 8]
    assert shardwright("events", "--plan", "x y", "--server", api.url).code == 2


def test_events_are_chosen_by_time_and_reason(
    api: Any, shardwright: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.answers["/v1/api/events"] = {"items": [], "next": None}
    monkeypatch.setattr("orchestrator.cli.events.time.time", lambda: 1_700_000_400.5)

    def asked(*words: str) -> str:
        ended = shardwright("events", *words, "--server", api.url)
        assert ended.code == 0, ended.err
        return str(api.asked[-1][1]).partition("?")[2]

    assert asked("--since", "6m", "--reason", "silent") == "reason=silent&since=1700000040&limit=100"
    assert asked("--since", "2023-11-14T22:20:00Z", "--until", "2023-11-15T06:21+08:00").startswith(
        "since=1700000400&until=1700000460&"
    )
    for wrong in (("--since", "yesterday"), ("--until", "2023-13-01"), ("-f", "--until", "1h")):
        assert shardwright("events", *wrong, "--server", api.url).code == 2
