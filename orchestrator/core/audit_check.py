"""Whether a trail is whole: each line with its own hash and on the one before, up to known heads. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.audit_trail import GENESIS, Head, hash_of

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """The first line that does not fit, and why; ``sequence``: the one that should stand there."""

    sequence: int
    why: str


class Check:
    """Takes the lines of a trail from the first on, oldest first, and finds the first that does not fit.

    ``wanted``: the hash of a line that the trail once ended with.
    """

    def __init__(self, wanted: str | None = None) -> None:
        self._wanted = wanted
        self._seen_wanted = wanted is None or wanted == GENESIS
        self._head = Head()
        self._misfit: Misfit | None = None

    @property
    def head(self) -> Head:
        """The last line that fits."""
        return self._head

    @property
    def misfit(self) -> Misfit | None:
        return self._misfit

    def take(self, shown: Mapping[str, Any]) -> Misfit | None:
        """The next line as ``document`` shows it. After a misfit nothing more is looked at."""
        if self._misfit is None:
            self._misfit = self._judged(shown)
            if self._misfit is None:
                self._head = Head(sequence=shown["sequence"], hash=shown["hash"])
                self._seen_wanted = self._seen_wanted or shown["hash"] == self._wanted
        return self._misfit

    def ended(self, said: Head | None = None) -> Misfit | None:
        """The trail has no more lines. ``said``: the head that the trail itself keeps."""
        end = self._head
        if self._misfit is None and said is not None and said != end:
            why = f"line {end.sequence} is the last, and the head of the trail names line {said.sequence}"
            if said.sequence == end.sequence:
                why = f"line {end.sequence} is the last, and the head of the trail is of another line"
            self._misfit = Misfit(sequence=end.sequence + 1, why=why)
        if self._misfit is None and not self._seen_wanted:
            why = f"its end was cut off: no line up to {end.sequence}, the last, has the hash {self._wanted}"
            self._misfit = Misfit(sequence=end.sequence + 1, why=why)
        return self._misfit

    def _judged(self, shown: Mapping[str, Any]) -> Misfit | None:
        expected = self._head.sequence + 1
        found = shown.get("sequence")
        if found != expected:
            said = f"line {found} stands" if isinstance(found, int) else "something else stands"
            return Misfit(sequence=expected, why=f"{said} where line {expected} belongs")
        if shown.get("previous") != self._head.hash:
            return Misfit(sequence=expected, why="it does not follow on the line before it")
        try:
            own = hash_of(shown)
        except (TypeError, ValueError):
            return Misfit(sequence=expected, why="it is not a line of a trail")
        if shown.get("hash") != own:
            return Misfit(sequence=expected, why="what it says is not what was written: its hash is another")
        return None


def is_hash(text: str) -> bool:
    """Whether it is written as a hash of a line is."""
    return _HASH.fullmatch(text) is not None
