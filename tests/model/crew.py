"""Worker processes: the state of the SDK's own assignment, by number."""

from __future__ import annotations

import copy
from collections.abc import Hashable
from typing import Any

from shardwright_worker.assignment import Assignment, Job, Verb
from shardwright_worker.protocol import Answer, Beat
from tests.model.table import Remembered, Table


class Crew:
    """``slow``: an acquire may take as long as it likes; else it returns at once."""

    def __init__(self, *, slow: bool) -> None:
        self._slow = slow
        self._table: Table[Assignment] = Table(_key)
        self.born = Remembered(self._born)
        self.apply = Remembered(self._apply)
        self.finish = Remembered(self._finish)
        self.beat = Remembered(self._beat)
        self.held = Remembered(self._held)
        self.busy = Remembered(self._busy)
        self.tokens = Remembered(self._tokens)

    def __getitem__(self, number: int) -> Assignment:
        return self._table[number]

    def _born(self, incarnation: int) -> int:
        return self._table.number(Assignment(incarnation))

    def _apply(self, number: int, answer: Answer) -> int:
        after = _copy(self._table[number])
        after.apply(answer)
        return self._begin(after)

    def _finish(self, number: int, verb: Verb, resource_id: str) -> int:
        """The call of the application returns."""
        after = _copy(self._table[number])
        token = after._desired.get(resource_id) if verb is Verb.ACQUIRE else None
        after.returned(Job(verb, resource_id, token))
        return self._begin(after)

    def _begin(self, assignment: Assignment) -> int:
        """Whatever is due is begun at once: until then it would not be held."""
        again = True
        while again:
            again = False
            for verb in Verb:
                while (job := assignment.begin(verb, 0.0)) is not None:
                    if verb is Verb.ACQUIRE and not self._slow:
                        assignment.returned(job)
                        again = True
        return self._table.number(assignment)

    def _beat(self, number: int) -> Beat:
        return self._table[number].snapshot()

    def _held(self, number: int) -> frozenset[str]:
        return self._table[number].held

    def _busy(self, number: int) -> tuple[tuple[Verb, str], ...]:
        """The calls under way."""
        verbs = {"ACQUIRING": Verb.ACQUIRE, "RELEASING": Verb.RELEASE}
        phases = sorted(self._table[number]._phase.items())
        return tuple((verbs[phase.name], i) for i, phase in phases if phase.name in verbs)

    def _tokens(self, number: int) -> tuple[tuple[str, tuple[int, int]], ...]:
        """Of the ids that are held and wanted, with which token."""
        found = self._table[number]
        return tuple(sorted((i, tuple(t)) for i, t in found._desired.items() if i in found.held))  # type: ignore[misc]


def _copy(assignment: Assignment) -> Assignment:
    other = copy.copy(assignment)
    for name, value in vars(assignment).items():
        if isinstance(value, dict):
            setattr(other, name, {k: list(v) if isinstance(v, list) else v for k, v in value.items()})
    return other


def _key(found: Assignment) -> Hashable:
    pairs: Any = (sorted(found._desired.items()), sorted((i, p.name) for i, p in found._phase.items()))
    return (
        found.generation,
        found.snapshot().incarnation,
        *map(tuple, pairs),
        tuple(found._pending),
    )
