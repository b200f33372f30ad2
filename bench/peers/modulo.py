"""What kazoo's ``SetPartitioner`` does: each of n members takes every n-th of the sorted set."""

from __future__ import annotations

from collections.abc import Sequence

from kazoo.recipe.partitioner import SetPartitioner

NAME = "kazoo"
SAID = "kazoo's SetPartitioner"


def plan(ids: Sequence[str], nodes: Sequence[int], before: Sequence[int] | None) -> list[int]:
    """kazoo's own function, for each member in turn, as all of them have to run it."""
    members = [f"node_{node:04d}" for node in nodes]
    owners: dict[str, int] = {}
    for member, node in zip(members, nodes, strict=True):
        own = SetPartitioner._partitioner(None, member, members, ids)
        owners.update(dict.fromkeys(own, node))
    return [owners[one] for one in ids]
