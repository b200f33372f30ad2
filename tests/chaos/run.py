"""Runs scenarios one after another in one world, and has both judges look at all of it in the end."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.chaos.judgement import Judgement, judged
from tests.chaos.scenario import Row, Scenario
from tests.chaos.sight import Sight
from tests.chaos.world import World


def in_one_world(
    folder: Path,
    scenarios: Sequence[Scenario],
    *,
    seed: int,
    pods: bool = False,
    say: Callable[[str], None] = print,
) -> tuple[list[Row], Judgement]:
    """Rows, and what the judges found. Raises AssertionError where the world does not come to rest."""
    world = World(folder, random.Random(seed), pods=pods)
    rows: list[Row] = []
    try:
        began = time.time()
        world.start()
        sight = Sight(world)
        sight.settle(90.0)
        say(f"the world is up after {time.time() - began:.0f} s")
        for scenario in scenarios:
            rows.append(_one(sight, scenario))
            row = rows[-1]
            say(f"{row.name}: {row.fault or row.held} ({row.took:.0f} s, unserved {row.longest:.1f} s)")
            if row.fault:
                say(_recovered(sight))
        judgement = judged(sight)
        for finding in judgement.findings:
            for row in rows:
                if row.began <= finding.at <= row.ended:
                    row.fault = row.fault or str(finding)
        return rows, judgement
    finally:
        world.stop()


def _one(sight: Sight, scenario: Scenario) -> Row:
    row = Row(scenario.name, scenario.did, "", time.time(), 0.0, bound=scenario.unserved_s)
    try:
        row.held = scenario.run(sight)
        sight.settle(scenario.within_s)
    except Exception as fault:  # noqa: BLE001
        # Whatever broke, the scenarios after it are to be seen too.
        row.fault = f"{type(fault).__name__}: {fault}"
        traceback.print_exc()
    row.ended = time.time()
    if not row.fault:
        gaps = sorted(sight.gaps(row.began, row.ended), key=lambda one: one.seconds)
        row.longest = gaps[-1].seconds if gaps else 0.0
        if row.longest > row.bound:
            row.fault = f"served by nobody for {row.longest:.1f} s, at most {row.bound:g}: {gaps[-1]}"
    return row


def _recovered(sight: Sight) -> str:
    """What a failed scenario may have left is ended: everything runs, every link is whole."""
    began = time.monotonic()
    sight.world.lines.heal()
    if sight.world.clocks is not None:
        sight.world.clocks.set_right()
    if sight.world.namespace is not None:
        sight.world.namespace.heal()
    for replica in sight.world.replicas:
        replica.program.resume()
        if not replica.program.runs:
            replica.start()
    sight.settle(120.0)
    return f"at rest again after {time.monotonic() - began:.0f} s"
