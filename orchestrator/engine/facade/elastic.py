"""The facade: the size of a kind."""

from __future__ import annotations

from typing import Protocol

from orchestrator.engine.answers.elastic import Sizing


class ElasticFacade(Protocol):
    def sizing(self, kind: str) -> Sizing:
        """How many shards the kind should have, by its count and its load. Raises NotNow, UnknownKind."""
