"""The size of a kind: what it has, what its count and its load ask for."""

from __future__ import annotations

from api.shapes.base import Shape, Text
from orchestrator.engine.answers.elastic import Sizing


class CeilingShape(Shape):
    """How far ``maxInstances`` and ``resourcePerInstance`` of the kind can be set."""

    instances: int
    resources: int


class DimensionShape(Shape):
    """One measured dimension: what one instance bears, and the share of it that is used and is to be.

    ``load``: of the shards that are known, ``smoothed``: the same over time. ``utilisation``: of all
    shards; ``highest``: the most of late, null while not all were known for long enough. ``unknown``:
    shards of which nothing is known.
    """

    name: Text
    capacity: int
    target: float
    load: int
    smoothed: float
    utilisation: float
    highest: float | None
    known: int
    unknown: tuple[int, ...]


class ShardUseShape(Shape):
    """A shard's load by dimension, and the share of what an instance bears that it is."""

    shard: int
    name: Text
    load: dict[str, int]
    utilisation: dict[str, float]


class SizingShape(Shape):
    """``advice``: grow, shrink, hold or unknown; ``wanted``: shards that there should be, of ``shards``.

    ``mode``: off, advise or act. ``byCount``: what the number of resources asks for. ``saves``: instances
    that would go, negative where some would come; ``saving``: what they bear. ``waits``: what keeps the
    advice from being followed; empty: nothing. ``trouble``: why the runtime measures nothing.
    ``ignored``: reported values that cannot be true.
    """

    kind: Text
    mode: str
    advice: str
    shards: int
    wanted: int
    why: Text
    waits: Text
    trouble: Text
    by_count: int
    max_instances: int
    ceiling: CeilingShape
    saves: int
    saving: dict[str, int]
    dimensions: tuple[DimensionShape, ...]
    items: tuple[ShardUseShape, ...]
    ignored: dict[str, int]


def sized(found: Sizing) -> SizingShape:
    advice = found.advice
    return SizingShape(
        kind=found.kind,
        mode=found.mode,
        advice=advice.verb.value,
        shards=advice.now,
        wanted=advice.shards,
        why=advice.why,
        waits=found.waits,
        trouble=found.trouble,
        by_count=found.by_count,
        max_instances=found.most,
        ceiling=CeilingShape(instances=found.ceiling_instances, resources=found.ceiling_resources),
        saves=advice.saves,
        saving=dict(advice.saving),
        dimensions=tuple(
            DimensionShape(
                name=use.name,
                capacity=use.capacity,
                target=use.target,
                load=use.total,
                smoothed=round(use.smoothed, 3),
                utilisation=round(use.utilisation, 6),
                highest=None if use.highest is None else round(use.highest, 6),
                known=use.known,
                unknown=use.unknown,
            )
            for use in advice.uses
        ),
        items=tuple(ShardUseShape.of(use) for use in found.shards),
        ignored=dict(found.ignored),
    )
