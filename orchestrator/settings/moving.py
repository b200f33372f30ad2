"""Sections within a kind: when a resource may be moved for the sake of balance (docs/placement.md)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from orchestrator.core.moves.policy import MovePolicy, MoveRule, Quiet
from orchestrator.core.traits import labels_of
from orchestrator.settings.placing import Name, Value
from orchestrator.settings.section import Number, Section, Whole, refuse

DAY_S = 86_400


def _hours(value: str) -> str:
    return str(Quiet.parse(value))


class Moving(Section):
    """What holds of the resources that bear all of ``labels``; of all where none is given."""

    labels: dict[Name, Value] = Field(default_factory=dict)
    never: bool = False
    per_day: Annotated[Whole, Field(ge=1, le=10_000)] | None = None
    quiet: tuple[Annotated[str, AfterValidator(_hours)], ...] = ()
    cost: Annotated[Whole, Field(ge=0, le=1_000_000)] = 0
    warming: Annotated[Whole, Field(ge=1, le=10_000_000)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        says = self.never or self.per_day or self.quiet or self.cost or self.warming
        refuse(
            None
            if says
            else "the rule says nothing, allowed: at least one of never, per_day, quiet, cost and warming"
        )
        return self

    def rule(self) -> MoveRule:
        return MoveRule(
            labels=labels_of(self.labels),
            never=self.never,
            per_day=self.per_day,
            quiet=tuple(Quiet.parse(text) for text in self.quiet),
            cost=self.cost,
            warming=self.warming,
        )


class MovePolicySettings(Section):
    """Seconds before the same resource is moved again, and rules that must all agree."""

    cooldown: Annotated[Number, Field(ge=0, le=DAY_S)] = 0.0
    rules: tuple[Moving, ...] = ()

    def labels(self) -> set[str]:
        """The labels of resources that the rules ask for."""
        return {name for rule in self.rules for name in rule.labels}

    def policy(self) -> MovePolicy:
        """What the planner needs to know."""
        return MovePolicy(rules=tuple(rule.rule() for rule in self.rules), cooldown=self.cooldown)
