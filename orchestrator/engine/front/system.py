"""What the engine answers of the server as a whole: who leads, what it leans on, how near its limits are."""

from __future__ import annotations

from orchestrator.engine.answers import Dependency, Standing
from orchestrator.engine.answers.system import SystemStatus
from orchestrator.engine.dependencies import dependencies, dependencies_of_follower
from orchestrator.engine.holdings import Holdings


class SystemFront(Holdings):
    """``orchestrator.engine.facade.system``."""

    def standing(self) -> Standing:
        if self.term is None:
            return self._lookout.standing(self._holder, self._recollection.age)
        office = self.leadership.office
        doubt = self.leadership.doubt()
        return Standing(
            holder=self._holder,
            in_office=True,
            leads=doubt is None,
            leader=self._holder,
            url="" if office is None else office.url,
            epoch=None if office is None else office.epoch,
            since=self._lookout.since,
            age=doubt,
            why="" if doubt is None else self.leadership.why_doubt,
        )

    def system(self) -> SystemStatus:
        return SystemStatus(
            version=self.version,
            standing=self.standing(),
            dependencies=self._dependencies(),
            limits=[one for steward in self._stewards.values() for one in steward.limits.look()],
        )

    def _dependencies(self) -> list[Dependency]:
        if self.term is None:
            return dependencies_of_follower(self._lookout)
        return dependencies(
            self.leadership,
            self.term.intake,
            list(self._stewards.values()),
            self.term.closed_kinds,
            self.term.recorder,
        )
