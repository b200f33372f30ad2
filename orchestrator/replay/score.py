"""What a run of history came to: work done, balance over time, and how long ids were served by nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from orchestrator.core.decisions import Transaction
from orchestrator.core.documents import OPERATION_SIZE, SHARD_SIZE, chunk_size
from orchestrator.core.model import Instance
from orchestrator.core.view import View, touched_chunks

VIEWS_S = 1.0
"""The balance is looked at no more often than this, in seconds of the recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Largest load of an active shard over the mean of them: over time, at its worst, at the end."""

    mean: float = 1.0
    most: float = 1.0
    end: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """``moves``: ids that changed their shard; ``returned``: that were to and did not. ``written``: bytes, an
    upper bound. ``unowned_s``: seconds in which an id that the catalog lists had no instance that answers,
    summed over ids; ``handoff_s``: seconds between the order to let go of a moved id and its new place, in
    which it may have been unowned. ``balance``: by dimension, the count first.
    """

    placed: int = 0
    moves: int = 0
    returned: int = 0
    deleted: int = 0
    transactions: int = 0
    written: int = 0
    started: int = 0
    unowned_s: float = 0.0
    unowned_most: int = 0
    handoff_s: float = 0.0
    balance: tuple[Balance, ...] = ()
    shards: int = 0
    unplaced: int = 0
    moving: int = 0
    refused: tuple[str, ...] = ()


@dataclass(slots=True)
class Scorer:
    """Told of each transaction, and of each moment at which something may have changed."""

    at: float
    _done: dict[str, int] = field(default_factory=dict)
    _transactions: int = 0
    _written: int = 0
    _unowned: int = 0
    _unowned_most: int = 0
    _unowned_s: float = 0.0
    _moving: int = 0
    _handoff_s: float = 0.0
    _looked_at: float = float("-inf")
    _weighted: list[float] = field(default_factory=list)
    _most: list[float] = field(default_factory=list)
    _current: list[float] = field(default_factory=list)
    _spans: float = 0.0
    refused: list[str] = field(default_factory=list)

    def committed(self, transaction: Transaction) -> None:
        self._transactions += 1
        self._written += size_of(transaction)
        for decision in transaction.decisions:
            verb = decision.verb
            if verb == "release" and decision.to is None:
                verb = "delete"
            self._done[verb] = self._done.get(verb, 0) + (decision.count or 1)

    def pass_to(self, at: float) -> None:
        """Time goes on; what was so until then has lasted so long."""
        span = max(0.0, at - self.at)
        self._unowned_s += span * self._unowned
        self._handoff_s += span * self._moving
        for dimension, current in enumerate(self._current):
            self._weighted[dimension] += span * current
        self._spans += span if self._current else 0.0
        self.at = max(self.at, at)

    def look(self, view: View, awake: Iterable[int], nowhere: int, *, balance: bool = False) -> None:
        """What is so from this moment on."""
        served = set(awake)
        idle = (n for n, s in view.shards.items() if n not in served or s.instance is not Instance.LIVE)
        self._unowned = nowhere + sum(view.load(n).used[0] for n in idle)
        self._unowned_most = max(self._unowned_most, self._unowned)
        self._moving = sum(load.reserved[0] for load in view.loads.values())
        if balance or self.at - self._looked_at >= VIEWS_S:
            self._looked_at = self.at
            self._look_at_balance(view)

    def _look_at_balance(self, view: View) -> None:
        self._current = imbalance(view)
        self._weighted = self._weighted or [0.0] * len(self._current)
        self._most = [max(pair) for pair in zip(self._most or self._current, self._current, strict=True)]

    def score(self, view: View, nowhere: int) -> Score:
        done = self._done
        spans = self._spans or 1.0
        return Score(
            placed=done.get("assign", 0),
            moves=done.get("move", 0),
            returned=done.get("return", 0),
            deleted=done.get("delete", 0),
            transactions=self._transactions,
            written=self._written,
            started=done.get("start", 0),
            unowned_s=self._unowned_s,
            unowned_most=self._unowned_most,
            handoff_s=self._handoff_s,
            balance=tuple(
                Balance(mean=total / spans if self._spans else now, most=most, end=now)
                for total, most, now in zip(self._weighted, self._most, self._current, strict=True)
            ),
            shards=sum(shard.is_active for shard in view.shards.values()),
            unplaced=nowhere,
            moving=sum(load.reserved[0] for load in view.loads.values()),
            refused=tuple(self.refused),
        )


def imbalance(view: View) -> list[float]:
    """In each dimension the largest load of an active shard over the mean of them; 1 where there is none."""
    active = [number for number, shard in view.shards.items() if shard.is_active]
    found = []
    for dimension in range(view.dimensions):
        used = [view.load(number).used[dimension] for number in active]
        total = sum(used)
        found.append(max(used) * len(used) / total if total else 1.0)
    return found


def size_of(transaction: Transaction) -> int:
    """An upper bound of the bytes that the transaction writes."""
    size = 2 * OPERATION_SIZE + sum(
        OPERATION_SIZE + len(change.after.body) for change in transaction.papers if change.after is not None
    )
    for change in transaction.changes:
        size += SHARD_SIZE
        if change.after is not None:
            size += sum(chunk_size(chunk) for _, chunk in touched_chunks(change.after, change.before))
    return size


def counted(decisions: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Ids by verb, as the recorded decisions say."""
    found: dict[str, int] = {}
    for verb, count in decisions:
        found[verb] = found.get(verb, 0) + (count or 1)
    return found
