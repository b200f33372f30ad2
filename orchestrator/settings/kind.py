"""The settings of one kind, and the core policies that they amount to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from orchestrator.core.model import Protocol
from orchestrator.core.placement.rule_policy import Strategy
from orchestrator.core.policy import HealthPolicy, KindPolicy, OnCoordinatorLoss
from orchestrator.settings.bounds import LATE_AFTER, Coverage, Health, Moves, Removals
from orchestrator.settings.elastic import MOST_INSTANCES, MOST_SEED_RESOURCES, Ceiling, Elastic
from orchestrator.settings.moving import MovePolicySettings
from orchestrator.settings.placing import Name, Rules, Value, reports_fault, rules_fault
from orchestrator.settings.poison import Poison
from orchestrator.settings.section import Seconds, Section, Whole, refuse

PRODUCT = Path(__file__).parents[2]
"""The folder that holds orchestrator/ and templates/, in a checkout as in an installation."""

SEED_HEALTH = {"interval": 60.0, "deadline": 90.0, "startup_grace": 90.0}
"""Seed workers beat once a minute."""

INIT_INSTANCES = 10

USUAL = {
    "Thing": {"instance_name": "iota-dac", "template": "templates/iota-dac/pod-template.yml"},
    "Rule": {
        "instance_name": "iota-rules-engine",
        "template": "templates/iota-rules-engine/pod-template.yml",
    },
}
"""What the kinds of the IoT platform are called in its cluster."""


def _instance_name(value: str) -> str:
    # With the shard's number it is the name of a pod, which DNS bounds to 63 characters.
    if value and not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?", value):
        raise ValueError("must be 1 to 52 of a-z, 0-9 and '-', beginning and ending with a letter or digit")
    return value


def _variable(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", value) or value.startswith("SHARDWRIGHT_"):
        raise ValueError("must be the name of an environment variable that does not begin with SHARDWRIGHT_")
    return value


def _fits_instances(value: int, info: ValidationInfo) -> int:
    ceiling: Ceiling = info.data.get("ceiling", Ceiling())
    if not 3 <= value <= ceiling.instances:
        raise ValueError(f"allowed: 3 to {ceiling.instances}")
    return value


def _fits_resources(value: int, info: ValidationInfo) -> int:
    ceiling: Ceiling = info.data.get("ceiling", Ceiling())
    if not 1 <= value <= ceiling.resources:
        raise ValueError(f"allowed: 1 to {ceiling.resources}")
    return value


class KindSettings(Section):
    """One class of resources: its catalog, its instances, its limits. Durations are seconds.

    ``table`` and ``instance_name`` are never empty in loaded settings: they default to the kind's name.
    """

    table: str = ""
    id_column: Annotated[str, Field(min_length=1)] = "id"
    weight_columns: dict[str, str] = Field(default_factory=dict)
    reported_weights: tuple[Name, ...] = ()
    label_columns: dict[Name, str] = Field(default_factory=dict)
    filter: str | None = None
    catalog_url: str | None = None
    instance_name: Annotated[str, AfterValidator(_instance_name)] = ""
    template: Path = Path("templates/iota-dac/pod-template.yml")
    instance_variable: Annotated[str, AfterValidator(_variable)] = "INSTANCE_ID"
    protocol: Protocol = Protocol.V1
    heart: bool = True
    channel: Literal["http", "kafka"] = "http"
    # before the two that it bounds
    ceiling: Ceiling = Ceiling()
    init_instances: Annotated[Whole, Field(ge=1, le=MOST_INSTANCES)] = INIT_INSTANCES
    max_instances: Annotated[Whole, AfterValidator(_fits_instances)] = 100
    resource_per_instance: Annotated[Whole, AfterValidator(_fits_resources)] = 5000
    elastic: Elastic = Elastic()
    capacity: dict[str, Annotated[Whole, Field(ge=1)]] = Field(default_factory=dict)
    strategy: Strategy = Strategy.EVEN
    rules: Rules = Rules()
    shard_labels: dict[Name, Annotated[tuple[Value, ...], Field(min_length=1)]] = Field(default_factory=dict)
    on_coordinator_loss: OnCoordinatorLoss = OnCoordinatorLoss.SERVE
    handoff_deadline: Seconds = 60.0
    drain_deadline: Seconds = 300.0
    release_wait: Seconds = 10.0
    moves: Moves = Moves()
    move_policy: MovePolicySettings = MovePolicySettings()
    removals: Removals = Removals()
    poison: Poison = Poison()
    coverage: Coverage = Coverage()
    health: Health = Health()

    @model_validator(mode="before")
    @classmethod
    def _follow(cls, value: Any) -> Any:
        """Fill in what follows from other keys: lower bounds, fewer instances, the beats of the protocol."""
        if not isinstance(value, dict):
            return value
        follows: dict[str, Any] = {}
        ceiling = value.get("ceiling")
        for name, bound, usual in (
            ("max_instances", "instances", 100),
            ("resource_per_instance", "resources", 5000),
        ):
            least = ceiling.get(bound) if isinstance(ceiling, dict) else None
            if str(least).isdecimal() and int(str(least)) < usual:
                follows[name] = least
        most = str(value.get("max_instances", follows.get("max_instances")))
        if most.isdecimal() and int(most) < INIT_INSTANCES:
            follows["init_instances"] = int(most)
        health = value.get("health") or {}
        if value.get("protocol") == Protocol.SEED.value:
            follows["channel"] = "kafka"
            if isinstance(health, dict):
                value = {**value, "health": {**SEED_HEALTH, **health}}
        return {**follows, **value}

    @model_validator(mode="after")
    def _agree(self) -> Self:
        weights, bounds = sorted(self.dimensions), sorted(self.capacity)
        named = "weight_columns and reported_weights" if self.reported_weights else "weight_columns"
        refuse(
            "channel is http with protocol seed, whose workers beat on Kafka; set it to kafka"
            if self.protocol is Protocol.SEED and self.heart and self.channel == "http"
            else None,
            f"init_instances is {self.init_instances}, allowed: 1 to max_instances ({self.max_instances})"
            if self.init_instances > self.max_instances
            else None,
            f"ceiling.resources is {self.ceiling.resources}, allowed: 1 to {MOST_SEED_RESOURCES} with "
            "protocol seed, whose workers read all ids of a shard from one document of at most 512 KB"
            if self.protocol is Protocol.SEED and self.ceiling.resources > MOST_SEED_RESOURCES
            else None,
            f"capacity names {bounds or 'no dimension'}, allowed: the dimensions of {named}, "
            f"{weights or 'which has none'}"
            if weights != bounds
            else None,
            reports_fault(self.reported_weights, self.weight_columns, self.protocol),
            rules_fault(self.rules, self.label_columns, self.shard_labels),
            f"move_policy names the labels {', '.join(strange)}, allowed: those of label_columns, "
            f"{', '.join(sorted(self.label_columns)) or 'which has none'}"
            if (strange := sorted(self.move_policy.labels() - set(self.label_columns)))
            else None,
        )
        return self

    @property
    def beats_on_kafka(self) -> bool:
        """Whether beats on Kafka decide over the instances."""
        return self.heart and self.channel == "kafka"

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions after the count, in the order of every weight and capacity vector."""
        return tuple(dict.fromkeys((*self.weight_columns, *self.reported_weights)))

    @property
    def template_file(self) -> Path:
        """The pod template: relative to the working directory, else beside the installed product."""
        path = self.template.expanduser()
        shipped = PRODUCT / path
        return shipped if not path.exists() and shipped.exists() else path.absolute()

    def policy(self) -> KindPolicy:
        """What the planner needs to know of the kind."""
        return KindPolicy(
            protocol=self.protocol,
            init_instances=self.init_instances,
            max_max_instances=self.ceiling.instances,
            max_resource_per_instance=self.ceiling.resources,
            dimensions=self.dimensions,
            strategy=self.strategy,
            balance_band=self.moves.band,
            move_policy=self.move_policy.policy(),
            rules=self.rules.policy(self.shard_labels),
            extra_capacity=tuple(self.capacity[name] for name in self.dimensions),
            reported=self.reported_weights,
            move_floor=self.moves.floor,
            move_ratio=self.moves.ratio,
            blast_radius=self.moves.blast_radius,
            blast_covers_sized=self.moves.blast_radius_for == "all",
            handoff_deadline=self.handoff_deadline,
            drain_deadline=self.drain_deadline,
            seed_release_wait=self.release_wait,
            removal_floor=self.removals.floor,
            removal_ratio=self.removals.ratio,
            hold_from=self.removals.hold_from,
            hold_ratio=self.removals.hold_ratio,
            on_coordinator_loss=self.on_coordinator_loss,
            poison=self.poison.policy(),
            coverage_alarm_after=self.coverage.alarm_after,
            elastic=self.elastic.policy(),
        )

    def health_policy(self, *, stop_grace: float) -> HealthPolicy:
        """What the health machine needs to know; ``stop_grace`` is ``runtime.stop_grace``, seconds."""
        return HealthPolicy(
            heart=self.heart,
            interval=self.health.interval,
            late_after=round(LATE_AFTER * self.health.interval, 6),
            deadline=self.health.deadline,
            startup_grace=self.health.startup_grace,
            window=self.health.window,
            kill_ratio=self.health.kill_ratio,
            stop_grace=stop_grace,
            backoff_first=self.health.backoff_first,
            backoff_most=self.health.backoff_most,
            stable_after=self.health.stable_after,
        )
