"""Gives verdicts on instances for silence, for what they hold on to, and for draining too long."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.decisions import Reason
from orchestrator.core.health import Health, kill_gate, was_away
from orchestrator.core.model import Instance, Shard
from orchestrator.core.moves.handoff import freed
from orchestrator.engine.roster import Roster


class Judge:
    """``spared``: why silent instances are not stopped; empty when none is spared."""

    def __init__(self, roster: Roster) -> None:
        self.spared = ""
        self._roster = roster
        self._policy = roster.policy
        self._health = roster.health
        self._stopped_at: list[float] = []
        self._draining_since: dict[int, float] = {}
        self._silent: set[int] = set()
        self._away = False

    def stopped_lately(self, now: float) -> int:
        """How many of the stops that the gate allows in a window are spent."""
        return sum(1 for at in self._stopped_at if now - at < self._health.window)

    def silence(self, shards: Mapping[int, Shard], *, proven: float | None, now: float) -> tuple[int, ...]:
        """Give verdicts on those silent beyond their deadline, as far as the kill gate lets; returns them."""
        away, self._away = self._away, was_away(proven, self._health, now=now)
        if away and not self._away:
            self._roster.heard_since = now
        self._find_silent(shards, now)
        silent = [n for n in self._silent if self._roster.members[n].verdict is None]
        if not silent:
            self.spared = ""
            return ()
        why = f"nothing heard for {self._health.deadline:g} s"
        total = len(self._roster.live)
        if 1 < total != len(silent) and not self._hears_anybody(now):
            # The others have just begun: that they are not silent yet is no sign that one would be heard.
            self.spared = f"none of {total} is heard: a person must decide"
            return ()
        return self._pass_gate(shards, silent, total, Reason.SILENT, why, proven=proven, now=now)

    def _hears_anybody(self, now: float) -> bool:
        beats = (self._roster.members[number].last_beat for number in self._roster.live)
        return any(at is not None and now - at < self._health.deadline for at in beats)

    def stuck(self, shards: Mapping[int, Shard], *, now: float) -> tuple[int, ...]:
        """Give verdicts on instances that did not let go of an id within the hand-off deadline."""
        if not self._roster.entries_seen():
            return ()
        stuck = [
            number
            for number, seen in self._roster.entries_seen().items()
            if number in shards
            and shards[number].instance is Instance.LIVE
            and self._holds_on(shards[number], seen, now)
            and self._roster.member(shards[number]).verdict is None
        ]
        if not stuck:
            return ()
        live = len(self._roster.live)
        why = f"a resource was not let go of within {self._policy.handoff_deadline:g} s"
        # Only an exchange says what is let go of: where none comes through, nobody is known to hold on.
        proven = self._roster.reported_at
        return self._pass_gate(shards, stuck, live + 1, Reason.STUCK, why, proven=proven, now=now)

    def _holds_on(self, shard: Shard, seen: Mapping[int, float], now: float) -> bool:
        """Whether an entry is overdue that is not free: one that is waits for us, or for the catalog."""
        overdue = {g for g, at in seen.items() if now - at >= self._policy.handoff_deadline}
        if not overdue:
            return False
        report = self._roster.reports.get(shard.number)
        free = {i for one in freed(shard, report, self._policy, now=now, first_seen=seen) for i in one.ids}
        entries = (entry for _, entry in shard.entries() if entry.generation in overdue)
        return any(not free.issuperset(entry.ids) for entry in entries)

    def draining(self, shards: Mapping[int, Shard], *, now: float) -> tuple[int, ...]:
        """Give verdicts on draining shards that are overdue.

        One that still holds ids without a target keeps its instance: they would be served by nobody.
        """
        if not self._roster.draining:
            self._draining_since.clear()
            return ()
        self._draining_since = {n: self._draining_since.get(n, now) for n in self._roster.draining}
        overdue = [
            n
            for n, since in self._draining_since.items()
            if now - since >= self._policy.drain_deadline
            and shards[n].instance is Instance.LIVE
            and not shards[n].used
            and self._roster.member(shards[n]).verdict is None
        ]
        for number in overdue:
            detail = f"draining for {self._policy.drain_deadline:g} s"
            self._roster.condemn(shards[number], Reason.OVERDUE, detail)
        return tuple(overdue)

    def without_target(self, shards: Mapping[int, Shard], now: float) -> tuple[int, ...]:
        """Draining shards that are overdue and keep ids for which there is no room elsewhere."""
        return tuple(
            n
            for n, since in self._draining_since.items()
            if n in shards and shards[n].used and now - since >= self._policy.drain_deadline
        )

    def _find_silent(self, shards: Mapping[int, Shard], now: float) -> None:
        """Diagnose those that may have come to be silent since, and those that were."""
        due = self._roster.due
        taken = due.take(now)
        for number in {*taken, *self._silent} if self._silent else taken:
            shard = shards.get(number)
            found = None if shard is None else self._roster.diagnosis(shard, now)
            if found is not None and found.health is Health.LOST:
                self._silent.add(number)
                continue
            self._silent.discard(number)
            # without a diagnosis: its shard is followed anew, or its instance accepted, before it has one
            if found is not None and found.wake_at is not None:
                due.at(number, found.wake_at)

    def _pass_gate(
        self,
        shards: Mapping[int, Shard],
        numbers: list[int],
        total: int,
        reason: Reason,
        detail: str,
        *,
        proven: float | None,
        now: float,
    ) -> tuple[int, ...]:
        sentence = kill_gate(
            numbers,
            total,
            self._stopped_at,
            self._health,
            proven=proven,
            leading_since=self._roster.leading_since,
            now=now,
        )
        if numbers or reason is Reason.SILENT:
            self.spared = sentence.why if sentence.spared else ""
        for number in sentence.stop:
            self._roster.condemn(shards[number], reason, detail)
            self._stopped_at.append(now)
        self._stopped_at = [at for at in self._stopped_at if now - at < self._health.window]
        return sentence.stop
