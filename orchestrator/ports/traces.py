"""Where the ways of new resources to their owners are told, one trace each."""

from __future__ import annotations

from typing import Protocol

from orchestrator.core.coverage.journey import Journey


class Traces(Protocol):
    """Told on the event loop, of thousands a second at times: neither waits nor raises."""

    def journey(self, kind: str, journey: Journey) -> None: ...
