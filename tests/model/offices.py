"""The office as candidates and leaders take, prove and lose it; what they write is the product's own."""

from __future__ import annotations

from orchestrator.core.decisions import Deposed
from orchestrator.ports import Office
from orchestrator.store import leadership
from orchestrator.store.operations import Check
from tests.model.ensemble import LAYOUT, Ensemble
from tests.model.rules import Rules
from tests.model.state import Leader
from tests.model.table import Table

Write = tuple[int, int]
"""A multi, and the office that it proves when it lands."""


class Offices:
    """Offices by number."""

    def __init__(self, ensemble: Ensemble, rules: Rules) -> None:
        self._ensemble = ensemble
        self._rules = rules
        self._table: Table[Office] = Table(lambda office: office)

    def __getitem__(self, number: int) -> Office:
        return self._table[number]

    def enter(self, documents: int, number: int, leader: Leader) -> tuple[int, str, int]:
        """Queue under a new session: the documents, the own node, and the count of marks after that."""
        queue = self._ensemble.queue[(documents,)]
        place = 1 + int(queue[-1].rpartition("/")[2][:4]) if queue else 1
        node = f"{LAYOUT.election}/{place:04d}-L{number}-{leader.marks}"
        return self._ensemble.enter(documents, node), node, leader.marks + 1

    def campaign(self, documents: int, number: int, leader: Leader) -> Write | int | None:
        """The write that takes office; an office that was taken already; None while others are before us."""
        if self._ensemble.queue[(documents,)][0] != leader.node:
            return None
        found = self._ensemble.leader[(documents,)]
        if leader.doubtful is not None:
            office = self._table[leader.doubtful[0]]
            if leadership.was_taken(office, leader.doubtful[1], found, leader.node):
                return leader.doubtful[0]
        operation, office = leadership.taking(
            LAYOUT.leader, found, f"L{number}", "", f"L{number}-{leader.marks}"
        )
        return self._ensemble.multi(Check(leader.node, 0), operation), self._table.number(office)

    def fence(self, documents: int, number: int, leader: Leader) -> Write | int | None:
        """The write that renews the proof; an office that was renewed already; None when it is another's."""
        queue = self._ensemble.queue[(documents,)]
        if leader.node not in queue:
            return None
        path, found, office = LAYOUT.leader, self._ensemble.leader[(documents,)], self._table[leader.office]
        answer = leadership.fencing(
            path, found, office, lambda nonce: nonce.startswith(f"L{number}-"), f"L{number}-{leader.marks}"
        )
        if isinstance(answer, Deposed):
            return None
        if isinstance(answer, Office):
            return self._table.number(answer)
        operation, renewed = answer
        return self._ensemble.multi(Check(leader.node, 0), operation), self._table.number(renewed)

    def stale_write(self, documents: int, office: Office) -> str:
        """What is wrong with a write under this office, landing on these documents; empty: nothing."""
        found = self._ensemble.leader[(documents,)]
        if found is not None and found.nonce == office.nonce:
            return ""
        return f"{office.holder} wrote under epoch {office.epoch}, which it does not hold"
