"""Ours beside another planner, a figure a step: the ratio of the times, with moves and spread of both."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from bench.figure import Figure
from bench.ladder import STEPS, Step, short
from bench.options import Options

Climb = Mapping[str, Mapping[str, Any]]
"""What the judge says of each step, by its name."""


def figures(
    options: Options, peer: str, said: str, size: int, ours: Climb, theirs: Climb, *, is_goal: bool
) -> list[Figure]:
    """``peer``: its key in names, ``said``: its name for people. A step that it did not end is no figure."""
    return [
        _figure(options, peer, said, size, step, ours[step.name], theirs[step.name], is_goal)
        for step in STEPS
        if step.name in theirs and step.name in ours
    ]


def own_figures(options: Options, size: int, ours: Climb, *, weighted: bool = False) -> list[Figure]:
    """Moves against the fewest, and how even it is: what ours is to reach at every size."""
    found = []
    for step in STEPS:
        one = ours.get(step.name)
        if one is None:
            continue
        name = f"{'weighted_' if weighted else ''}ours_{{}}_{short(size)}_{step.name}"
        found.append(
            Figure(
                name=name.format("moves_ratio"),
                values=[moves_ratio(one)],
                goal=options.goal(1.0, fixed=True) if not weighted else None,
                made_of=f"{one['moves']:,} moves; {ms(one)}; {one['unplaced']} unplaced",
                facts=_facts("ours", size, step, one),
            )
        )
        even = Figure(
            name=name.format("over_mean" if weighted else "spread"),
            values=[one["over_mean" if weighted else "spread"]],
            goal=None if weighted else options.goal(1, fixed=True),
        )
        found.append(even)
    return found


def moves_ratio(one: Mapping[str, Any]) -> float:
    """What moved by what had to, for the loads that were reached; 1 where nothing had to and nothing did."""
    return float(one["moved"] / one["bound"]) if one["bound"] else 1.0 + float(one["moved"])


def behind(ours: Climb, theirs: Climb) -> list[str]:
    """Where the other is better: ``step: measure``. Where it did not end a step, it is not."""
    found = []
    for step in STEPS:
        if step.name not in theirs or step.name not in ours:
            continue
        mine, other = ours[step.name], theirs[step.name]
        if min(mine["seconds"]) > min(other["seconds"]):
            found.append(f"{step.name}: time")
        # More moves with more evenness is not worse, and neither is less evenness than a thousandth.
        if moves_ratio(mine) > moves_ratio(other) + 1e-9:
            found.append(f"{step.name}: moves")
        if mine["over_mean"] > other["over_mean"] + 1e-3 and mine["spread"] > max(1, other["spread"]):
            found.append(f"{step.name}: spread")
    return found


def ms(one: Mapping[str, Any]) -> str:
    took = min(one["seconds"]) * 1e3
    return f"{took:,.0f} ms" if took >= 100 else f"{took:.1f} ms"


def _figure(
    options: Options,
    peer: str,
    said: str,
    size: int,
    step: Step,
    mine: Mapping[str, Any],
    other: Mapping[str, Any],
    is_goal: bool,
) -> Figure:
    theirs = min(other["seconds"])
    moves = f"moves {moves_ratio(mine):.3f} / {moves_ratio(other):.3f}"
    spread = f"spread {mine['spread']:,.0f} / {other['spread']:,.0f}"
    ratio = fmean(mine["cpu"]) / max(1e-6, fmean(other["cpu"]))
    lost = f"; {other['unplaced']:,} unplaced" if other["unplaced"] else ""
    return Figure(
        name=f"{peer}_plan_time_ratio_{short(size)}_{step.name}",
        values=[min(mine["seconds"]) / theirs],
        goal=options.goal(1.0, fixed=True) if is_goal else None,
        made_of=f"{ms(mine)} / {ms(other)} of {said}; CPU {ratio:.3f}; {moves}; {spread}{lost}",
        facts=_facts(peer, size, step, other),
    )


def _facts(who: str, size: int, step: Step, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "who": who,
        "size": size,
        "step": step.name,
        "seconds": min(one["seconds"]),
        "cpu": fmean(one["cpu"]),
        "moves_ratio": moves_ratio(one),
        "spread": one["spread"],
        "over_mean": one["over_mean"],
        "unplaced": one["unplaced"],
    }
