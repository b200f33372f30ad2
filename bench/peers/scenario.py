"""Ways to shard without a coordinator's plan, on the same ids: kazoo's, rendezvous, bounded-load hashing."""

from __future__ import annotations

from bench.child import measured
from bench.figure import Figure
from bench.ladder import sizes
from bench.options import Options
from bench.peers import bounded, modulo, rendezvous, side

PEERS = (modulo, rendezvous, bounded)
DEADLINE_S = 300.0


def scenario(options: Options) -> list[Figure]:
    found: list[Figure] = []
    for size in sizes(options):
        ours = measured("bench.peers.ours", "climb", deadline_s=DEADLINE_S, count=size)
        found += side.own_figures(options, size, ours)
        for peer in PEERS:
            theirs = measured(
                "bench.peers.climb", "climb", deadline_s=DEADLINE_S, peer=peer.__name__, count=size
            )
            found += side.figures(options, peer.NAME, peer.SAID, size, ours, theirs, is_goal=False)
    return found
