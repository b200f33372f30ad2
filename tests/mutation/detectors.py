"""What looks for a break: the model, the simulated world, the fault matrix; each with a bounded effort."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.matrix.fault import Fault, Perturbation
from tests.matrix.matrix import check, perturbations, references
from tests.matrix.run import Failed
from tests.matrix.workloads import WORKLOADS
from tests.model.breaks import Break
from tests.model.configuration import Configuration
from tests.model.search import search
from tests.simulation.batch import undisturbed
from tests.simulation.random_world import Violation, run_world

ENOUGH_WORLDS = 300
ENOUGH_STATES = 200_000


@dataclass(frozen=True, kw_only=True)
class Caught:
    """``effort``: how far the detector had to look; ``rule``: what it said was broken; ``at``: where."""

    effort: str
    rule: str
    at: int | Perturbation | None = None


class Detector(Protocol):
    """``name``: of the proof. ``detect``: the first violation, with the product as it is now; None: none.

    ``without``: what is wrong at the same place now that nothing is broken any more; empty: nothing.
    """

    @property
    def name(self) -> str: ...

    def detect(self) -> Caught | None: ...

    def without(self, caught: Caught) -> str: ...


@dataclass(frozen=True)
class Worlds:
    """Random worlds, the first with seed ``first``."""

    most: int = ENOUGH_WORLDS
    first: int = 0

    @property
    def name(self) -> str:
        return "simulated world"

    def detect(self) -> Caught | None:
        return self._first_broken(range(self.first, self.first + self.most))

    def without(self, caught: Caught) -> str:
        assert isinstance(caught.at, int)
        found = self._first_broken([caught.at])
        return "" if found is None else found.rule

    def _first_broken(self, seeds: Iterable[int]) -> Caught | None:
        with undisturbed():
            for count, seed in enumerate(seeds, 1):
                try:
                    run_world(seed)
                except Violation as violation:
                    return Caught(effort=_counted(count, "world"), rule=violation.rule, at=seed)
        return None


@dataclass(frozen=True)
class Matrix:
    """One workload, undisturbed and then with these faults at each of its points."""

    workload: str
    faults: Sequence[Fault] = ()

    @property
    def name(self) -> str:
        return "fault matrix"

    def detect(self) -> Caught | None:
        with undisturbed():
            return next(self._found(), None)

    def without(self, caught: Caught) -> str:
        workload = WORKLOADS[self.workload]
        with undisturbed():
            try:
                known = references(workload, 0)
            except Failed as failed:
                return _first_line(failed)
            if isinstance(caught.at, Perturbation):
                found = check(workload, caught.at, known.of(caught.at.fault), 0)
                return "" if found is None else found.why
        return ""

    def _found(self) -> Iterator[Caught]:
        workload, points = WORKLOADS[self.workload], 0
        try:
            known = references(workload, 0)
        except Failed as failed:
            yield Caught(effort=f"`{self.workload}`, undisturbed", rule=_first_line(failed))
            return
        for fault in self.faults:
            for perturbation in perturbations(fault, known.plain):
                points += 1
                found = check(workload, perturbation, known.of(fault), 0)
                if found is not None and not found.is_beyond:
                    effort = f"{_counted(points, 'point')} of `{self.workload}`, `{fault}`"
                    yield Caught(effort=effort, rule=found.why.splitlines()[0], at=perturbation)


@dataclass(frozen=True)
class Model:
    """One world of the model, searched until something is broken; its own tests show that else nothing is."""

    world: Configuration | Break

    @property
    def name(self) -> str:
        return "model"

    def detect(self) -> Caught | None:
        if isinstance(self.world, Break):
            verdict = self.world.search()
        else:
            verdict = search(self.world, most=ENOUGH_STATES)
        if not verdict.wrong:
            return None
        steps = max(0, len(verdict.story) - 1)
        effort = f"{_counted(steps, 'step')}, {_counted(verdict.states, 'state')}"
        return Caught(effort=effort, rule=verdict.wrong)

    def without(self, caught: Caught) -> str:
        return ""


@dataclass(frozen=True)
class SmallSearch:
    """A search of the model beside its worlds: how many states it saw, and what is wrong in the last."""

    search: Callable[[], tuple[int, str]]

    @property
    def name(self) -> str:
        return "model"

    def detect(self) -> Caught | None:
        states, wrong = self.search()
        return Caught(effort=_counted(states, "state"), rule=wrong) if wrong else None

    def without(self, caught: Caught) -> str:
        return self.search()[1]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
