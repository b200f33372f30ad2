"""Numbers, durations and states as people read them; the same words everywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

TROUBLE = frozenset({"late", "lost", "backoff", "unknown", "none", "unowned", "held", "failed"})
"""States that are written in capitals."""

DASH = "-"
"""What is not known; never 0."""


def number(value: Any) -> str:
    """41300 -> 41,300."""
    return DASH if value is None else f"{value:,}"


def state(value: str | None) -> str:
    """The state, in capitals when it means trouble."""
    if not value:
        return DASH
    return value.upper() if value in TROUBLE else value


def duration(seconds: float | None) -> str:
    """0.2 s, 41 s, 2 min 14 s, 3 h 5 min, 2 d 4 h."""
    if seconds is None:
        return DASH
    if seconds < 1:
        return f"{max(0.0, seconds):.1f} s"
    whole = int(seconds)
    for size, name, below, part in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // below
            return f"{whole // size} {name}" + (f" {rest} {part}" if rest else "")
    return f"{whole} s"


def brief(seconds: float | None) -> str:
    """A duration for a narrow column: 4s, 2min14s."""
    return (
        duration(seconds if seconds is None or seconds >= 1 else 0.0).replace("0.0 s", "0s").replace(" ", "")
    )


def clock(at: float, now: float) -> str:
    """A wall-clock time, local; with its date when it is of another day."""
    moment, today = datetime.fromtimestamp(at).astimezone(), datetime.fromtimestamp(now).astimezone()
    return f"{moment:%H:%M:%S}" if moment.date() == today.date() else f"{moment:%Y-%m-%d %H:%M:%S}"


def slot(shard: int | None, kind: str = "") -> str:
    """Thing/17, or 17 without a kind."""
    if shard is None:
        return kind or DASH
    return f"{kind}/{shard}" if kind else str(shard)
