"""The settings of a kind, as far as decisions depend on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orchestrator.core.model import Protocol, Vector


class OnCoordinatorLoss(StrEnum):
    """What instances do while no orchestrator answers (docs/states.md)."""

    SERVE = "serve"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPolicy:
    """Limits and waits of one kind. Durations are seconds, ratios are of the ids of the kind.

    ``extra_capacity``: what one shard holds in each dimension after the count.
    ``move_floor``/``move_ratio``: ids that may be moving at once, max(floor, ratio x ids).
    ``removal_floor``/``removal_ratio``: removals with one witness in ``removal_window``.
    ``hold_from``/``hold_ratio``: a pass that would remove more than the ratio of a kind of at least
    ``hold_from`` ids waits for a person.
    """

    protocol: Protocol = Protocol.V1
    init_instances: int = 10
    min_max_instances: int = 3
    max_max_instances: int = 100
    max_resource_per_instance: int = 5000
    extra_capacity: Vector = ()
    chunk_size: int = 128
    move_floor: int = 100
    move_ratio: float = 0.02
    handoff_deadline: float = 60.0
    drain_deadline: float = 300.0
    seed_release_wait: float = 10.0
    removal_floor: int = 50
    removal_ratio: float = 0.05
    removal_window: float = 3600.0
    hold_from: int = 100
    hold_ratio: float = 0.5
    on_coordinator_loss: OnCoordinatorLoss = OnCoordinatorLoss.SERVE


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPolicy:
    """When an instance is late or lost, and how many may be stopped for it. Durations are seconds.

    ``window``: the span of the kill gate; ``kill_ratio``: share of instances stopped for silence in it
    (at least one). ``backoff_*``: the wait before an instance that ended early is created again.
    """

    heart: bool = True
    interval: float = 5.0
    late_after: float = 5.5
    deadline: float = 15.0
    startup_grace: float = 15.0
    window: float = 30.0
    kill_ratio: float = 0.1
    stop_grace: float = 10.0
    backoff_first: float = 1.0
    backoff_most: float = 60.0
    stable_after: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one transaction: operations and bytes (the store refuses 500 and 512 KiB)."""

    operations: int = 480
    size: int = 448 * 1024
    shards_for_new_ids: int = 4
