"""Keeps the quarantine of a kind: who comes in, who is tried again when the time is over, who is let out."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.hints import Claim
from orchestrator.core.model import id_fault
from orchestrator.core.papers import require_paper
from orchestrator.core.poison.quarantine import (
    BY_ITSELF,
    MOST,
    PAPER,
    Entry,
    Quarantine,
    encode_quarantine,
    fault_in,
    quarantine_in,
)
from orchestrator.core.poison.suspicion import Crash
from orchestrator.engine.poison.baseline import is_settled
from orchestrator.errors import NotNow

if TYPE_CHECKING:
    from orchestrator.engine.tenure import Tenure

CLOCKS_DIFFER_S = 3600.0
"""By more than that no two servers' clocks do: one of them was wrong when an entry was written, or is."""

DOUBLED_AT_MOST = 6
"""How often the time doubles for an id that ends its instance again."""


class Ward:
    """``changes``: entries that the next pass is to write, None: to take out."""

    def __init__(self, tenure: Tenure) -> None:
        self.changes: dict[str, Entry | None] = {}
        self._refused = "", 0.0
        self._tenure = tenure
        self._policy = tenure.setup.policy.poison
        self._clock = tenure.around.clock
        self._waiting: list[tuple[str, Entry | None, asyncio.Future[None]]] = []
        self._runs: dict[str, tuple[int, int, float]] = {}

    def entries(self) -> Quarantine:
        """Who is in, with what is about to be written."""
        merged: dict[str, Entry | None] = {**quarantine_in(self._tenure.view.papers), **self.changes}
        return {i: entry for i, entry in merged.items() if entry is not None}

    def due(self) -> dict[str, Entry | None]:
        """What the next pass is to write. Where the paper takes it no more, it is given up, and told: a pass
        that failed over it would fail for ever."""
        after = self.entries() if self.changes else {}
        try:
            if after:
                require_paper(PAPER, encode_quarantine(after), self._tenure.view.papers)
        except ValueError as error:
            self._give_up(f"the quarantine cannot be written: {error}")
        return dict(self.changes)

    def _give_up(self, why: str) -> None:
        self._refused = why, self._clock.monotonic() + self._policy.within
        self.changes.clear()
        self._answer_all(NotNow(why))

    def _answer_all(self, why: NotNow) -> None:
        for _, _, answer in self._waiting:
            if not answer.done():
                answer.set_exception(why)
        self._waiting.clear()

    def room(self) -> int:
        """How many more may be set apart without being asked."""
        held = sum(1 for entry in self.entries().values() if entry.is_automatic)
        total = self._tenure.view.count()
        return min(self._policy.room(total) - held, MOST - len(self.entries()))

    # --- in ---

    def convict(self, ids: Collection[str], evidence: Sequence[str]) -> None:
        """Set these apart, as far as there is room."""
        wall, known = self._clock.wall(), self.entries()
        for resource_id in list(ids)[: max(0, self.room())]:
            before = known.get(resource_id)
            times = 1 if before is None else before.times + 1
            self._change(
                resource_id,
                Entry(
                    since=wall,
                    until=wall + self._seconds(times),
                    by=BY_ITSELF,
                    evidence=tuple(evidence),
                    times=times,
                ),
            )

    def convict_tried(self, crash: Crash) -> bool:
        """Whether the crash is that of an instance with an id that is being tried again: it goes back."""
        view, wall = self._tenure.view, self._clock.wall()
        for resource_id, entry in self.entries().items():
            place = view.index.get(resource_id)
            if entry.tried is None or place is None or place.shard != crash.shard:
                continue
            times = entry.times + 1
            line = f"tried again, and incarnation {crash.incarnation} ended: {crash.detail}"
            again = replace(
                entry,
                since=wall,
                until=wall + self._seconds(times),
                times=times,
                tried=None,
                evidence=(*entry.evidence, line),
            )
            self._change(resource_id, again)
            return True
        return False

    def _seconds(self, times: int) -> float:
        return float(self._policy.expire * 2 ** min(times - 1, DOUBLED_AT_MOST))

    # --- out ---

    def look(self, now: float, *, alone: bool) -> None:
        """Let out who has stood the test; when the time of one is over, try it, ``alone``: nobody else is."""
        entries, wall = self.entries(), self._clock.wall()
        vanished, self._tenure.findings.vanished = self._tenure.findings.vanished, frozenset()
        for resource_id, entry in entries.items():
            is_gone = resource_id in vanished and resource_id not in self.changes
            if is_gone or (entry.tried is not None and self._is_done(resource_id, wall - entry.tried, now)):
                self._change(resource_id, None)
        if not alone or any(entry.tried is not None for entry in entries.values()):
            return
        over = [(entry.until, i) for i, entry in entries.items() if _is_over(entry, wall)]
        if over:
            _, resource_id = min(over)
            self._change(resource_id, replace(entries[resource_id], tried=wall))

    def _is_done(self, resource_id: str, tried_for: float, now: float) -> bool:
        """Whether it has stood the test, or nothing places it: it is listed no more, or there is no room."""
        return self._has_stood(resource_id, now) or tried_for >= 2 * self._policy.within

    def _has_stood(self, resource_id: str, now: float) -> bool:
        tenure = self._tenure
        place = tenure.view.index.get(resource_id)
        shard = None if place is None else tenure.shard(place.shard)
        if shard is None or not is_settled(tenure.roster, shard):
            return False
        runs = self._runs.get(resource_id)
        if runs is None or runs[:2] != (shard.number, shard.incarnation):
            self._runs[resource_id] = shard.number, shard.incarnation, now
            return False
        # as long as it was set apart for is not known to matter: as long as an instance is called stable
        return now - runs[2] >= 2 * tenure.roster.health.stable_after

    # --- by hand ---

    def add(
        self, resource_id: str, *, seconds: float | None, why: str, actor: str
    ) -> asyncio.Future[None] | Refused:
        """Set an id apart on a person's word; the answer is there when the store says so."""
        entry = self.proposed(resource_id, seconds=seconds, why=why, actor=actor)
        return entry if isinstance(entry, Refused) else self._promise(resource_id, entry)

    def proposed(self, resource_id: str, *, seconds: float | None, why: str, actor: str) -> Entry | Refused:
        """What would stand of an id that is set apart on a person's word."""
        if (fault := id_fault(resource_id)) is not None:
            return Refused(reason=Reason.UNFIT_ID, detail=f"This is no id that anything owns: {fault}.")
        known = self.entries()
        if resource_id not in known and len(known) >= MOST:
            return Refused(detail=f"{len(known)} resources are in quarantine, at most {MOST} are allowed.")
        wall = self._clock.wall()
        until = wall + (self._policy.expire if seconds is None else seconds)
        evidence = (why,) if why else ()
        return Entry(since=wall, until=until, by=actor, evidence=evidence)

    def lift(self, resource_id: str) -> asyncio.Future[None] | None:
        """Let an id out on a person's word; None: it is not in."""
        return self._promise(resource_id, None) if resource_id in self.entries() else None

    def close(self) -> None:
        """Nobody waits for what is not written any more."""
        self._answer_all(NotNow("this orchestrator is not the leader any more"))

    def _promise(self, resource_id: str, entry: Entry | None) -> asyncio.Future[None]:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((resource_id, entry, answer))
        self._change(resource_id, entry)
        return answer

    def _change(self, resource_id: str, entry: Entry | None) -> None:
        self.changes[resource_id] = entry
        self._runs.pop(resource_id, None)
        self._tenure.inbox.wake()

    def committed(self, changes: Mapping[str, Entry | None]) -> None:
        """These are in the store: who may be placed again is looked at."""
        for resource_id, entry in changes.items():
            if self.changes.get(resource_id, entry) == entry:
                self.changes.pop(resource_id, None)
            if entry is None or entry.tried is not None:
                self._tenure.inbox.hint([resource_id], Claim.FOUND)
        for one in list(self._waiting):
            resource_id, entry, answer = one
            if resource_id in changes:
                self._waiting.remove(one)
                if not answer.done():
                    answer.set_result(None)

    def sentences(self) -> Iterator[str]:
        if fault := fault_in(self._tenure.view.papers):
            yield fault
        if self._refused[0] and self._clock.monotonic() < self._refused[1]:
            yield self._refused[0]
        entries = self.entries()
        apart = {i: entry for i, entry in entries.items() if entry.tried is None}
        if apart:
            first = min(apart, key=lambda i: apart[i].since)
            until = datetime.fromtimestamp(apart[first].until, UTC).strftime("%Y-%m-%d %H:%M UTC")
            why = apart[first].evidence[-1] if apart[first].evidence else f"set apart by {apart[first].by}"
            yield f"{len(apart)} in quarantine, e.g. {first[:64]} until {until}: {why}"
        for resource_id, entry in entries.items():
            if entry.tried is not None:
                yield f"{resource_id[:64]} was in quarantine and is tried again"


def _is_over(entry: Entry, wall: float) -> bool:
    """Whether its time has passed, or cannot be told: the clock stands far before it was set apart."""
    return entry.until <= wall or wall < entry.since - CLOCKS_DIFFER_S
