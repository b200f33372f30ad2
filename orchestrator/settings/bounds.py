"""Sections within a kind: how many ids may move or vanish at once, and when an instance is lost."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from orchestrator.settings.section import Ratio, Seconds, Section, Whole, refuse

LATE_AFTER = 1.1
"""An instance is late after so many intervals without a beat."""

Ids = Annotated[Whole, Field(ge=0, le=10_000_000)]


class Moves(Section):
    """Ids that may be moving at once: max(floor, ratio x ids); how uneven weights are left alone.

    ``blast_radius``: what a call may move that names no plan; ``blast_radius_for``: which calls.
    """

    floor: Annotated[Whole, Field(ge=1, le=10_000_000)] = 100
    ratio: Ratio = 0.02
    band: Ratio = 0.1
    blast_radius: Ratio = 0.25
    blast_radius_for: Literal["unsized", "all"] = "unsized"


class Removals(Section):
    """Removals that only the catalog witnesses: max(floor, ratio x ids) an hour; what a person must allow."""

    floor: Ids = 50
    ratio: Ratio = 0.05
    hold_from: Ids = 100
    hold_ratio: Annotated[Ratio, Field(gt=0)] = 0.5


class Coverage(Section):
    """Seconds after which an alarm names what nobody serves."""

    alarm_after: Seconds = 30.0


class Health(Section):
    """When an instance is lost, and how many may be stopped for it; durations are seconds."""

    interval: Seconds = 5.0
    deadline: Seconds = 15.0
    startup_grace: Seconds = 15.0
    window: Seconds = 30.0
    kill_ratio: Ratio = 0.1
    backoff_first: Seconds = 1.0
    backoff_most: Seconds = 60.0
    stable_after: Seconds = 30.0

    @model_validator(mode="after")
    def _agree(self) -> Self:
        late = round(self.interval * LATE_AFTER, 6)
        refuse(
            f"health.deadline is {self.deadline:g}, "
            f"allowed: more than {late:g} ({LATE_AFTER} x health.interval)"
            if self.deadline <= late
            else None,
            f"health.backoff_most is {self.backoff_most:g}, "
            f"allowed: health.backoff_first ({self.backoff_first:g}) or more"
            if self.backoff_most < self.backoff_first
            else None,
        )
        return self
