"""Metrics of coverage: by kind, stage and event, never by resource."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from orchestrator.engine.answers.coverage import CoverageStatus
from orchestrator.engine.facade import Facade
from orchestrator.errors import NotNow, UnknownKind


def covered_kinds(facade: Facade) -> list[CoverageStatus]:
    """The kinds that this server leads."""
    found = []
    for kind in facade.kinds():
        try:
            found.append(facade.coverage(kind, shown=0))
        except (NotNow, UnknownKind):
            continue
    return found


def coverage_metrics(kinds: Sequence[CoverageStatus]) -> Iterator[Metric]:
    now = GaugeMetricFamily(
        "shardwright_coverage_ids",
        "Ids that nobody serves, that two serve, of which neither is known",
        labels=("kind", "state"),
    )
    seconds = CounterMetricFamily(
        "shardwright_coverage_seconds", "Sum over ids of the time in the state", labels=("kind", "state")
    )
    flights = GaugeMetricFamily(
        "shardwright_events_in_flight", "New ids on the way to their owner", labels=("kind",)
    )
    events = CounterMetricFamily(
        "shardwright_messages_counted", "Messages of publishers, by what was odd", labels=("kind", "event")
    )
    stages = HistogramMetricFamily(
        "shardwright_event_latency_seconds",
        "From the event to its owner, by stage",
        labels=("kind", "stage"),
    )
    for one in kinds:
        for state, count, total in (
            ("unowned", one.unowned, one.unowned_seconds),
            ("unknown", one.unknown, one.unknown_seconds),
            ("double", one.double_owned, one.double_owned_seconds),
        ):
            now.add_metric((one.kind, state), count)
            seconds.add_metric((one.kind, state), total)
        flights.add_metric((one.kind,), one.latency.in_flight)
        for event, many in one.latency.counted.items():
            events.add_metric((one.kind, event), many)
        for stage in one.latency.stages:
            buckets = [
                ("+Inf" if bound == float("inf") else str(bound), many) for bound, many in stage.buckets
            ]
            stages.add_metric((one.kind, stage.stage), buckets, stage.sum_s)
    numbered = CounterMetricFamily(
        "shardwright_messages_numbered", "Numbers of publishers, by what was odd", labels=("event",)
    )
    for event, many in (kinds[0].latency.numbering if kinds else {}).items():
        numbered.add_metric((event,), many)
    yield from (now, seconds, flights, events, numbered, stages)
