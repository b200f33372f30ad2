"""The settings of a kind, as far as decisions depend on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from orchestrator.core.elastic.policy import ElasticPolicy
from orchestrator.core.model import Protocol, Vector
from orchestrator.core.moves.policy import MovePolicy
from orchestrator.core.placement.rule_policy import RulePolicy, Strategy


class OnCoordinatorLoss(StrEnum):
    """What instances do while no orchestrator answers (docs/states.md)."""

    SERVE = "serve"
    STOP = "stop"


class Acts(StrEnum):
    """Whether ids are set apart without being asked, named to the operator only, or not looked for."""

    ACT = "act"
    ADVISE = "advise"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoisonPolicy:
    """When an id is suspected of ending its instance (docs/poison.md).

    ``after`` crashes within ``within`` seconds are a pattern; an id is set apart for ``expire`` seconds, at
    most ``most`` of them and ``ratio`` of the kind at once.
    """

    after: int = 3
    within: float = 600.0
    expire: float = 3600.0
    most: int = 10
    ratio: float = 0.01
    acts: Acts = Acts.ACT

    def room(self, count: int) -> int:
        """How many ids of a kind of ``count`` may be set apart at once without being asked; at least one."""
        return min(self.most, max(1, int(count * self.ratio)))


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPolicy:
    """Limits and waits of one kind. Durations are seconds, ratios are of the ids of the kind.

    ``dimensions``, ``extra_capacity``: the dimensions after the count, and what one shard holds in each.
    ``reported``: those of them that instances report for their ids.
    ``balance_band``: how far the fullest shard of a weighted kind may be above the least possible.
    ``move_policy``: when ids may be moved for the sake of balance.
    ``move_floor``/``move_ratio``: ids that may be moving at once, max(floor, ratio x ids).
    ``blast_radius``: share of the ids of a kind of at least ``blast_from`` that one call may move without
    naming a plan; ``blast_covers_sized``: whether that holds for a call, too, that names new sizes.
    ``removal_floor``/``removal_ratio``: removals with one witness in ``removal_window``.
    ``hold_from``/``hold_ratio``: a pass that would remove more than the ratio of a kind of at least
    ``hold_from`` ids waits for a person.
    """

    protocol: Protocol = Protocol.V1
    init_instances: int = 10
    min_max_instances: int = 3
    max_max_instances: int = 100
    max_resource_per_instance: int = 5000
    dimensions: tuple[str, ...] = ()
    extra_capacity: Vector = ()
    reported: tuple[str, ...] = ()
    strategy: Strategy = Strategy.EVEN
    balance_band: float = 0.1
    move_policy: MovePolicy = field(default_factory=MovePolicy)
    rules: RulePolicy = field(default_factory=RulePolicy)
    chunk_size: int = 128
    move_floor: int = 100
    move_ratio: float = 0.02
    blast_radius: float = 0.25
    blast_from: int = 100
    blast_covers_sized: bool = False
    handoff_deadline: float = 60.0
    drain_deadline: float = 300.0
    seed_release_wait: float = 10.0
    removal_floor: int = 50
    removal_ratio: float = 0.05
    removal_window: float = 3600.0
    hold_from: int = 100
    hold_ratio: float = 0.5
    on_coordinator_loss: OnCoordinatorLoss = OnCoordinatorLoss.SERVE
    coverage_alarm_after: float = 30.0
    poison: PoisonPolicy = PoisonPolicy()
    elastic: ElasticPolicy = field(default_factory=ElasticPolicy)


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
