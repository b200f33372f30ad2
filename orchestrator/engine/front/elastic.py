"""What the engine answers about the size of a kind; only its leader hears of the load."""

from __future__ import annotations

from orchestrator.engine.answers.elastic import Sizing
from orchestrator.engine.holdings import Holdings


class ElasticFront(Holdings):
    """The facade (``orchestrator.engine.facade.elastic``)."""

    def sizing(self, kind: str) -> Sizing:
        return self._steward(kind).elastic.sizing()
