"""Moments as people write them: 6h (ago), 2026-11-22T03:10 (local), or with Z or +08:00 at its end."""

from __future__ import annotations

import math
from datetime import datetime

import typer

from orchestrator.cli.duration_of import seconds_of


def moment_of(text: str | None, now: float, option: str) -> int | None:
    """Whole seconds of the epoch; a duration is how long ago. Raises BadParameter."""
    if text is None:
        return None
    if "-" not in text:
        return max(0, math.floor(now - seconds_of(text, option)))
    try:
        return max(0, math.floor(datetime.fromisoformat(text).timestamp()))
    except (ValueError, OverflowError) as wrong:
        said = f"{text!r} is no moment such as 6h (ago), 2026-11-22T03:10 or 2026-11-22T03:10:00Z"
        raise typer.BadParameter(said, param_hint=option) from wrong
