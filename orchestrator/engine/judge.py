"""Gives verdicts on instances for silence, for what they hold on to, and for draining too long."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.health import Health, kill_gate
from orchestrator.core.model import Instance, Shard
from orchestrator.core.plan import Reason
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

    def silence(self, shards: Mapping[int, Shard], *, proven: float | None, now: float) -> tuple[int, ...]:
        """Give verdicts on those silent beyond their deadline, as far as the kill gate lets; returns them."""
        live = [s for s in shards.values() if s.instance is Instance.LIVE]
        silent = [
            s.number
            for s in live
            if (found := self._roster.diagnosis(s, now)) is not None
            and found.health is Health.LOST
            and self._roster.members[s.number].verdict is None
        ]
        why = f"nothing heard for {self._health.deadline:g} s"
        return self._pass_gate(shards, silent, len(live), Reason.SILENT, why, proven=proven, now=now)

    def stuck(self, shards: Mapping[int, Shard], *, now: float) -> tuple[int, ...]:
        """Give verdicts on instances that did not let go of an id within the hand-off deadline."""
        stuck = [
            number
            for number, seen in self._roster.entries_seen().items()
            if number in shards
            and shards[number].instance is Instance.LIVE
            and any(now - at >= self._policy.handoff_deadline for at in seen.values())
            and self._roster.member(shards[number]).verdict is None
        ]
        live = sum(1 for s in shards.values() if s.instance is Instance.LIVE)
        why = f"a resource was not let go of within {self._policy.handoff_deadline:g} s"
        # the instance is heard of, so the proof of the channel is not in question here
        return self._pass_gate(shards, stuck, live + 1, Reason.STUCK, why, proven=now, now=now)

    def draining(self, shards: Mapping[int, Shard], *, now: float) -> tuple[int, ...]:
        """Give verdicts on draining shards that are overdue.

        One that still holds ids without a target keeps its instance: they would be served by nobody.
        """
        draining = {n for n, shard in shards.items() if not shard.is_active}
        self._draining_since = {n: self._draining_since.get(n, now) for n in draining}
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
