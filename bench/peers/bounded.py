"""Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, 2016).

Nodes stand on a ring at many points, an id belongs to the first node clockwise that is not full yet, and full
is a fixed share above the mean. Evenness is bounded, not exact; ids that overflow move when a neighbour does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil

from bench.peers.rendezvous import hashed

NAME = "bounded"
SAID = "bounded-load hashing"
POINTS = 100
SLACK = 1.10
"""Full is at so many times the mean: a tighter bound moves more, a looser one is less even."""


def plan(ids: Sequence[str], nodes: Sequence[int], before: Sequence[int] | None) -> list[int]:
    """From nothing each time, in the order of the ids: what was before is not asked."""
    ring = sorted((hashed(f"node_{node:04d}/{point}"), node) for node in nodes for point in range(POINTS))
    places = [place for place, _ in ring]
    most = ceil(SLACK * len(ids) / len(nodes))
    loads = dict.fromkeys(nodes, 0)
    owners = []
    for one in ids:
        at = bisect_right(places, hashed(one)) % len(ring)
        while loads[ring[at][1]] >= most:
            at = (at + 1) % len(ring)
        node = ring[at][1]
        loads[node] += 1
        owners.append(node)
    return owners
