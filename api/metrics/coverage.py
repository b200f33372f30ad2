"""Metrics of coverage: by kind, stage and event, never by resource."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from orchestrator.engine.answers.coverage import CoverageStatus, StageStatus
from orchestrator.engine.facade import Facade
from orchestrator.errors import NotNow, UnknownKind

_WHOLE_WAY = ("stamp-to-owned", "receipt-to-owned")


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
    seconds = {
        state: CounterMetricFamily(
            f"shardwright_{state}_seconds", f"Sum over ids of the time in which {said}", labels=("kind",)
        )
        for state, said in (
            ("unowned", "nobody served them"),
            ("unknown", "it was not known whether anybody did"),
            ("double_owned", "two instances served them"),
        )
    }
    owned = HistogramMetricFamily(
        "shardwright_event_to_owned_seconds",
        "From the event (the stamp of its message, else its receipt) to the owner's acknowledgement",
        labels=("kind",),
    )
    flights = GaugeMetricFamily(
        "shardwright_events_in_flight", "New ids on the way to their owner", labels=("kind",)
    )
    events = CounterMetricFamily(
        "shardwright_messages_counted", "Messages of publishers, by what was odd", labels=("kind", "event")
    )
    stages = HistogramMetricFamily(
        "shardwright_event_stage_seconds",
        "The stages on the way from the event to its owner",
        labels=("kind", "stage"),
    )
    for one in kinds:
        for state, count, total in (
            ("unowned", one.unowned, one.unowned_seconds),
            ("unknown", one.unknown, one.unknown_seconds),
            ("double_owned", one.double_owned, one.double_owned_seconds),
        ):
            now.add_metric((one.kind, state), count)
            seconds[state].add_metric((one.kind,), total)
        whole = [stage for stage in one.latency.stages if stage.stage in _WHOLE_WAY]
        if whole:
            owned.add_metric((one.kind,), _together(whole), sum(stage.sum_s for stage in whole))
        flights.add_metric((one.kind,), one.latency.in_flight)
        for event, many in one.latency.counted.items():
            events.add_metric((one.kind, event), many)
        for stage in one.latency.stages:
            stages.add_metric((one.kind, stage.stage), _together([stage]), stage.sum_s)
    numbered = CounterMetricFamily(
        "shardwright_messages_numbered", "Numbers of publishers, by what was odd", labels=("event",)
    )
    for event, many in (kinds[0].latency.numbering if kinds else {}).items():
        numbered.add_metric((event,), many)
    yield from (now, *seconds.values(), flights, events, numbered, owned, stages)


def _together(stages: Sequence[StageStatus]) -> list[tuple[str, float]]:
    """The buckets of all of them, which have the same bounds."""
    return [
        ("+Inf" if bound == float("inf") else str(bound), sum(each.buckets[place][1] for each in stages))
        for place, (bound, _) in enumerate(stages[0].buckets)
    ]
