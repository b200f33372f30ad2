"""Rendezvous hashing (highest random weight): an id belongs to the node with which it hashes highest.

Nothing is remembered and nobody is asked: only the ids of a node that goes move, and a node that comes takes
its share from all. How even it is, is left to chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

NAME = "rendezvous"
SAID = "rendezvous hashing"
MASK = (1 << 64) - 1
MIX = 0x9E3779B97F4A7C15


def plan(ids: Sequence[str], nodes: Sequence[int], before: Sequence[int] | None) -> list[int]:
    """One good hash an id and a node, then one multiplication for each pair of them."""
    seeds = [hashed(f"node_{node:04d}") for node in nodes]
    owners = []
    for one in ids:
        key = hashed(one)
        scores = [((key ^ seed) * MIX) & MASK for seed in seeds]
        owners.append(nodes[scores.index(max(scores))])
    return owners


def hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
