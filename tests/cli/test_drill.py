"""Drills: refused where the kind is not whole, asked for, and judged by what was seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cli_double import ApiDouble

from tests.cli.conftest import Shardwright

KIND = "/v1/api/kinds/Thing"


def shard(number: int, **changed: Any) -> dict[str, Any]:
    known = {
        "number": number,
        "used": 40,
        "instance": "live",
        "incarnation": 7,
        "health": "ok",
        "generation": 3,
        "acknowledged": 3,
    }
    return {**known, **changed}


def kind(*shards: dict[str, Any], **changed: Any) -> dict[str, Any]:
    counts = {"unowned": 0, "moving": 0, "arriving": 0, **changed.pop("counts", {})}
    return {"ready": True, "orchestrating": False, "counts": counts, "shards": list(shards), **changed}


class Healing(dict[str, Any]):
    """Answers as a kind does whose shard 1 gets its next instance once the old one was killed."""

    def __init__(self, *, heals: bool = True, ledger: bool = True) -> None:
        super().__init__()
        self.struck = False
        self.looks = 0
        self._heals = heals
        self._ledger = ledger

    def get(self, path: str, default: Any = None) -> Any:
        if path == f"{KIND}/instances/kill":
            self.struck = True
            return {"items": [{"kind": "Thing", "shard": 1, "incarnation": 7, "since": 1.0}]}
        if path == "/v1/api/events":
            return {"items": [], "next": None}
        if path == f"{KIND}/coverage" and self._ledger:
            seconds = 90.0 if self.struck else 10.0
            return {"unownedSeconds": seconds, "doubleOwnedSeconds": 0.0}
        if path != KIND:
            return default
        self.looks += self.struck
        if not self.struck:
            return kind(shard(0), shard(1))
        if self.looks < 3 or not self._heals:
            return kind(shard(0), shard(1, instance="none", health="none", acknowledged=None))
        return kind(shard(0), shard(1, incarnation=8))


def test_an_instance_that_is_replaced_passes(shardwright: Shardwright, api: ApiDouble) -> None:
    api.answers = Healing()
    done = shardwright("drill", "kill-instance", "Thing/1", "--yes", "--server", api.url, "-o", "json")
    assert done.code == 0, done.err
    card = json.loads(done.out)
    figures = {row["name"]: row for row in card["figures"]}
    assert card["passed"]
    assert figures["unowned"]["value"] == 80.0
    assert card["unownedFrom"] == "ledger"
    assert figures["noticed"]["value"] <= figures["replaced"]["value"] <= figures["owned again"]["value"]
    assert ("POST", f"{KIND}/instances/kill", {"shards": [1]}) in api.asked


def test_without_a_ledger_the_card_says_what_it_reckons_from(
    shardwright: Shardwright, api: ApiDouble
) -> None:
    api.answers = Healing(ledger=False)
    done = shardwright("drill", "kill-instance", "Thing/1", "--yes", "--server", api.url)
    assert done.code == 0, done.err
    assert "held until the blow" in done.out
    assert "verdict: ok" in done.out


def test_one_that_is_not_replaced_fails(shardwright: Shardwright, api: ApiDouble) -> None:
    api.answers = Healing(heals=False)
    done = shardwright("drill", "kill-instance", "Thing/1", "--yes", "--within", "1", "--server", api.url)
    assert done.code == 1
    assert "verdict: FAILED" in done.out


@pytest.mark.parametrize(
    "found",
    [
        kind(shard(0), counts={"unowned": 2}),
        kind(shard(0), counts={"moving": 2}),
        kind(shard(0, health="late")),
        kind(shard(0), orchestrating=True),
        kind(shard(0), ready=False),
    ],
)
def test_a_kind_that_is_not_whole_is_left_alone(
    shardwright: Shardwright, api: ApiDouble, found: dict[str, Any]
) -> None:
    api.answers = {KIND: found}
    done = shardwright("drill", "kill-instance", "Thing/0", "--yes", "--server", api.url)
    assert done.code == 3
    assert "not whole" in done.err
    assert not [one for one in api.asked if one[0] == "POST"]


def test_nothing_is_done_before_a_person_agrees(shardwright: Shardwright, api: ApiDouble) -> None:
    api.answers = Healing()
    done = shardwright("drill", "kill-instance", "Thing/1", "--server", api.url)
    assert done.code == 2
    assert not [one for one in api.asked if one[0] == "POST"]


def test_a_zone_is_named_by_its_label(shardwright: Shardwright, api: ApiDouble) -> None:
    api.answers = Healing()
    done = shardwright("drill", "lose-zone", "Thing", "east", "--label", "rack", "--yes", "--server", api.url)
    assert done.code == 0, done.err
    assert ("POST", f"{KIND}/instances/kill", {"label": "rack", "value": "east"}) in api.asked


class Handing(dict[str, Any]):
    """A leader that leads again at the third look, in the next epoch."""

    resigned = False
    looks = 0

    def get(self, path: str, default: Any = None) -> Any:
        if path == "/v1/api/leader/resign":
            self.resigned = True
            return {"resigned": True, "epoch": 4}
        if path == "/v1/api/events":
            return {"items": [], "next": None}
        if path == "/v1/api/overview":
            self.looks += 1
            is_led = self.looks > 2
            return {"epoch": 5 if is_led else None, "standing": {"leads": is_led}}
        return kind(shard(0)) if path == KIND else default


def test_a_change_of_leaders_is_measured(shardwright: Shardwright, api: ApiDouble) -> None:
    api.answers = Handing()
    done = shardwright("drill", "restart-leader", "--yes", "--server", api.url, "-o", "json")
    assert done.code == 0, done.err
    card = json.loads(done.out)
    assert card["epochs"] == [4, 5]
    assert {row["name"]: row["met"] for row in card["figures"]}["instances restarted"] is True


@pytest.mark.parametrize(
    "words", [("--notice", "-1"), ("--owned", "-0.1"), ("--within", "0"), ("--notice", "x")]
)
def test_goals_that_no_drill_can_meet_are_usage(
    shardwright: Shardwright, api: ApiDouble, words: tuple[str, str]
) -> None:
    done = shardwright("drill", "kill-instance", "Thing/1", "--yes", *words, "--server", api.url)
    assert (done.code, api.asked) == (2, [])
