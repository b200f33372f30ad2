"""What waits, and how far a plan has come, as metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from orchestrator.engine.answers.measures import Measures


def measured_metrics(kinds: Sequence[Measures], journal_waiting: int) -> Iterator[Metric]:
    depth = GaugeMetricFamily(
        "shardwright_queue_depth",
        "What waits: ids for the next pass of a kind, lines for the journal",
        labels=("queue", "kind"),
    )
    progress = GaugeMetricFamily(
        "shardwright_release_progress_ratio",
        "The share of the moves of the plan under way that are done",
        labels=("kind",),
    )
    depth.add_metric(("journal", ""), journal_waiting)
    for one in kinds:
        depth.add_metric(("ids", one.kind), one.waiting)
        if one.release_progress is not None:
            progress.add_metric((one.kind,), one.release_progress)
    yield from (depth, progress)
