"""The planners of others beside ours as a table in Markdown: ``python -m bench.side_by_side FILE``.

``FILE``: what ``python -m bench --only helix --only peers --json FILE`` wrote.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.ladder import STEPS, WORDS, short

Fact = Mapping[str, Any]
NAMES = {
    "ours": "ours",
    "auto": "Helix AutoRebalance",
    "crushed": "Helix CRUSH-ED",
    "waged": "Helix WAGED",
    "kazoo": "kazoo SetPartitioner",
    "rendezvous": "rendezvous",
    "bounded": "bounded loads",
}


def facts_of(result: Mapping[str, Any]) -> dict[tuple[int, str, str], Fact]:
    """What the figures of pure planning say, by size, step and planner; the fastest of each counts."""
    found: dict[tuple[int, str, str], Fact] = {}
    for figure in result["figures"]:
        fact = figure["facts"]
        if figure["name"].startswith("weighted_"):
            continue
        for step in fact.get("late", ()):
            found.setdefault((fact["size"], step, fact["who"]), fact)
        if "seconds" in fact:
            key = fact["size"], fact["step"], fact["who"]
            if key not in found or "late" in found[key] or fact["seconds"] < found[key]["seconds"]:
                found[key] = fact
    return found


def as_table(facts: Mapping[tuple[int, str, str], Fact]) -> str:
    """A row a size and step; a cell: time (times ours, and of its CPU), moves by the bound, spread."""
    who = [name for name in NAMES if any(key[2] == name for key in facts)]
    lines = ["| ids | step | " + " | ".join(NAMES[one] for one in who) + " |", "|---" * (len(who) + 2) + "|"]
    for size in sorted({key[0] for key in facts}):
        for step in STEPS:
            row = {one: facts.get((size, step.name, one)) for one in who}
            cells = [_cell(row[one], row.get("ours")) for one in who]
            lines.append(f"| {short(size)} | {WORDS[step.name]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(fact: Fact | None, ours: Fact | None) -> str:
    if fact is None:
        return "not measured"
    if "late" in fact:
        return "not in time"
    took = fact["seconds"] * 1e3
    words = [f"{took:,.0f} ms" if took >= 10 else f"{took:.1f} ms"]
    if ours is not None and fact is not ours and ours["cpu"]:
        words[0] += f" ({fact['seconds'] / ours['seconds']:.1f}x, CPU {fact['cpu'] / ours['cpu']:.1f}x)"
    if fact["step"] != "first":
        words.append(f"{fact['moves_ratio']:.2f}")
    words.append(f"{fact['spread']:,.0f}")
    if fact["unplaced"]:
        words.append(f"**{fact['unplaced']:,} unplaced**")
    return ", ".join(words)


def main(paths: Iterable[str]) -> None:
    figures: list[Any] = []
    for path in paths:
        figures += json.loads(Path(path).read_text(encoding="utf-8"))["figures"]
    print(as_table(facts_of({"figures": figures})))


if __name__ == "__main__":
    main(sys.argv[1:])
