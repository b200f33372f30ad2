"""``shardwright pin``, ``unpin``, ``get pins`` and ``shard set``."""

from __future__ import annotations

from typing import Any

import pytest
from cli_double import problem

PINS = "/v1/api/kinds/Thing/pins"


def test_a_resource_is_pinned_and_unpinned(api: Any, shardwright: Any) -> None:
    api.answers[f"{PINS}/a%2Fb"] = {
        "id": "a/b",
        "shard": 3,
        "state": "waiting",
        "detail": "it stands on shard 1; the next orchestration moves it",
    }
    ended = shardwright("pin", "Thing", "a/b", "3", "--server", api.url)
    assert (ended.code, ended.out) == (
        0,
        "Thing  a/b is pinned to shard 3, waiting: it stands on shard 1; the next orchestration moves it\n",
    )
    assert api.asked == [("PUT", f"{PINS}/a%2Fb", {"shard": 3})]
    api.answers[f"{PINS}/a%2Fb"] = {"kind": "Thing", "id": "a/b"}
    ended = shardwright("unpin", "Thing", "a/b", "--server", api.url)
    assert (ended.code, ended.out) == (0, "Thing  a/b is pinned no more\n")
    assert api.asked[-1] == ("DELETE", f"{PINS}/a%2Fb", None)


@pytest.mark.parametrize("words", [("pin", "Thing", "", "3"), ("unpin", "Thing", ""), ("explain", "", "a")])
def test_an_empty_name_is_usage(api: Any, shardwright: Any, words: tuple[str, ...]) -> None:
    ended = shardwright(*words, "--server", api.url)
    assert (ended.code, api.asked) == (2, [])
    assert "an empty name or id names nothing" in ended.err


def test_pins_are_listed(api: Any, shardwright: Any) -> None:
    pin = {"id": "t1", "shard": 3, "state": "held", "detail": ""}
    api.answers[PINS] = {"items": [pin], "next": None}
    ended = shardwright("get", "pins", "Thing", "--server", api.url)
    assert ended.code == 0
    assert [line.split() for line in ended.out.splitlines()] == [
        ["KIND", "ID", "SHARD", "STATE", "DETAIL"],
        ["Thing", "t1", "3", "held"],
    ]


def test_pins_of_resources_that_are_gone_are_listed_and_taken_away_together(
    api: Any, shardwright: Any
) -> None:
    pins = [
        {"id": name, "shard": 3, "state": state, "detail": ""}
        for name, state in (("t1", "held"), ("t2", "orphaned"), ("t3", "waiting"), ("t/4", "orphaned"))
    ]
    api.answers[PINS] = {"items": pins, "next": None}
    ended = shardwright("get", "pins", "Thing", "--orphaned", "-o", "name", "--server", api.url)
    assert (ended.code, ended.out.split()) == (0, ["t2", "t/4"])
    for name in ("t2", "t%2F4"):
        api.answers[f"{PINS}/{name}"] = {"kind": "Thing", "id": name}
    ended = shardwright("unpin", "Thing", "--orphaned", "--server", api.url)
    assert (ended.code, ended.out) == (0, "Thing  t2 is pinned no more\nThing  t/4 is pinned no more\n")
    assert [one for one in api.asked if one[0] == "DELETE"] == [
        ("DELETE", f"{PINS}/t2", None),
        ("DELETE", f"{PINS}/t%2F4", None),
    ]
    api.answers[PINS] = {"items": pins[:1], "next": None}
    ended = shardwright("unpin", "Thing", "--orphaned", "--server", api.url)
    assert (ended.code, ended.out) == (0, "Thing  no pin is orphaned\n")


@pytest.mark.parametrize("words", [(), ("t1", "--orphaned")])
def test_what_is_unpinned_is_said_in_one_way(api: Any, shardwright: Any, words: tuple[str, ...]) -> None:
    assert shardwright("unpin", "Thing", *words, "--server", api.url).code == 2
    assert api.asked == []


def test_a_pin_that_cannot_be_kept_is_a_refusal(api: Any, shardwright: Any) -> None:
    api.answers[f"{PINS}/t1"] = problem(422, "Shard 500 can never be.")
    ended = shardwright("pin", "Thing", "t1", "500", "--server", api.url)
    assert ended.code == 3
    assert "can never be" in ended.err


def test_labels_and_bounds_of_a_shard_are_set(api: Any, shardwright: Any) -> None:
    path = "/v1/api/kinds/Thing/shards/3"
    api.answers[path] = {"labels": {"zone": "a"}, "capacity": {"count": 5000, "cpu": 800}}
    ended = shardwright(
        "shard", "set", "Thing/3", "--label", "zone=a", "--label", "rack=", "--capacity", "cpu=800",
        "--capacity", "count=", "--server", api.url,
    )  # fmt: skip
    assert (ended.code, ended.out) == (0, "Thing/3  zone=a; holds count 5,000, cpu 800\n")
    body = {"labels": {"zone": "a", "rack": None}, "capacity": {"cpu": 800, "count": None}}
    assert api.asked == [("PATCH", path, body)]


def test_what_is_no_label_or_bound_is_a_usage_error(api: Any, shardwright: Any) -> None:
    for wrong in (["--label", "zone"], ["--label", "=a"], ["--capacity", "cpu=many"], []):
        assert shardwright("shard", "set", "Thing/3", *wrong, "--server", api.url).code == 2
    assert api.asked == []
