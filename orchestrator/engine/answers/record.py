"""What the engine answers about its recording."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointTaken:
    """``name``: what the line of the journal says of it; it is written soon after. ``ids``: of the kind."""

    kind: str
    name: str
    ids: int
