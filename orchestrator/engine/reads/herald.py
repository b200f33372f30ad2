"""Tells the readers of the live stream what has changed: rows of shards, figures, dependencies, a plan.

While nobody reads nothing is computed; who comes then is told everything once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from orchestrator.core.plans.proposal import plan_number
from orchestrator.engine.answers import Dependency, KindStatus
from orchestrator.engine.answers.news import DependencyNews, KindNews, PlanNews, ShardNews
from orchestrator.engine.answers.plans import PlanStatus
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.engine.feed import Feed
from orchestrator.engine.status import kind_status, shard_status
from orchestrator.engine.steward import Steward
from orchestrator.errors import UnknownPlan
from orchestrator.ports import Clock

TELL_S = 0.25
FIGURES_EVERY = 2
"""Figures are told half as often as rows."""


class Herald:
    def __init__(
        self,
        feed: Feed,
        stewards: Mapping[str, Steward],
        clock: Clock,
        dependencies: Callable[[], Sequence[Dependency]],
    ) -> None:
        self._feed = feed
        self._stewards = stewards
        self._clock = clock
        self._dependencies = dependencies
        self._rows: dict[tuple[str, int], object] = {}
        self._figures: dict[str, object] = {}
        self._plans: dict[str, tuple[int, object]] = {}

    async def run(self) -> None:
        """For ever."""
        beat = 0
        while True:
            is_read = self._feed.readers > 0
            await self._clock.sleep(TELL_S if is_read else FIGURES_EVERY * TELL_S)
            beat += 1 if is_read else FIGURES_EVERY
            has_figures = beat % FIGURES_EVERY == 0
            if has_figures:
                for steward in self._stewards.values():
                    steward.limits.note()
            if not self._feed.readers:
                self._forget()
                continue
            for kind, steward in self._stewards.items():
                self._tell_rows(kind, steward)
                if has_figures:
                    self._tell_figures(kind, steward)
                    self._tell_plan(kind, steward)
            if has_figures:
                self._tell_dependencies()

    def _forget(self) -> None:
        self._rows.clear()
        self._figures.clear()
        self._plans.clear()

    def _tell_rows(self, kind: str, steward: Steward) -> None:
        tenure, now = steward.tenure, self._clock.monotonic()
        changed: list[ShardStatus] = []
        for number, shard in tenure.view.shards.items():
            status = shard_status(tenure, steward.supervisor, shard)
            heard = None if status.beat_age is None else round(now - status.beat_age, 1)
            row = replace(status, beat_age=None), heard
            if self._rows.get((kind, number)) != row:
                self._rows[kind, number] = row
                changed.append(status)
        known = [number for of, number in self._rows if of == kind]
        gone = [number for number in known if number not in tenure.view.shards]
        for number in gone:
            del self._rows[kind, number]
        if changed or gone:
            changed.sort(key=lambda one: one.number)
            news = ShardNews(as_of=self._clock.wall(), kind=kind, shards=changed, gone=gone)
            self._feed.publish("shards", news, kind, rows=1 + len(changed))

    def _tell_figures(self, kind: str, steward: Steward) -> None:
        status = replace(
            kind_status(steward.tenure, steward.supervisor, steward.resync, ready=steward.ready.is_set()),
            sizing=steward.elastic.sentence,
            shards=(),
        )
        if self._figures.get(kind) != (figures := self._timeless(status)):
            self._figures[kind] = figures
            self._feed.publish("summary", KindNews(as_of=self._clock.wall(), status=status), kind)

    def _timeless(self, status: KindStatus) -> object:
        """What does not change by the mere passing of time."""
        age = status.audited_age
        audited = None if age is None else round(self._clock.monotonic() - age)
        return replace(status, audited_age=None), audited

    def _tell_plan(self, kind: str, steward: Steward) -> None:
        goal = steward.tenure.view.state.rebalance
        number = None if goal is None else plan_number(goal.id)
        if number is None:
            number = self._plans.get(kind, (None, None))[0]
        if number is None:
            return
        try:
            status: PlanStatus = steward.plans.show(number)
        except UnknownPlan:
            self._plans.pop(kind, None)
            return
        if self._plans.get(kind) != (number, status):
            self._plans[kind] = number, status
            self._feed.publish("plan", PlanNews(as_of=self._clock.wall(), plan=status), kind)
        if goal is None:
            self._plans.pop(kind, None)

    def _tell_dependencies(self) -> None:
        found = self._dependencies()
        figures = [replace(one, age=None) for one in found]
        if self._figures.get("") != figures:
            self._figures[""] = figures
            self._feed.publish("deps", DependencyNews(as_of=self._clock.wall(), dependencies=found))
