"""The facade: the server as a whole."""

from __future__ import annotations

from typing import Protocol

from orchestrator.engine.answers.system import SystemStatus


class SystemFacade(Protocol):
    def system(self) -> SystemStatus:
        """Who leads, what it leans on, and how near its limits are."""
