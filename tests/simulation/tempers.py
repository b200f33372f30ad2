"""What workers may be like."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.simulation.worker_process import Temper


def random_temper(chance: random.Random, bad: float) -> Temper:
    """``bad``: the share of workers that misbehave; with none of them the others behave perfectly, too."""
    base = Temper(acquire_s=chance.choice((0.0, 0.01, 0.3)), release_s=chance.choice((0.0, 0.01, 0.5)))
    if chance.random() >= bad:
        return replace(base, raises=chance.choice((0.0, 0.05)) if bad else 0.0)
    match chance.randrange(4):
        case 0:
            return replace(base, hangs=True)
        case 1:
            return replace(base, never_acknowledges=True)
        case 2:
            return replace(base, crashes_after=chance.uniform(0.0, 2.0))
        case _:
            return replace(base, raises=0.4)
