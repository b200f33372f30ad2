"""The kinds and their shards as metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from orchestrator.engine.answers import KindStatus

_PLACES = ("owned", "arriving", "moving", "held", "unowned", "deleting", "quarantined")


def kind_metrics(kinds: Sequence[KindStatus]) -> Iterator[Metric]:
    resources = GaugeMetricFamily("shardwright_resources", "Resources by state", labels=("kind", "state"))
    listed = GaugeMetricFamily(
        "shardwright_catalog_resources", "Resources that the catalog lists, as last read", labels=("kind",)
    )
    shards = GaugeMetricFamily("shardwright_shards", "Shards by health", labels=("kind", "health"))
    wanted = GaugeMetricFamily("shardwright_shards_wanted", "Active shards wanted", labels=("kind",))
    most = GaugeMetricFamily("shardwright_instances_maximum", "maxInstances in force", labels=("kind",))
    used = GaugeMetricFamily("shardwright_shard_used", "Resources of a shard", labels=("kind", "shard"))
    room = GaugeMetricFamily(
        "shardwright_shard_capacity", "Resources that a shard takes", labels=("kind", "shard")
    )
    beats = GaugeMetricFamily(
        "shardwright_heartbeat_age_seconds", "Age of a shard's last beat", labels=("kind", "shard")
    )
    alarms = GaugeMetricFamily("shardwright_alarms", "What a person should look at", labels=("kind",))
    audit = GaugeMetricFamily(
        "shardwright_audit_age_seconds", "Since catalog and store were compared", labels=("kind",)
    )
    paused = GaugeMetricFamily("shardwright_paused", "1: a person paused the kind", labels=("kind",))
    for kind in kinds:
        alarms.add_metric((kind.kind,), len(kind.alarms))
        wanted.add_metric((kind.kind,), kind.shards_wanted)
        most.add_metric((kind.kind,), kind.max_instances)
        paused.add_metric((kind.kind,), float(kind.paused))
        if kind.audited_age is not None:
            audit.add_metric((kind.kind,), kind.audited_age)
        if kind.counts.catalog is not None:
            listed.add_metric((kind.kind,), kind.counts.catalog)
        for place in _PLACES:
            resources.add_metric((kind.kind, place), getattr(kind.counts, place))
        for health, count in Counter(shard.health for shard in kind.shards).items():
            shards.add_metric((kind.kind, health), count)
        for shard in kind.shards:
            used.add_metric((kind.kind, str(shard.number)), shard.used)
            room.add_metric((kind.kind, str(shard.number)), shard.count)
            if shard.beat_age is not None:
                beats.add_metric((kind.kind, str(shard.number)), shard.beat_age)
    yield from (resources, listed, shards, wanted, most, used, room, beats, alarms, audit, paused)
