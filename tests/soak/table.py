"""The figures of a soak, as they are printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """``holds`` None: a figure that nothing is asked of."""

    what: str
    figure: str
    allowed: str = ""
    holds: bool | None = None

    @property
    def verdict(self) -> str:
        return {None: "", True: "held", False: "BROKEN"}[self.holds]


def as_table(lines: list[Line]) -> str:
    """In Markdown."""
    rows = [("what", "figure", "allowed", ""), ("---", "---", "---", "---")]
    rows += [(line.what, line.figure, line.allowed, line.verdict) for line in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
