"""The source of truth for which resources exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from orchestrator.core.model import Vector
from orchestrator.core.traits import Labels, Traits


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Every id of a kind in one consistent read.

    ``weights`` names only those heavier or lighter than one, ``labels`` only those that have some.
    ``doubtful``: how many have a weight or a label that cannot be used; ``doubts`` says of the first of
    them what is wrong.
    """

    ids: Sequence[str]
    weights: Mapping[str, Vector] = field(default_factory=dict)
    labels: Mapping[str, Labels] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    doubtful: int = 0


class Catalog(Protocol):
    """The source of truth for which resources exist: always its primary, never a replica."""

    async def lookup(self, kind: str, ids: Collection[str]) -> Mapping[str, Traits]:
        """Those of ``ids`` that exist, each with its weight and labels. Raises Unavailable."""

    async def listing(self, kind: str) -> Listing:
        """Every id of the kind. Raises Unavailable."""

    async def close(self) -> None: ...
