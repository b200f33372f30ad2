"""What the facade answers about the coverage of a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.core.coverage.worst import Worst

__all__ = ["CoverageStatus", "LatencyStatus", "StageStatus", "Worst"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStatus:
    """One stage of the way from an event to its owner; seconds. ``buckets``: (bound, how many within)."""

    stage: str
    count: int
    sum_s: float
    p50_s: float | None
    p99_s: float | None
    longest_s: float
    buckets: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyStatus:
    """``in_flight``: resources on their way now. ``counted``: of this kind's messages; ``numbering``: of all
    messages of publishers that number theirs.
    """

    in_flight: int
    stages: tuple[StageStatus, ...]
    counted: Mapping[str, int]
    numbering: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageStatus:
    """Catalog, store and instances held against each other, since this leader took office.

    ``acknowledged``: whether instances say what they serve; else it is assumed of those that beat.
    ``*_seconds``: sums over ids. ``catalog_age``: seconds since the catalog was compared, None: not yet;
    ``catalog_trouble``: why it cannot be asked. ``unnamed``: ids of the unowned that have no name here.
    """

    kind: str
    acknowledged: bool
    watched_s: float
    store: int
    unowned: int
    unknown: int
    double_owned: int
    unowned_seconds: float
    unknown_seconds: float
    double_owned_seconds: float
    unnamed: int
    catalog_age: float | None
    catalog_trouble: str
    alarm_after: float
    alarms: tuple[str, ...]
    window_s: float
    worst: tuple[Worst, ...]
    worst_in_window: tuple[Worst, ...]
    latency: LatencyStatus
