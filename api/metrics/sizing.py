"""Metrics of how many shards a kind has and should have: by kind, shard and dimension."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from orchestrator.engine.answers.elastic import Sizing
from orchestrator.engine.facade import Facade
from orchestrator.errors import NotNow, UnknownKind


def sized_kinds(facade: Facade) -> list[Sizing]:
    """The kinds that this server leads."""
    found = []
    for kind in facade.kinds():
        try:
            found.append(facade.sizing(kind))
        except (NotNow, UnknownKind):
            continue
    return found


def sizing_metrics(kinds: Sequence[Sizing]) -> Iterator[Metric]:
    """What load asks for is told where load is looked at (``elastic`` is not off)."""
    advised = GaugeMetricFamily(
        "shardwright_sizing_shards", "Active shards that the count or the load asks for", labels=("kind",)
    )
    counted = GaugeMetricFamily(
        "shardwright_sizing_shards_by_count", "Active shards that the count alone asks for", labels=("kind",)
    )
    waits = GaugeMetricFamily(
        "shardwright_sizing_waiting", "1: the advice is to be followed and cannot be now", labels=("kind",)
    )
    used = GaugeMetricFamily(
        "shardwright_sizing_used_ratio",
        "Share that is used of what all shards bear, smoothed; 1 is all of it",
        labels=("kind", "dimension"),
    )
    of_shard = GaugeMetricFamily(
        "shardwright_shard_used_ratio",
        "Share that is used of what an instance bears",
        labels=("kind", "shard", "dimension"),
    )
    for one in kinds:
        advised.add_metric((one.kind,), one.advice.shards)
        counted.add_metric((one.kind,), one.by_count)
        waits.add_metric((one.kind,), float(bool(one.waits)))
        for use in one.advice.uses:
            used.add_metric((one.kind, use.name), use.utilisation)
        for shard in one.shards:
            for name, share in shard.utilisation.items():
                of_shard.add_metric((one.kind, str(shard.shard), name), share)
    yield from (advised, counted, waits, used, of_shard)
