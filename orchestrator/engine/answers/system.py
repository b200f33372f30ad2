"""What the facade answers of the server as a whole: who leads, what it leans on, how near its limits are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.engine.answers import Dependency, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitStatus:
    """``kind`` None: of the whole server. ``in_use`` None: not known. ``last_hit``: wall clock at which this
    leader last saw that it was reached; None: never.
    """

    name: str
    kind: str | None
    value: float
    in_use: float | None
    last_hit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStatus:
    """``limits``: of the kinds that this server leads."""

    version: str
    standing: Standing
    dependencies: Sequence[Dependency]
    limits: Sequence[LimitStatus]
