"""Commands that change something, and how a refusal reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cli_answers as answers
import pytest
from cli_answers import SUMMARY
from cli_double import problem

ORCHESTRATE = "/v1/api/orchestrations/Thing/orchestrate"


def test_an_orchestration_is_summed_up(api: Any, shardwright: Any) -> None:
    api.answers[ORCHESTRATE] = answers.orchestration(SUMMARY)
    ended = shardwright("orchestrate", "Thing", "--resource-per-instance", "4500", "--server", api.url)
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "p-7f3a91  shards 83 -> 92 (+9)  moves 40,329  placed 0  load 4,960..4,968 -> 4,481..4,482",
        "CREATED   84, 85",
        "MOVE      2 -> 85  400",
        "MOVE      1 -> 84  300",
        "under way; see: shardwright get shards Thing",
    ]
    assert api.asked == [("POST", ORCHESTRATE, {"resourcePerInstance": 4500})]


@pytest.mark.parametrize(("changed", "code"), [(True, 1), (False, 0)])
def test_a_dry_run_exits_1_when_something_would_change(
    api: Any, shardwright: Any, changed: bool, code: int
) -> None:
    summary = replace(SUMMARY, dry_run=True, plan_id=None, changed=changed, reason="balanced")
    api.answers[ORCHESTRATE] = answers.orchestration(summary)
    ended = shardwright("orchestrate", "Thing", "--dry-run", "--server", api.url)
    assert ended.code == code
    assert api.asked == [("POST", ORCHESTRATE + "?dryRun=true", {})]
    assert ("not done: this is a dry run" if changed else "nothing to change: balanced") in ended.out


@pytest.mark.parametrize(
    ("status", "code"), [(404, 1), (409, 3), (422, 3), (503, 4)], ids=["unknown", "stale", "limit", "away"]
)
def test_a_refusal_is_told_with_its_reasons(api: Any, shardwright: Any, status: int, code: int) -> None:
    api.answers[ORCHESTRATE] = problem(
        status, "it does not fit", "83 shards are needed", "at most 50 allowed"
    )
    ended = shardwright("orchestrate", "Thing", "--server", api.url)
    assert ended.code == code
    assert ended.out == ""
    first, *reasons = ended.err.splitlines()
    assert first.endswith(": it does not fit")
    assert reasons == ["  - 83 shards are needed", "  - at most 50 allowed"]


def test_a_reason_that_repeats_the_detail_is_told_once(api: Any, shardwright: Any) -> None:
    api.answers[ORCHESTRATE] = problem(409, "paused")
    assert shardwright("orchestrate", "Thing", "--server", api.url).err == "Conflict: paused\n"


def test_a_resync_reports_on_standard_error_what_it_waits_for(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds/Thing/resync"] = {"kind": "Thing", "resynced": True}
    ended = shardwright("resync", "Thing", "--server", api.url)
    assert (ended.code, ended.out) == (0, "Thing  compared in full\n")
    assert ended.err == "comparing everything of Thing ...\n"


def test_exactly_the_removals_that_were_shown_are_accepted(api: Any, shardwright: Any) -> None:
    path = "/v1/api/kinds/Thing/removals"
    api.answers[path + "/accept"] = {"released": 3}
    given = ("removals", "accept", "Thing", "--server", api.url)
    assert shardwright(*given, "--digest", "d1", "--count", "3").out == "Thing  3 removed\n"
    assert api.asked == [("POST", path + "/accept", {"digest": "d1", "count": 3})]
    assert shardwright(*given, "--digest", "d1").code == 2
    api.answers[path] = {"held": None}
    assert shardwright(*given).code == 1


@pytest.mark.parametrize("content", [b"<html>", b"[1", b""])
def test_something_else_at_the_address_is_unavailable(api: Any, shardwright: Any, content: bytes) -> None:
    api.answers["/v1/api/overview"] = (502, content)
    ended = shardwright("status", "--server", api.url)
    assert ended.code == 4
    assert "Traceback" not in ended.err
    api.answers["/v1/api/overview"] = content or b"<"
    assert shardwright("status", "--server", api.url).code == 4


def test_a_place_is_shown_and_another_accepted_by_its_name(api: Any, shardwright: Any) -> None:
    api.answers["/v1/api/kinds/Thing"] = {"place": "namespace iot (uid-1)"}
    path = "/v1/api/kinds/Thing/place/accept"
    api.answers[path] = {"kind": "Thing", "place": "namespace iot (uid-2)"}
    assert shardwright("place", "show", "Thing", "--server", api.url).out == "Thing  namespace iot (uid-1)\n"
    given = ("place", "accept", "Thing", "--server", api.url)
    ended = shardwright(*given, "--instead-of", "namespace iot (uid-1)")
    assert ended.out == "Thing  namespace iot (uid-2)\n"
    assert api.asked[-1] == ("POST", path, {"insteadOf": "namespace iot (uid-1)"})
    asked = shardwright(*given)
    assert asked.code == 2
    assert "run in namespace iot (uid-1)" in asked.err
    api.answers[path] = problem(409, "shards 3 were heard of")
    assert shardwright(*given, "--instead-of", "x").code == 3


def test_exactly_the_instance_that_was_named_is_fenced(api: Any, shardwright: Any) -> None:
    path = "/v1/api/instances/Thing/3/fence"
    api.answers[path] = {"kind": "Thing", "shard": 3, "uid": "u-1"}
    given = ("fence", "Thing/3", "--server", api.url)
    assert shardwright(*given, "--uid", "u-1").out == "Thing/3  u-1 is given up\n"
    assert api.asked == [("POST", path, {"uid": "u-1"})]
    assert shardwright(*given).code == 2
    api.answers[path] = problem(409, "it still answers")
    assert shardwright(*given, "--uid", "u-1").code == 3
