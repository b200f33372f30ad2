"""What the engine measures of itself; only of kinds that it leads."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.plans.proposal import Tally
from orchestrator.engine.answers.measures import Measures
from orchestrator.engine.holdings import Holdings
from orchestrator.engine.steward import Steward


class MeasuresFront(Holdings):
    """The facade (``orchestrator.engine.facade.measures``)."""

    def measures(self) -> Sequence[Measures]:
        return [_of(steward) for steward in self._stewards.values()]

    def journal_waiting(self) -> int:
        return 0 if self.term is None else self.term.recorder.waiting


def _of(steward: Steward) -> Measures:
    return Measures(
        kind=steward.setup.kind,
        waiting=len(steward.tenure.inbox),
        release_progress=_progress(steward),
    )


def _progress(steward: Steward) -> float | None:
    # What ended is not read: its moves may have to be decoded.
    if steward.tenure.view.state.rebalance is None:
        return None
    under_way = next((one for one in steward.plans.list() if one.proposal.stage.is_under_way), None)
    return None if under_way is None else _share(under_way.tally)


def _share(tally: Tally) -> float:
    whole = tally.done + tally.moving + tally.waiting + tally.failed + tally.dropped
    return 1.0 if not whole else (whole - tally.moving - tally.waiting) / whole
