"""Ours beside Apache Helix: pure planning on the ladder, then convergence on the same ZooKeeper."""

from __future__ import annotations

from pathlib import Path

from bench.child import measured
from bench.figure import Figure
from bench.helix.plans import STRATEGIES, climb
from bench.ladder import STEPS, short, sizes, weights_of
from bench.options import Options
from bench.peers import side
from bench.real.services import Services, SkippedError
from tests.services.helix_install import install

DEADLINE_S = 300.0


def scenario(options: Options, services: Services) -> list[Figure]:
    """Pure planning. Raises SkippedError where Helix or Java is not here."""
    try:
        install()
    except RuntimeError as error:
        raise SkippedError(f"helix: {error}") from error
    found: list[Figure] = []
    behind: list[str] = []
    for size in sizes(options):
        ours = measured("bench.peers.ours", "climb", deadline_s=DEADLINE_S, count=size)
        found += side.own_figures(options, size, ours)
        for strategy, name in STRATEGIES.items():
            theirs = climb(strategy, size, _folder(options, f"{strategy}-{size}"), step_s=options.patience)
            found += side.figures(options, strategy, name, size, ours, theirs, is_goal=True)
            found += _late(options, strategy, name, size, theirs)
            behind += [f"{strategy} {short(size)} {one}" for one in side.behind(ours, theirs)]
        weighted, worse = _weighted(options, size)
        found += weighted
        behind += worse
    said = "; ".join(behind) or "time, moves and spread of every step"
    found.append(
        Figure(name="helix_is_ahead", values=[len(behind)], goal=options.goal(0, fixed=True), made_of=said)
    )
    return found


def _weighted(options: Options, size: int) -> tuple[list[Figure], list[str]]:
    """Skewed weights: WAGED alone knows of them. Gives the figures, and where it is better."""
    ours = measured("bench.peers.ours", "climb", deadline_s=DEADLINE_S, count=size, weighted=True)
    weights = weights_of(size)
    theirs = climb(
        "waged", size, _folder(options, f"weighted-{size}"), weights=weights, step_s=options.patience
    )
    found = [
        *side.own_figures(options, size, ours, weighted=True),
        *side.figures(options, "weighted_waged", "WAGED", size, ours, theirs, is_goal=True),
        *_late(options, "weighted_waged", "WAGED", size, theirs),
    ]
    return found, [f"weighted {short(size)} {one}" for one in side.behind(ours, theirs)]


def _late(options: Options, key: str, name: str, size: int, theirs: side.Climb) -> list[Figure]:
    """The first step that did not end in time; those that build on it were not begun."""
    missing = [step.name for step in STEPS if step.name not in theirs]
    if not missing:
        return []
    rest = ", ".join(missing[1:]) or "none"
    said = f"{name} did not end step {missing[0]} within {options.patience:g} s; not begun: {rest}"
    facts = {"who": key, "size": size, "late": missing}
    return [Figure(name=f"{key}_late_{short(size)}", values=[len(missing)], made_of=said, facts=facts)]


def _folder(options: Options, name: str) -> Path:
    folder = options.folder / f"helix-{name}"
    folder.mkdir()
    return folder
