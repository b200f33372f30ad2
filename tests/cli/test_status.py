"""Status tells whether everything is owned, in words and by its exit code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cli_answers as answers
import pytest
from cli_answers import HELD, LOST, THING, WELL

from orchestrator.engine.answers import Counts, Dependency


def counted(**changed: Any) -> Any:
    return replace(THING, counts=replace(THING.counts, **changed))


def test_all_is_owned(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/overview"] = answers.overview()
    ended = shardwright("status", "--server", api.url)
    assert ended.code == 0
    assert ended.err == ""
    assert ended.out.splitlines() == [
        "OWNED   yes  Thing all 412,300 (audit 3 s)",
        "BROKEN  none",
        "DEPS    ok  store 0.2 s; leader orch-0 epoch 7",
    ]


def test_trouble_is_in_capitals_and_exits_1(api: Any, shardwright: Any) -> None:
    kind = replace(
        counted(unowned=12),
        shards=(WELL, LOST),
        held=HELD,
        alarms=("no room for 12 ids",),
        audited_age=134.0,
    )
    api.answers["/v1/api/overview"] = answers.overview(kind)
    ended = shardwright("status", "--server", api.url)
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "OWNED   NO  Thing 12 of 412,300 unowned (audit 2 min 14 s)",
        "BROKEN  1  Thing/17 LOST 38 s -> replacing",
        "ALARM   Thing: no room for 12 ids",
        "HELD    Thing 3 removals wait for a person: shardwright removals show Thing",
        "DEPS    ok  store 0.2 s; leader orch-0 epoch 7",
    ]


def test_what_was_not_taken_for_what_it_should_be_is_counted(api: Any, shardwright: Any) -> None:
    counters = {
        "beats.malformed": 3,
        "beats.unknown": 0,
        "beats.outdated": 9,
        "notifications.malformed": 1200,
    }
    api.answers["/v1/api/overview"] = {**answers.overview(), "counters": counters}
    ended = shardwright("status", "--server", api.url)
    assert ended.code == 0
    assert "IGNORED beats.malformed 3, notifications.malformed 1,200" in ended.out.splitlines()


@pytest.mark.parametrize(
    ("kind", "word", "code"),
    [
        (counted(arriving=2, moving=3), "moving  Thing 2 arriving, 3 moving of 412,300", 1),
        (counted(catalog=None), "UNKNOWN  Thing 412,300 of -", 4),
        (replace(THING, audited_age=None), "UNKNOWN  Thing 412,300 of 412,300 (no audit yet)", 4),
        (replace(THING, audited_age=5000.0), "UNKNOWN  Thing 412,300 of 412,300 (audit 1 h 23 min)", 4),
        (
            replace(THING, counts=Counts(catalog=0, owned=0, arriving=0, moving=0, held=0, unowned=0)),
            "yes  Thing all 0",
            0,
        ),
    ],
)
def test_the_verdict_is_the_exit_code(api: Any, shardwright: Any, kind: Any, word: str, code: int) -> None:
    api.answers["/v1/api/overview"] = answers.overview(kind)
    ended = shardwright("status", "--server", api.url)
    assert (ended.code, ended.out.splitlines()[0][8:][: len(word)]) == (code, word)


def test_a_dependency_that_is_away_is_told_with_its_effect(api: Any, shardwright: Any) -> None:
    away = Dependency(name="catalog", ok=False, detail="refused", age=9.0, effect="nothing is removed")
    api.answers["/v1/api/overview"] = answers.overview(dependencies=(away,), epoch=None)
    ended = shardwright("status", "--server", api.url)
    assert ended.code == 1
    assert "DEPS    BROKEN  catalog: refused (nothing is removed); NO leader known" in ended.out


def test_a_server_that_is_not_ready_is_not_well(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/overview"] = answers.overview(ready=False)
    assert shardwright("status", "--server", api.url).code == 4


def test_an_answer_without_a_leader_tells_its_age_and_why(api: Any, shardwright: Any) -> None:
    alone = replace(
        answers.OVERVIEW.standing, in_office=False, leads=False, age=42.0, why="the store does not answer"
    )
    api.answers["/v1/api/overview"] = answers.overview(standing=alone)
    ended = shardwright("status", "--server", api.url)
    assert ended.code == 4
    assert ended.out.splitlines()[0] == "STALE   as of 42 s ago: the store does not answer"


def test_a_kind_that_a_person_has_paused_is_told_with_the_way_on(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/overview"] = answers.overview(replace(THING, paused=True))
    ended = shardwright("status", "--server", api.url)
    assert ended.code == 0
    line = "PAUSED  Thing: nothing is orchestrated, grown or moved: shardwright resume Thing"
    assert line in ended.out.splitlines()
