"""How near a kind is to its limits, and when it last reached each."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.plans.figures import at_once
from orchestrator.core.removal import allowance
from orchestrator.engine.answers.system import LimitStatus
from orchestrator.engine.supervisor import Supervisor
from orchestrator.engine.tenure import Tenure


class LimitWatch:
    """``note`` now and then, so that what was reached for a moment is remembered."""

    def __init__(self, tenure: Tenure, supervisor: Supervisor) -> None:
        self._tenure = tenure
        self._supervisor = supervisor
        self._hits: dict[str, float] = {}

    def look(self) -> list[LimitStatus]:
        self.note()
        return [
            LimitStatus(
                name=name,
                kind=self._tenure.setup.kind,
                value=value,
                in_use=in_use,
                last_hit=self._hits.get(name),
            )
            for name, value, in_use in self._measured()
        ]

    def note(self) -> None:
        """Remember which of them are reached now."""
        for name, value, in_use in self._measured():
            if in_use >= value:
                self._hits[name] = self._tenure.around.clock.wall()

    def _measured(self) -> Iterator[tuple[str, float, float]]:
        tenure = self._tenure
        view, policy, clock = tenure.view, tenure.setup.policy, tenure.around.clock
        active = [shard for shard in view.shards.values() if shard.is_active]
        standing = view.count()
        yield "maxInstances", view.state.max_instances, len(active)
        fullest = max(active, key=lambda shard: view.load(shard.number).score(shard.capacity), default=None)
        if fullest is not None:
            yield "fullestShard", fullest.capacity[0], view.load(fullest.number).expected
        moving = sum(view.load(number).reserved[0] for number in view.shards)
        yield "movesAtOnce", at_once(policy, standing), moving
        most = max(policy.removal_floor, int(standing * policy.removal_ratio))
        left = allowance(view.state.removal_budget, standing, policy, wall=clock.wall())
        yield "removalBudget", most, most - left
        judge, health = self._supervisor.judge, tenure.setup.health
        kills = max(1, int(len(tenure.roster.live) * health.kill_ratio))
        yield "killGate", kills, judge.stopped_lately(clock.monotonic())
