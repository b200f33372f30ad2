"""Sections within a kind: how big it may ever be, and whether the measured load decides how big it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from orchestrator.core.elastic.policy import Bearing, ElasticMode, ElasticPolicy
from orchestrator.settings.section import Ratio, Seconds, Section, Whole, refuse

MOST_INSTANCES = 10_000
MOST_RESOURCES = 1_000_000
MOST_SEED_RESOURCES = 10_000
"""All ids of a shard of protocol seed stand in one document, which takes at most 512 KB."""

MOST_DIMENSIONS = 16
MOST_BORNE = 2**62

Share = Annotated[Ratio, Field(gt=0)]


def _mode(value: Any) -> Any:
    # YAML reads an unquoted off as false.
    return ElasticMode.OFF.value if value is False else value


class Ceiling(Section):
    """The highest that ``max_instances`` and ``resource_per_instance`` of a kind may ever be set."""

    instances: Annotated[Whole, Field(ge=3, le=MOST_INSTANCES)] = 100
    resources: Annotated[Whole, Field(ge=1, le=MOST_RESOURCES)] = 5000


class Elastic(Section):
    """Whether the measured load of the instances decides how many there are; durations are seconds."""

    mode: Annotated[ElasticMode, BeforeValidator(_mode)] = ElasticMode.OFF
    capacity: dict[str, Annotated[Whole, Field(ge=1, le=MOST_BORNE)]] = Field(default_factory=dict)
    headroom: Annotated[Ratio, Field(lt=1)] = 0.3
    target: dict[str, Share] = Field(default_factory=dict)
    shrink_below: Share = 0.8
    half_life: Seconds = 30.0
    stale_after: Seconds = 90.0
    shrink_after: Seconds = 600.0
    cooldown: Seconds = 120.0
    grow_step: Annotated[Whole, Field(ge=1, le=MOST_INSTANCES)] = 10
    shrink_step: Annotated[Whole, Field(ge=1, le=MOST_INSTANCES)] = 1
    min_shards: Annotated[Whole, Field(ge=1, le=MOST_INSTANCES)] = 1
    max_shards: Annotated[Whole, Field(ge=1, le=MOST_INSTANCES)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        strange = sorted(set(self.target) - set(self.capacity))
        wrong = [name for name in self.capacity if not 1 <= len(name) <= 64 or not name.isprintable()]
        known = ", ".join(sorted(self.capacity)) or "none"
        most = self.max_shards
        refuse(
            f"elastic.target names {', '.join(strange)}, allowed: the dimensions of elastic.capacity, {known}"
            if strange
            else None,
            f"elastic.capacity names {wrong}, allowed: 1 to 64 printable characters each" if wrong else None,
            f"elastic.capacity names {len(self.capacity)} dimensions, allowed: at most {MOST_DIMENSIONS}"
            if len(self.capacity) > MOST_DIMENSIONS
            else None,
            f"elastic.mode is {self.mode.value} and elastic.capacity is empty, allowed: what one instance "
            "bears of at least one dimension, such as {cpu: 1000}"
            if self.mode is not ElasticMode.OFF and not self.capacity
            else None,
            f"elastic.min_shards is {self.min_shards}, allowed: 1 to elastic.max_shards ({most})"
            if most is not None and self.min_shards > most
            else None,
        )
        return self

    def policy(self) -> ElasticPolicy:
        """What the advice needs to know."""
        return ElasticPolicy(
            mode=self.mode,
            bearings=tuple(
                Bearing(name, capacity, self._target(name)) for name, capacity in self.capacity.items()
            ),
            shrink_below=self.shrink_below,
            half_life=self.half_life,
            stale_after=self.stale_after,
            shrink_after=self.shrink_after,
            cooldown=self.cooldown,
            grow_step=self.grow_step,
            shrink_step=self.shrink_step,
            min_shards=self.min_shards,
            max_shards=self.max_shards,
        )

    def _target(self, name: str) -> float:
        given: Mapping[str, float] = self.target
        return given.get(name, 1.0 - self.headroom)
