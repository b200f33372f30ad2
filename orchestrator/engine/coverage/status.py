"""What the facade says of the coverage of a kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from orchestrator.core.coverage.cover import Cover
from orchestrator.core.coverage.latency import Latency
from orchestrator.core.coverage.ledger import WINDOW_S
from orchestrator.core.coverage.worst import Worst, worst, worst_in_window
from orchestrator.engine.answers.coverage import CoverageStatus, LatencyStatus, StageStatus
from orchestrator.engine.steward import Steward

SHOWN = 10
EXAMPLES = 3


def coverage_status(steward: Steward, numbering: Mapping[str, int], shown: int = SHOWN) -> CoverageStatus:
    """``numbering``: what was counted of publishers that number their messages."""
    tenure, ledger = steward.tenure, steward.tenure.coverage.ledger
    now = tenure.around.clock.monotonic()
    return CoverageStatus(
        kind=steward.setup.kind,
        acknowledged=tenure.coverage.acknowledges,
        watched_s=now - ledger.began,
        store=tenure.view.count(),
        unowned=ledger.open.count(Cover.UNOWNED),
        unknown=ledger.open.count(Cover.UNKNOWN),
        double_owned=ledger.doubles.count(Cover.DOUBLE),
        unowned_seconds=ledger.open.seconds(Cover.UNOWNED, now),
        unknown_seconds=ledger.open.seconds(Cover.UNKNOWN, now),
        double_owned_seconds=ledger.doubles.seconds(Cover.DOUBLE, now),
        unnamed=sum(ledger.open.unnamed.values()),
        catalog_age=steward.resync.audited_age,
        catalog_trouble=steward.resync.trouble or steward.contact.trouble,
        alarm_after=steward.setup.policy.coverage_alarm_after,
        alarms=tenure.coverage.alarms,
        window_s=WINDOW_S,
        worst=tuple(_with_names(steward, one) for one in worst(ledger, now, shown)) if shown else (),
        worst_in_window=worst_in_window(ledger, now, shown) if shown else (),
        latency=latency_status(tenure.coverage.latency, numbering),
    )


def latency_status(latency: Latency, numbering: Mapping[str, int]) -> LatencyStatus:
    return LatencyStatus(
        in_flight=len(latency.flights),
        stages=tuple(_stages(latency)),
        counted=dict(latency.counted),
        numbering=dict(numbering),
    )


def _stages(latency: Latency) -> Iterator[StageStatus]:
    for stage, histogram in latency.stages.items():
        yield StageStatus(
            stage=stage.value,
            count=histogram.count,
            sum_s=histogram.sum,
            p50_s=histogram.quantile(0.5),
            p99_s=histogram.quantile(0.99),
            longest_s=histogram.longest,
            buckets=tuple(histogram.cumulative()),
        )


def _with_names(steward: Steward, one: Worst) -> Worst:
    """A whole shard is named by some of its ids."""
    shard = None if one.id or one.shard is None else steward.tenure.view.shards.get(one.shard)
    if shard is None:
        return one
    named = steward.tenure.coverage.ledger.open.named
    some = ", ".join(islice((i[:64] for i in shard.ids() if i not in named), EXAMPLES))
    return replace(one, why=f"{one.why} (such as {some})" if some else one.why)
