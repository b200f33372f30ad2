"""What happened in a world: a story to read when it fails, and how often each rare thing was met."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

KEPT = 400


class Broken(AssertionError):
    """The world found a rule broken; the text ends with the story that led to it."""

    def __init__(self, rule: str, lines: list[str]) -> None:
        super().__init__("\n".join([rule, *lines[-80:]]))
        self.lines = lines


class Story:
    def __init__(self, now: Callable[[], float], *, echo: bool = False) -> None:
        self.met: Counter[str] = Counter()
        self._now = now
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._echo = echo
        self.broken: Broken | None = None

    def tell(self, who: str, what: str) -> None:
        line = f"{self._now():9.3f}  {who:<16} {what}"
        self._lines.append(line)
        if self._echo:
            print(line)

    def meet(self, what: str, times: int = 1) -> None:
        """Count a rare thing."""
        self.met[what] += times

    def break_(self, rule: str) -> Broken:
        """Note that a rule is broken; the first one counts."""
        if self.broken is None:
            self.tell("CHECKER", rule)
            self.broken = Broken(rule, list(self._lines))
        return self.broken

    def require(self, is_so: bool, rule: str) -> None:
        if not is_so:
            raise self.break_(rule)

    def close(self) -> None:
        """Raise what was found in a place from which nobody could raise it."""
        if self.broken is not None:
            raise self.broken
