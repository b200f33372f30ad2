"""What the live stream tells of a kind beside the lines of its journal. ``as_of``: wall clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.engine.answers import Dependency, KindStatus
from orchestrator.engine.answers.plans import PlanStatus
from orchestrator.engine.answers.shard import ShardStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class KindNews:
    """The figures of a kind; ``status`` has no shards."""

    as_of: float
    status: KindStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardNews:
    """The shards of a kind that are not as they were told last; ``gone``: those that are no more."""

    as_of: float
    kind: str
    shards: Sequence[ShardStatus]
    gone: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyNews:
    as_of: float
    dependencies: Sequence[Dependency]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNews:
    """The plan that is carried out, or that just came to its end."""

    as_of: float
    plan: PlanStatus
