"""``shardwright quarantine``."""

from __future__ import annotations

import time
from typing import Any

from cli_double import problem

PATH = "/v1/api/kinds/Thing/quarantine"


def entry(**changed: Any) -> dict[str, Any]:
    now = time.time()
    given = {
        "id": "t5",
        "since": now - 60,
        "until": now + 3540.5,
        "by": "shardwright",
        "evidence": ["iota-dac-3 incarnation 7 ended after 0.2 s: exit code 1"],
        "times": 2,
        "tried": None,
    }
    return given | changed


def test_who_is_in_quarantine_is_listed_and_that_is_worth_an_exit_code(api: Any, shardwright: Any) -> None:
    api.answers[PATH] = {"items": [entry()], "next": None}
    ended = shardwright("quarantine", "list", "Thing", "--server", api.url)
    assert ended.code == 1
    first, second = ended.out.splitlines()
    assert first.startswith("Thing  t5  for 59")
    assert first.endswith("more, by shardwright, time 2")
    assert second == "  iota-dac-3 incarnation 7 ended after 0.2 s: exit code 1"
    api.answers[PATH] = {"items": [], "next": None}
    ended = shardwright("quarantine", "list", "Thing", "--server", api.url)
    assert (ended.code, ended.out) == (0, "Thing  nobody is in quarantine\n")


def test_one_that_is_tried_again_is_told_so(api: Any, shardwright: Any) -> None:
    api.answers[PATH] = {"items": [entry(until=time.time() - 5, tried=time.time() - 5)], "next": None}
    assert "is tried again since 5" in shardwright("quarantine", "list", "Thing", "--server", api.url).out


def test_a_resource_is_put_in_and_lifted(api: Any, shardwright: Any) -> None:
    api.answers[f"{PATH}/a%2Fb"] = entry(id="a/b", by="api 127.0.0.1", evidence=[])
    ended = shardwright(
        "quarantine", "add", "Thing", "a/b", "--for", "3600", "--why", "smells", "--server", api.url
    )
    assert ended.code == 0
    assert ended.out.startswith("Thing  a/b  for ")
    assert api.asked == [("PUT", f"{PATH}/a%2Fb", {"why": "smells", "seconds": 3600.0})]
    api.answers[f"{PATH}/a%2Fb"] = {"kind": "Thing", "id": "a/b"}
    ended = shardwright("quarantine", "lift", "Thing", "a/b", "--server", api.url)
    assert (ended.code, ended.out) == (0, "Thing  a/b is lifted\n")
    assert api.asked[-1] == ("DELETE", f"{PATH}/a%2Fb", None)


def test_lifting_what_is_not_in_fails(api: Any, shardwright: Any) -> None:
    api.answers[f"{PATH}/t5"] = problem(404, "this id is not in quarantine")
    ended = shardwright("quarantine", "lift", "Thing", "t5", "--server", api.url)
    assert (ended.code, ended.err) == (1, "Not Found: this id is not in quarantine\n")
