"""What the facade answers of ids that are set apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """One id that is set apart; times are wall-clock seconds.

    ``times``: how often it was in a row; ``tried``: since when it is placed again, to be watched, None: it
    is placed nowhere.
    """

    id: str
    since: float
    until: float
    by: str
    evidence: tuple[str, ...]
    times: int
    tried: float | None
