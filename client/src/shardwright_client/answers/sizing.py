"""How many shards a kind has and should have."""

from __future__ import annotations

from typing import TypedDict


class Ceiling(TypedDict):
    """How far ``maxInstances`` and ``resourcePerInstance`` of the kind can be set."""

    instances: int
    resources: int


class Dimension(TypedDict):
    """One measured dimension: what one instance bears, and the share of it that is used and is to be.

    ``load``: of the shards that are known, ``smoothed``: the same over time. ``utilisation``: of all
    shards; ``highest``: the most of late, null while not all were known for long enough. ``unknown``:
    shards of which nothing is known.
    """

    name: str
    capacity: int
    target: float
    load: int
    smoothed: float
    utilisation: float
    highest: float | None
    known: int
    unknown: list[int]


class ShardUse(TypedDict):
    """A shard's load by dimension, and the share of what an instance bears that it is."""

    shard: int
    name: str
    load: dict[str, int]
    utilisation: dict[str, float]


class Sizing(TypedDict):
    """``advice``: grow, shrink, hold or unknown; ``wanted``: shards that there should be, of ``shards``.

    ``mode``: off, advise or act. ``byCount``: what the number of resources asks for. ``saves``: instances
    that would go, negative where some would come; ``saving``: what they bear. ``waits``: what keeps the
    advice from being followed; empty: nothing. ``trouble``: why the runtime measures nothing.
    ``ignored``: reported values that cannot be true.
    """

    kind: str
    mode: str
    advice: str
    shards: int
    wanted: int
    why: str
    waits: str
    trouble: str
    byCount: int
    maxInstances: int
    ceiling: Ceiling
    saves: int
    saving: dict[str, int]
    dimensions: list[Dimension]
    items: list[ShardUse]
    ignored: dict[str, int]
