"""The part of the facade's double that is about the server as a whole."""

from __future__ import annotations

from typing import Any

from orchestrator.engine.answers.system import LimitStatus, SystemStatus


class SystemDouble:
    def system(self: Any) -> SystemStatus:
        overview = self.overview()
        return SystemStatus(
            version=overview.version,
            standing=self.place,
            dependencies=overview.dependencies,
            limits=[LimitStatus(name="movesAtOnce", kind="Thing", value=100, in_use=8, last_hit=None)],
        )
