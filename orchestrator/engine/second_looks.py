"""Second looks at an id whose hint the catalog contradicted: a few, then the catalog stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from orchestrator.core.hints import Claim
from orchestrator.engine.timers import Timers


class _Look(NamedTuple):
    """``times``: looks that were arranged since the hint. ``turn``: the call that arranged the last one."""

    times: int
    turn: int
    is_due: bool = False


class Looks:
    """One look at a time waits for an id, however often it is hinted at.

    ``waits``: seconds before each look, counted from the look before. ``hint``: where the id is put then.
    """

    def __init__(
        self, timers: Timers, waits: Sequence[float], hint: Callable[[Iterable[str], Claim], None]
    ) -> None:
        self._timers, self._waits, self._hint = timers, waits, hint
        self._looks: dict[str, _Look] = {}
        self._turn = 0

    def again(self, hints: Mapping[str, Claim]) -> None:
        """Arrange the next look at these, if there is one.

        A hint that came by itself begins anew, and the look that waited is forgotten: else each of many hints
        would be looked at for as long as the last, and an old deletion be a witness for minutes.
        """
        self._turn += 1
        due: dict[tuple[float, Claim], list[str]] = {}
        for resource_id, claim in hints.items():
            known = self._looks.pop(resource_id, None)
            times = known.times if known is not None and known.is_due else 0
            if times < len(self._waits):
                self._looks[resource_id] = _Look(times + 1, self._turn)
                due.setdefault((self._waits[times], claim), []).append(resource_id)
        for (seconds, claim), ids in due.items():
            self._timers.later(seconds, partial(self._now, ids, claim, self._turn))

    def forget(self, ids: Iterable[str]) -> None:
        """The catalog and their hints agree."""
        for resource_id in ids:
            self._looks.pop(resource_id, None)

    def _now(self, ids: Sequence[str], claim: Claim, turn: int) -> None:
        due = [one for one in ids if one in self._looks and self._looks[one].turn == turn]
        for one in due:
            self._looks[one] = self._looks[one]._replace(is_due=True)
        if due:
            self._hint(due, claim)
