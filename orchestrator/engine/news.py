"""What a pass goes by that the recording does not say yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from orchestrator.core.hints import Claim
from orchestrator.core.lifecycle import Verdict
from orchestrator.core.moves.handoff import Freed
from orchestrator.core.poison.isolation import Orders
from orchestrator.core.traits import Traits
from orchestrator.core.view import View
from orchestrator.engine.roster import Roster
from orchestrator.replay.inputs import traits_parts


class News:
    """Since a checkpoint, which says none of what is told here once."""

    def __init__(self) -> None:
        self._ended: set[tuple[int, int]] = set()
        self._fenced: set[tuple[int, int]] = set()
        self._waiting: frozenset[int] = frozenset()
        self._failing: frozenset[int] = frozenset()
        self._aside: tuple[int | None, frozenset[str]] = None, frozenset()

    def of_pass(
        self,
        view: View,
        roster: Roster,
        hints: Mapping[str, Claim],
        free: Sequence[Freed],
        present: Mapping[str, Traits] | None,
        verdicts: Mapping[int, Verdict],
        fenced: Mapping[int, str],
        waiting: Collection[int],
        orders: Orders,
    ) -> dict[str, Any]:
        """Empty where the pass brings nothing new."""
        part: dict[str, Any] = {}
        if orders.changes:
            part["quarantine"] = {i: None if e is None else asdict(e) for i, e in orders.changes.items()}
        if (orders.home, orders.aside) != self._aside:
            self._aside = orders.home, orders.aside
            part["aside"] = [orders.home, sorted(orders.aside)]
        if hints:
            part["hints"] = _by_claim(hints)
        if free:
            part["free"] = [(one.shard, one.ids) for one in free]
        if present is None:
            part["answered"] = False
        elif hints or free:
            asked = [*hints, *(i for one in free for i in one.ids)]
            if absent := [i for i in asked if i not in present]:
                part["absent"] = absent
            part |= traits_parts(present)
        if ended := self._newly_ended(view, verdicts):
            part["ended"] = ended
        if new := [n for n in fenced if _is_new(view, self._fenced, n)]:
            part["fenced"] = [(n, fenced[n]) for n in new]
        if waiting != self._waiting:
            self._waiting = frozenset(waiting)
            part["waiting"] = sorted(waiting)
        if view.state.rebalance is not None:
            failing = frozenset(n for n, one in roster.members.items() if one.failures)
            if failing != self._failing:
                self._failing = failing
                part["failing"] = sorted(failing)
        return part

    def _newly_ended(self, view: View, verdicts: Mapping[int, Verdict]) -> list[tuple[int, str, str]]:
        found = []
        for number, verdict in verdicts.items():
            shard = view.shards.get(number)
            is_it = shard is not None and shard.incarnation == verdict.incarnation
            if is_it and _is_new(view, self._ended, number):
                found.append((number, verdict.reason.value, verdict.detail))
        return found


def _is_new(view: View, told: set[tuple[int, int]], number: int) -> bool:
    name = number, view.shards[number].incarnation
    if name in told:
        return False
    told.add(name)
    return True


def _by_claim(hints: Mapping[str, Claim]) -> dict[str, list[str]]:
    by_claim: dict[str, list[str]] = {}
    for resource_id, claim in hints.items():
        by_claim.setdefault(claim.value, []).append(resource_id)
    return by_claim
