"""``shardwright apply -f`` and ``diff -f``: kinds are made to be as a file says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cli_answers as answers
import pytest
from cli_answers import SUMMARY, THING, WELL
from cli_double import problem

from api.shapes.kind import describe

KIND = "/v1/api/kinds/Thing"
SHARD = f"{KIND}/shards/16"
ORCHESTRATE = "/v1/api/orchestrations/Thing/orchestrate"
FILE = """
kinds:
  Thing:
    max_instances: 100
    resource_per_instance: 4500
    shards:
      16: {labels: {zone: b, gpu: null}, capacity: {count: 2000}}
    pins: {a: 16, b: 3}
"""


def write(text: str) -> str:
    Path("kinds.yaml").write_text(text)
    return "kinds.yaml"


@pytest.fixture
def server(api: Any) -> Any:
    """One shard with a label and a bound; the ids ``b`` and ``old`` are pinned."""
    shard = replace(WELL, labels={"zone": "a"}, bounds={"cpu": 8})
    kind = describe(replace(THING, shards=(shard,)), answers.AUDIT_BOUND_S)
    api.answers[KIND] = json.loads(kind.model_dump_json(by_alias=True))
    pins = [{"id": each, "shard": 3, "state": "held", "detail": ""} for each in ("b", "old")]
    api.answers[f"{KIND}/pins"] = {"items": pins, "next": None}
    for each in ("a", "old"):
        api.answers[f"{KIND}/pins/{each}"] = {"id": each}
    api.answers[SHARD] = {"labels": {"zone": "b"}, "capacity": {"count": 2000}}
    api.answers[ORCHESTRATE] = answers.orchestration(SUMMARY)
    return api


def writes(api: Any) -> list[tuple[str, str]]:
    return [(method, path) for method, path, _ in api.asked if method != "GET"]


TABLE = [
    "KIND   WHAT                     NOW    THEN",
    "Thing  shard 16 label zone      a      b",
    "Thing  shard 16 capacity count  -      2,000",
    "Thing  pin a                    -      16",
    "Thing  resource_per_instance    5,000  4,500",
]


def test_what_differs_is_shown_and_exits_1(server: Any, shardwright: Any) -> None:
    ended = shardwright("diff", "-f", write(FILE), "--server", server.url)
    assert ended.code == 1
    assert ended.out.splitlines() == TABLE
    assert ended.err.splitlines() == [
        "KEPT   Thing/16 capacity cpu: not in the file; --prune removes it",
        "KEPT   Thing 1 pins, such as old: not in the file; --prune removes it",
    ]
    assert writes(server) == []
    data = shardwright("diff", "-f", "kinds.yaml", "-o", "json", "--server", server.url).out
    assert json.loads(data)[0] == {"kind": "Thing", "what": "shard 16 label zone", "now": "a", "then": "b"}
    same = "kinds: {Thing: {max_instances: 100, shards: {16: {labels: {zone: a}}}, pins: {b: 3, old: 3}}}"
    ended = shardwright("diff", "-f", write(same), "--server", server.url)
    assert (ended.code, ended.out, ended.err) == (0, "nothing would change\n", "")


def test_a_dry_run_is_judged_by_the_server_and_changes_nothing(server: Any, shardwright: Any) -> None:
    ended = shardwright("apply", "-f", write(FILE), "--dry-run", "--server", server.url)
    assert ended.code == 0
    assert ended.out.splitlines() == [*TABLE, "not done: this is a dry run"]
    assert len(writes(server)) == 3
    assert all(path.endswith("?dryRun=true") for _, path in writes(server))


def test_a_dry_run_says_that_its_counts_leave_out_what_comes_first(server: Any, shardwright: Any) -> None:
    said = "NOTE      counted as Thing stands now, without the labels, bounds and pins above"
    ended = shardwright("apply", "-f", write(FILE), "--dry-run", "--server", server.url)
    assert ended.err.splitlines()[-1].startswith(said)
    alone = "kinds: {Thing: {resource_per_instance: 4500}}"
    ended = shardwright("apply", "-f", write(alone), "--dry-run", "--server", server.url)
    assert "moves" in ended.err and "NOTE" not in ended.err
    server.answers[f"{KIND}/pins/a"] = problem(404, "the catalog does not list this id")
    ended = shardwright("apply", "-f", write(FILE), "--dry-run", "--server", server.url)
    assert said in ended.err


def test_all_is_judged_before_the_first_is_carried_out_and_the_sizes_come_last(
    server: Any, shardwright: Any
) -> None:
    ended = shardwright("apply", "-f", write(FILE), "--server", server.url)
    assert ended.code == 0, ended.err
    assert ended.out.splitlines() == [*TABLE, "done"]
    assert [path for _, path in writes(server)] == [
        *(f"{path}?dryRun=true" for path in (SHARD, f"{KIND}/pins/a", ORCHESTRATE)),
        *(SHARD, f"{KIND}/pins/a", ORCHESTRATE),
    ]
    bodies = [body for method, _, body in server.asked if method != "GET"][3:]
    assert bodies == [
        {"labels": {"zone": "b"}, "capacity": {"count": 2000}},
        {"shard": 16},
        {"resourcePerInstance": 4500},
    ]


def test_what_the_file_leaves_out_goes_with_prune_alone(server: Any, shardwright: Any) -> None:
    text = "kinds: {Thing: {shards: {16: {capacity: {}}}, pins: {b: 3}}}"
    kept = shardwright("apply", "-f", write(text), "--server", server.url)
    assert (kept.code, kept.out, writes(server)) == (0, "nothing would change\n", [])
    ended = shardwright("apply", "-f", "kinds.yaml", "--prune", "--server", server.url)
    assert (ended.code, ended.out.splitlines()[1:]) == (
        0,
        ["Thing  shard 16 capacity cpu  8    -", "Thing  pin old                3    -", "done"],
    )
    assert writes(server)[2:] == [("PATCH", SHARD), ("DELETE", f"{KIND}/pins/old")]
    assert ended.err.splitlines()[-1].endswith("shardwright plan Thing")
    server.asked.clear()
    silent = "kinds: {Thing: {shards: {16: {labels: {}}}}}"
    assert shardwright("apply", "-f", write(silent), "--prune", "--server", server.url).code == 0
    assert writes(server) == [], "what the file says nothing of is nobody's to remove"


def test_one_refusal_keeps_all_of_it_from_being_done(server: Any, shardwright: Any) -> None:
    server.answers[f"{KIND}/pins/a"] = problem(404, "the catalog does not list this id")
    ended = shardwright("apply", "-f", write(FILE), "--server", server.url)
    assert ended.code == 3
    assert ended.err.splitlines()[-2:] == [
        "refused; nothing was done",
        "  - Thing pin a: Not Found: the catalog does not list this id",
    ]
    assert all(path.endswith("?dryRun=true") for _, path in writes(server))


def test_a_failure_half_way_says_what_was_done_and_what_not(server: Any, shardwright: Any) -> None:
    done: list[str] = []

    class Once(dict[str, Any]):
        """The second write to a pin, which is the one that counts, is refused."""

        def get(self, path: str, default: Any = None) -> Any:
            done.append(path)
            is_second = done.count(f"{KIND}/pins/a") == 2 and path.endswith("pins/a")
            return problem(409, "the kind is paused") if is_second else super().get(path, default)

    server.answers = Once(server.answers)
    ended = shardwright("apply", "-f", write(FILE), "--server", server.url)
    assert ended.code == 3
    assert ended.err.splitlines()[-3:] == [
        "  - done: Thing shard 16 label zone, shard 16 capacity count",
        "  - NOT DONE: Thing pin a",
        "  - NOT DONE: Thing resource_per_instance",
    ]


def test_a_shard_that_is_not_there_yet_is_waited_for(server: Any, shardwright: Any) -> None:
    text = "kinds: {Thing: {shards: {16: {labels: {zone: b}}, 40: {labels: {zone: c}}}}}"
    ended = shardwright("apply", "-f", write(text), "--server", server.url)
    assert ended.code == 1
    assert "WAITS  Thing has no shard 40 yet" in ended.err
    assert writes(server)[-1] == ("PATCH", SHARD)


def test_rules_are_compared_and_never_changed(server: Any, shardwright: Any) -> None:
    prefix = "kinds.Thing.rules"
    rules = {"require": [], "together": ["room"], "apart": [], "spread.over": "", "spread.by": ""}
    server.answers["/v1/api/system"] = {
        "settings": [{"key": f"{prefix}.{key}", "value": value} for key, value in rules.items()]
    }
    text = "kinds: {Thing: {rules: {together: [room]}}}"
    assert shardwright("apply", "-f", write(text), "--server", server.url).code == 0
    text = "kinds: {Thing: {max_instances: 50, rules: {apart: [room]}}}"
    ended = shardwright("apply", "-f", write(text), "--server", server.url)
    assert (ended.code, writes(server)) == (1, [])
    assert ended.err.splitlines()[1:] == [
        "  - kinds.Thing.rules.together is ['room'] there, and [] in the file",
        "  - kinds.Thing.rules.apart is [] there, and ['room'] in the file",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kinds: {Thing: {max_instance: 5}}", "did you mean kinds.Thing.max_instances?"),
        ("kinds: {Thing: {pins: {42: 3}}}", "kinds.Thing.pins.42 is a name, allowed: text (in quotes"),
        ("kinds: {Thing: {pins: {a: true}}}", "kinds.Thing.pins.a is True"),
        ("kinds: {Thing: {pins: {a: -1}}}", "greater than or equal to 0"),
        ("kinds: {Thing: {pins: {a: 1, a: 2}}}", "kinds.Thing.pins.a stands twice"),
        ("kinds: {Thing: {shards: {one: {}}}}", "kinds.Thing.shards.one is a name, allowed: a whole number"),
        ("kinds: {Thing: {shards: {1: {label: {}}}}}", "kinds.Thing.shards.1.label is not a setting"),
        ("kind: Thing", "kind is not a setting"),
        ("[", "is not valid YAML"),
        ("- Thing", "must be a mapping"),
    ],
)
def test_a_file_that_says_something_else_is_refused_before_the_server_is_asked(
    server: Any, shardwright: Any, text: str, said: str
) -> None:
    ended = shardwright("apply", "-f", write(text), "--server", server.url)
    assert (ended.code, server.asked) == (1, [])
    assert said in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("apply",),
        ("diff",),
        ("apply", "Thing", "7", "--prune"),
        ("apply", "Thing", "-f", "kinds.yaml"),
        ("apply", "-f", "kinds.yaml", "--watch"),
        ("diff", "-f", "kinds.yaml", "--max-instances", "3"),
        ("apply", "-f", "nothing.yaml"),
    ],
)
def test_a_file_stands_alone(server: Any, shardwright: Any, words: tuple[str, ...]) -> None:
    write(FILE)
    assert shardwright(*words, "--server", server.url).code in (1, 2)
    assert server.asked == []
