"""Small pictures of what was measured: ``python -m bench.plots FILE... FOLDER``.

``FILE``: what ``python -m bench --json FILE`` wrote, with the scenarios ``helix``, ``peers`` and
``helix-converge``; a picture whose figures are missing is not drawn.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt

from bench.side_by_side import NAMES, Fact, facts_of

DPI = 72
SIZE = (7.0, 3.6)
STYLES = {
    "ours": ("#0b6e4f", "o-"),
    "auto": ("#c44536", "s--"),
    "crushed": ("#e09f3e", "^--"),
    "waged": ("#772e25", "d--"),
    "kazoo": ("#5b8e7d", "v:"),
    "rendezvous": ("#3d5a80", "x:"),
    "bounded": ("#98c1d9", "+:"),
}
Facts = Mapping[tuple[int, str, str], Fact]


def time_by_size(facts: Facts, path: Path) -> None:
    """Seconds of planning 100 -> 120 against the number of ids, both logarithmic."""
    _lines(facts, path, "seconds", "seconds to plan 100 -> 120", log=True)


def moves_by_size(facts: Facts, path: Path) -> None:
    _lines(facts, path, "moves_ratio", "moves / fewest, 100 -> 120", log=False)


def spread_by_size(facts: Facts, path: Path) -> None:
    _lines(facts, path, "spread", "fullest less emptiest, 100 -> 120", log=True)


def moments(figures: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Until committed, and until all know, at the largest size that all reached."""
    found = [one["facts"] for one in figures if "moment" in one["facts"] and one["facts"]["step"] == "grow"]
    size = max(one["size"] for one in found)
    found = [one for one in found if one["size"] == size]
    figure, axes = plt.subplots(figsize=SIZE)
    who = list(dict.fromkeys(one["who"] for one in found))
    for place, moment in enumerate(("committed", "known")):
        rows = {one["who"]: one for one in found if one["moment"] == moment}
        heights = [next(iter(rows.values()))["ours"], *(rows[one]["theirs"] for one in who)]
        at = [position + place * 0.4 for position in range(len(heights))]
        axes.bar(at, heights, width=0.38, label=f"{moment}", color=("#0b6e4f", "#e09f3e")[place])
    axes.set_xticks([position + 0.2 for position in range(len(who) + 1)])
    axes.set_xticklabels(["ours", *(NAMES[one] for one in who)], fontsize=8)
    axes.set_yscale("log")
    axes.set_ylabel(f"seconds, {size:,} ids, 100 -> 120")
    _saved(figure, axes, path)


def _lines(facts: Facts, path: Path, key: str, words: str, *, log: bool) -> None:
    figure, axes = plt.subplots(figsize=SIZE)
    for who, (colour, style) in STYLES.items():
        points = sorted(
            (size, fact[key])
            for (size, step, one), fact in facts.items()
            if (step, one) == ("grow", who) and key in fact
        )
        if points:
            axes.plot(*zip(*points, strict=True), style, color=colour, label=NAMES[who], markersize=5)
    axes.set_xscale("log")
    if log:
        axes.set_yscale("symlog" if key == "spread" else "log")
    axes.set_xlabel("ids")
    axes.set_ylabel(words)
    _saved(figure, axes, path)


def _saved(figure: Any, axes: Any, path: Path) -> None:
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.tight_layout()
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)
    print(path)


def main(arguments: Sequence[str]) -> None:
    *paths, folder = (Path(one) for one in arguments)
    figures: list[Any] = []
    for path in paths:
        figures += json.loads(path.read_text(encoding="utf-8"))["figures"]
    facts = facts_of({"figures": figures})
    folder.mkdir(parents=True, exist_ok=True)
    if facts:
        time_by_size(facts, folder / "plan-time.png")
        moves_by_size(facts, folder / "plan-moves.png")
        spread_by_size(facts, folder / "plan-spread.png")
    if any("moment" in one["facts"] for one in figures):
        moments(figures, folder / "converge.png")


if __name__ == "__main__":
    main(sys.argv[1:])
