"""Refusals that come again and again: the first few have a line each, the others are counted in one. Pure.

So whoever is refused is in the trail, and nobody fills it by being refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from orchestrator.core.audit_trail import AuditLine

OTHERS = "others"
"""Stands for the addresses of those who are too many to be told apart."""

_Key = tuple[str, str, int | None]
"""Who is known, the place, and the status."""


@dataclass(slots=True)
class _Span:
    since: float
    passed: int = 0
    held: int = 0
    last: AuditLine | None = None


class Repeats:
    """``most`` lines of who is refused in the same way within ``span`` seconds; at most ``keys`` of them."""

    def __init__(self, most: int = 20, span: float = 60.0, keys: int = 1000) -> None:
        self._most = most
        self._span = span
        self._keys = keys
        self._spans: dict[_Key, _Span] = {}

    def take(self, line: AuditLine, now: float, place: str | None = None) -> AuditLine | None:
        """The line, where it is to be written now; None: it is counted. ``now``: monotonic seconds.

        ``place``: where it comes from, for certain; None: the line's own. Whoever is not known is told apart
        by that alone, since names and the claims of a line can be made up as often as somebody likes.
        """
        known = line.actor if line.source else ""
        key = (known, line.remote if place is None else place, line.status)
        if key not in self._spans and len(self._spans) >= self._keys:
            line = replace(line, actor="", remote=OTHERS)
            key = ("", OTHERS, line.status)
        span = self._spans.setdefault(key, _Span(since=now))
        if span.passed < self._most:
            span.passed += 1
            return line
        span.held += 1
        span.last = line
        return None

    def due(self, now: float, *, everything: bool = False) -> list[AuditLine]:
        """The lines of what was counted in spans that are over, or in all."""
        return list(self._ended(now, everything))

    def _ended(self, now: float, everything: bool) -> Iterator[AuditLine]:
        for key, span in list(self._spans.items()):
            if everything or now - span.since >= self._span:
                del self._spans[key]
                if span.last is not None:
                    yield replace(span.last, count=span.held)
