"""Metrics in Prometheus' text format: by kind and shard, never by resource."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from api.metrics.counters import counter_metrics
from api.metrics.coverage import coverage_metrics, covered_kinds
from api.metrics.kinds import kind_metrics
from api.metrics.measures import measured_metrics
from api.metrics.sizing import sized_kinds, sizing_metrics
from api.options import FACADE, OPTIONS
from api.query import read_query
from api.route import Route
from orchestrator.engine.facade import Facade


class _Everything(Collector):
    def __init__(self, facade: Facade, runtime: str) -> None:
        self._facade = facade
        self._runtime = runtime

    def collect(self) -> Iterator[Metric]:
        overview = self._facade.overview()
        yield InfoMetricFamily(
            "shardwright_build", "The running version", value={"version": overview.version}
        )
        yield GaugeMetricFamily("shardwright_leader", "1: this server leads", value=float(overview.leader))
        yield GaugeMetricFamily("shardwright_ready", "1: this server can decide", value=float(overview.ready))
        yield GaugeMetricFamily(
            "shardwright_epoch", "The number of the leader's term of office", value=float(overview.epoch or 0)
        )
        dependencies = GaugeMetricFamily(
            "shardwright_dependency_up", "1: it answers; 0: it does not, or is not known to", labels=("name",)
        )
        for one in overview.dependencies:
            dependencies.add_metric((one.name,), float(one.ok is True))
        yield dependencies
        yield from kind_metrics(overview.kinds)
        yield from coverage_metrics(covered_kinds(self._facade))
        yield from sizing_metrics(sized_kinds(self._facade))
        yield from measured_metrics(self._facade.measures(), self._facade.journal_waiting())
        yield from counter_metrics(overview.counters, runtime=self._runtime)


async def metrics(request: web.Request) -> web.Response:
    read_query(request)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Everything(request.app[FACADE], request.app[OPTIONS].runtime))
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/metrics",
            handler=metrics,
            summary="Metrics in Prometheus' text format",
            answer="text/plain",
            is_local=True,
        ),
    )
