"""A section within a kind: when a resource is suspected of ending its instances, and what follows."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from orchestrator.core.policy import Acts, PoisonPolicy
from orchestrator.settings.section import Seconds, Section, Whole


def _acts(value: Any) -> Any:
    # YAML reads yes, no, on and off as truth values.
    if isinstance(value, bool):
        return (Acts.ACT if value else Acts.OFF).value
    words = {"true": Acts.ACT, "false": Acts.OFF}
    return words[value.lower()].value if isinstance(value, str) and value.lower() in words else value


class Poison(Section):
    """So many crashes within so many seconds; at most ``most`` ids at once, each for ``expire`` seconds."""

    act: Annotated[Acts, BeforeValidator(_acts)] = Acts.ACT
    after: Annotated[Whole, Field(ge=2, le=20)] = 3
    within: Seconds = 600.0
    expire: Seconds = 3600.0
    most: Annotated[Whole, Field(ge=1, le=50)] = 10

    def policy(self) -> PoisonPolicy:
        """What the planner needs to know of it."""
        return PoisonPolicy(
            after=self.after, within=self.within, expire=self.expire, most=self.most, acts=self.act
        )
