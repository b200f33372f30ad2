"""Instances that start slowly, that never start, and templates that change."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from tests.chaos.scenario import Scenario
from tests.chaos.sight import FRESH_S, Sight
from tests.chaos.world import DEADLINE_S
from tests.product.processes import until
from tests.services.zookeeper_client import operator

SLOW_S = DEADLINE_S + 4.0
LOOP_S = 25.0
MOST_STARTS = 8
"""In LOOP_S and what it takes to look, with waits of 1, 2, 4, 8 and 16 s between them."""


def slow_start(sight: Sight) -> str:
    try:
        _changed_template(sight, f"sleep {SLOW_S:g}")
        began = time.monotonic()
        victim, before = _kill_one(sight)
        until(lambda: not sight.wrong(), SLOW_S + 25.0, what="it serves", every=0.4)
        took = time.monotonic() - began
        time.sleep(DEADLINE_S)
        grown = _grown(sight, before)
    finally:
        _changed_template(sight)
    assert grown == {victim: 1}, f"incarnations more: {grown}"
    return f"silent for {SLOW_S:g} s, deadline {DEADLINE_S:g} s: serves after {took:.1f} s, started once"


def crash_loop(sight: Sight) -> str:
    try:
        _changed_template(sight, "exit 3")
        victim, before = _kill_one(sight)
        time.sleep(LOOP_S)
        grown = _grown(sight, before)
    finally:
        mended = time.monotonic()
        _changed_template(sight)
    assert set(grown) == {victim}, f"incarnations more: {grown}"
    assert 2 <= grown[victim] <= MOST_STARTS, f"{grown[victim]} starts in {LOOP_S:g} s"
    until(lambda: not sight.wrong(), 90.0, what="it serves once it can", every=0.4)
    return (
        f"{grown[victim]} starts in {LOOP_S:g} s (at most {MOST_STARTS}), no other touched;"
        f" serves {time.monotonic() - mended:.0f} s after its template was mended"
    )


def template_change(sight: Sight) -> str:
    first, before = _revisions(sight), sight.incarnations()
    _changed_template(sight, MARK="changed")
    try:
        until(lambda: _current(sight) > max(first.values()), 20.0, what="a new revision")
        assert (_revisions(sight), sight.incarnations()) == (first, before), "it restarted something"
        victim, _ = _kill_one(sight)
        until(lambda: not sight.wrong(), 40.0, what="all is served", every=0.4)
        after = _revisions(sight)
        changed = [shard for shard in after if after[shard] != first[shard]]
        assert changed == [victim[1]], changed
        (environment,) = [_environment(sight.pids("Thing")[shard]) for shard in changed]
        assert environment["MARK"] == "changed"
    finally:
        _changed_template(sight)
    return f"applies to new instances only: {len(after) - 1} kept theirs, the one replaced has the new one"


def _changed_template(sight: Sight, *before: str, **environment: str) -> None:
    """A template is read at a start: both orchestrators go through one, in turn."""
    sight.world.write_template("Thing", *before, **environment)
    for replica in sight.world.replicas:
        replica.program.stop(within=20.0)
        replica.start()
        replica.wait_ready()
    sight.leader()
    until(lambda: any(sight.decides(one) for one in sight.world.replicas), 30.0, what="one decides")


def _kill_one(sight: Sight) -> tuple[tuple[str, int], dict[tuple[str, int], int]]:
    before = sight.incarnations()
    until(lambda: len(sight.pids("Thing")) == len(_revisions(sight)), 30.0, what="all are known")
    shard, pid = sight.world.chance.choice(sorted(sight.pids("Thing").items()))
    os.kill(pid, signal.SIGKILL)
    until(lambda: sight.incarnations() != before, 20.0, what="it is replaced")
    # Until then its ledger looks like that of one who lives.
    time.sleep(FRESH_S)
    return ("Thing", shard), before


def _grown(sight: Sight, before: dict[tuple[str, int], int]) -> dict[tuple[str, int], int]:
    """How many more starts each had; a counter of the kind numbers them all."""
    after = sight.incarnations()
    return {
        key: after[key] - max(n for k, n in before.items() if k[0] == key[0])
        for key in after
        if after[key] != before[key]
    }


def _revisions(sight: Sight) -> dict[int, int]:
    return {shard["number"]: shard["revision"] for shard in sight.kind("Thing")["shards"]}


def _current(sight: Sight) -> int:
    """The revision that new instances get."""
    with operator(sight.world.zookeeper.address) as client:
        return int(json.loads(client.get("/iota/orchestration/_kinds/Thing")[0])["revision"])


def _environment(pid: int) -> dict[str, str]:
    with Path(f"/proc/{pid}/environ").open(encoding="utf-8") as file:
        return dict(line.split("=", 1) for line in file.read().split("\0") if "=" in line)


SLOW_START = Scenario(
    name="slow-start-pod",
    did=f"an instance killed whose successor needs {SLOW_S:g} s to start",
    run=slow_start,
    unserved_s=SLOW_S + 25.0,
)
CRASH_LOOP = Scenario(
    name="crash-loop-backoff",
    did="an instance killed whose successors exit at once",
    run=crash_loop,
    unserved_s=LOOP_S + 100.0,
)
TEMPLATE = Scenario(
    name="template-change-rollout",
    did="a template changed, both orchestrators restarted, one instance killed",
    run=template_change,
    unserved_s=30.0,
)
