"""Metrics in Prometheus' text format: by kind and shard, never by resource."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from api.metrics_coverage import coverage_metrics, covered_kinds
from api.options import FACADE
from api.query import read_query
from api.route import Route
from orchestrator.engine.answers import KindStatus, Overview
from orchestrator.engine.answers.coverage import CoverageStatus

_PLACES = ("owned", "arriving", "moving", "held", "unowned", "deleting", "quarantined")


class _OverviewCollector(Collector):
    def __init__(self, overview: Overview, covered: Sequence[CoverageStatus]) -> None:
        self._overview = overview
        self._covered = covered

    def collect(self) -> Iterator[Metric]:
        overview = self._overview
        yield InfoMetricFamily(
            "shardwright_build", "The running version", value={"version": overview.version}
        )
        yield GaugeMetricFamily("shardwright_leader", "1: this server leads", value=float(overview.leader))
        yield GaugeMetricFamily("shardwright_ready", "1: this server can decide", value=float(overview.ready))
        yield from _kinds(overview.kinds)
        yield from coverage_metrics(self._covered)
        yield from _counters(overview.counters)


def _counters(counters: Mapping[str, int]) -> Iterator[Metric]:
    """``decisions.move`` becomes ``shardwright_decisions_total{event="move"}``."""
    families: dict[str, CounterMetricFamily] = {}
    for name, value in counters.items():
        head, _, event = name.partition(".")
        plain = re.sub(r"[^a-z0-9]+", "_", head.lower()).strip("_").removesuffix("_total")
        family = families.get(plain)
        if family is None:
            family = CounterMetricFamily(f"shardwright_{plain}", f"Counted {plain}", labels=("event",))
            families[plain] = family
        family.add_metric((event,), value)
    yield from families.values()


def _kinds(kinds: Sequence[KindStatus]) -> Iterator[Metric]:
    resources = GaugeMetricFamily("shardwright_resources", "Resources by state", labels=("kind", "state"))
    shards = GaugeMetricFamily("shardwright_shards", "Shards by health", labels=("kind", "health"))
    used = GaugeMetricFamily("shardwright_shard_used", "Resources of a shard", labels=("kind", "shard"))
    beats = GaugeMetricFamily(
        "shardwright_heartbeat_age_seconds", "Age of a shard's last beat", labels=("kind", "shard")
    )
    alarms = GaugeMetricFamily("shardwright_alarms", "What a person should look at", labels=("kind",))
    for kind in kinds:
        alarms.add_metric((kind.kind,), len(kind.alarms))
        for place in _PLACES:
            resources.add_metric((kind.kind, place), getattr(kind.counts, place))
        for health, count in _by_health(kind).items():
            shards.add_metric((kind.kind, health), count)
        for shard in kind.shards:
            used.add_metric((kind.kind, str(shard.number)), shard.used)
            if shard.beat_age is not None:
                beats.add_metric((kind.kind, str(shard.number)), shard.beat_age)
    yield from (resources, shards, used, beats, alarms)


def _by_health(kind: KindStatus) -> dict[str, int]:
    counted: dict[str, int] = {}
    for shard in kind.shards:
        counted[shard.health] = counted.get(shard.health, 0) + 1
    return counted


async def metrics(request: web.Request) -> web.Response:
    read_query(request)
    registry = CollectorRegistry(auto_describe=False)
    facade = request.app[FACADE]
    registry.register(_OverviewCollector(facade.overview(), covered_kinds(facade)))
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/metrics",
            handler=metrics,
            summary="Metrics in Prometheus' text format",
            answer="text/plain",
            problems=(400,),
            is_local=True,
        ),
    )
