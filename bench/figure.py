"""One line of the result: a figure by name, its runs, its goal, and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """``fixed``: holds for the quick cut as well; other goals are doubled there (halved: ``at_least``)."""

    limit: float
    at_least: bool = False
    fixed: bool = False

    def relaxed(self) -> Goal:
        if self.fixed:
            return self
        return Goal(limit=self.limit / 2 if self.at_least else self.limit * 2, at_least=self.at_least)

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"goal {'>= ' if self.at_least else ''}{self.limit:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``values``: one a run. ``made_of``: the absolute numbers behind it, as text; ``facts``: as data."""

    name: str
    values: Sequence[float]
    goal: Goal | None = None
    made_of: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def middle(self) -> float:
        return median(self.values)

    @property
    def is_met(self) -> bool:
        return self.goal is None or self.goal.is_met(self.middle)

    def __str__(self) -> str:
        words = [self.name, f"{shown(self.middle)} [{shown(min(self.values))}..{shown(max(self.values))}]"]
        if self.goal is not None:
            words += [str(self.goal), "PASS" if self.is_met else "MISSED"]
        if self.made_of:
            words.append(f"({self.made_of})")
        return " ".join(words)

    def data(self) -> dict[str, Any]:
        goal = self.goal
        return {
            "name": self.name,
            "median": self.middle,
            "min": min(self.values),
            "max": max(self.values),
            "runs": list(self.values),
            "goal": None if goal is None else goal.limit,
            "at_least": goal is not None and goal.at_least,
            "met": None if goal is None else self.is_met,
            "made_of": self.made_of,
            "facts": dict(self.facts),
        }


def as_table(figures: Sequence[dict[str, Any]]) -> str:
    """The figures, as ``Figure.data`` gives them, as a table in Markdown."""
    lines = [
        "| figure | median [min..max] | goal | | made from (ours / yardstick) |",
        "|---|---|---|---|---|",
    ]
    for one in figures:
        spread = f"{shown(one['median'])} [{shown(one['min'])}..{shown(one['max'])}]"
        goal = "" if one["goal"] is None else f"{'>=' if one['at_least'] else '<='} {one['goal']:g}"
        verdict = {None: "", True: "pass", False: "**missed**"}[one["met"]]
        lines.append(f"| `{one['name']}` | {spread} | {goal} | {verdict} | {one['made_of']} |")
    return "\n".join(lines)


def shown(value: float) -> str:
    """Three decimals for what is near one, fewer for what is large."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.3f}" if abs(value) < 2 else f"{value:.2f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed. Requires: there is one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def middle_of(runs: Sequence[dict[str, Any]], name: str) -> float:
    return median(float(run[name]) for run in runs)
