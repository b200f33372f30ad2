"""What a runtime in memory is told to do wrong."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

Verb = Literal["ensure", "stop", "force", "observe", "place", "lacking_room", "usage", "logs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One call that raises Unavailable.

    ``after_s`` None: it changes nothing. Else it takes effect nevertheless, so many seconds later: the
    request had reached the runtime, only the answer was lost.
    """

    after_s: float | None = None
    detail: str = "told to fail"


class Faults:
    """By verb, the faults of the next calls, in order."""

    def __init__(self) -> None:
        self._waiting: dict[Verb, deque[Fault]] = defaultdict(deque)

    def add(self, verb: Verb, fault: Fault, times: int) -> None:
        self._waiting[verb].extend([fault] * times)

    def take(self, verb: Verb) -> Fault | None:
        waiting = self._waiting[verb]
        return waiting.popleft() if waiting else None

    def clear(self) -> None:
        self._waiting.clear()
