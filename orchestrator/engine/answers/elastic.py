"""What the facade answers about the size of a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.core.elastic.advice import Advice


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardUse:
    """The load of one shard by dimension, and the share of what an instance bears that it is."""

    shard: int
    name: str
    load: Mapping[str, int] = field(default_factory=dict)
    utilisation: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """How many shards a kind has and should have.

    ``mode``: off, advise or act. ``by_count``: what the number of ids asks for; ``most``: the maximum in
    force; ``ceiling_*``: how far ``maxInstances`` and ``resourcePerInstance`` can be set. ``waits``: what
    keeps the advice from being followed now; empty: nothing, or nothing is to be done. ``trouble``: why
    the runtime measures nothing. ``ignored``: reported values that cannot be true, by dimension.
    """

    kind: str
    mode: str
    by_count: int
    most: int
    ceiling_instances: int
    ceiling_resources: int
    advice: Advice
    waits: str = ""
    trouble: str = ""
    shards: tuple[ShardUse, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
