"""``shardwright upgrade``: the layout of the store as lines, and its conversion."""

from __future__ import annotations

from typing import Any

from cli_double import problem

PATH = "/v1/api/upgrade"
FOUND = {
    "layout": 1,
    "next": None,
    "oldest": 1,
    "newest": 2,
    "replicas": [
        {"holder": "one", "url": "http://one", "oldest": 1, "newest": 2},
        {"holder": "", "url": "", "oldest": 1, "newest": 1},
    ],
    "canFinalize": False,
    "why": "not every replica knows layout 2",
}


def test_the_layout_is_told_with_the_server_and_each_replica(api: Any, shardwright: Any) -> None:
    api.answers[PATH] = FOUND
    ended = shardwright("upgrade", "status", "--server", api.url)
    assert ended.out.splitlines() == [
        "LAYOUT    1",
        "SERVER    layouts 1 to 2",
        "REPLICA   one  http://one  layouts 1 to 2",
        "REPLICA   -  -  layout 1",
        "FINALIZE  no: not every replica knows layout 2",
    ]


def test_a_conversion_is_tried_begun_and_refused(api: Any, shardwright: Any) -> None:
    path = f"{PATH}/finalize"
    api.answers[path] = FOUND | {"next": 2}
    tried = shardwright("upgrade", "finalize", "--dry-run", "--server", api.url)
    assert (tried.code, "not done: this is a dry run" in tried.out) == (0, True)
    assert api.asked[-1] == ("POST", f"{path}?dryRun=true", {})
    begun = shardwright("upgrade", "finalize", "--server", api.url)
    assert (begun.code, begun.out.splitlines()[0]) == (0, "LAYOUT    1, being converted to 2")
    api.answers[path] = problem(409, "not every replica knows layout 2")
    assert shardwright("upgrade", "finalize", "--server", api.url).code == 3
