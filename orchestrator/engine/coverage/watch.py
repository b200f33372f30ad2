"""Looks at the ledger of a kind every second: moves on what only time changes, and raises its alarms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from orchestrator.core.coverage.cover import Cover
from orchestrator.core.coverage.worst import Worst, overdue, overdue_shards, worst
from orchestrator.core.poison.quarantine import apart_in
from orchestrator.engine.tenure import Tenure

log = structlog.get_logger()

EVERY_S = 1.0
HEAL_EVERY_S = 30.0
"""At most so often a resync is asked for while something is wrong that it may heal."""

EXAMPLES = 3


class CoverageWatch:
    """``resync``: asks for one."""

    def __init__(self, tenure: Tenure, resync: Callable[[], None]) -> None:
        self._tenure = tenure
        self._resync = resync
        self._asked_at: float | None = None

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._tenure.around.clock.sleep(EVERY_S)
            self._tenure.coverage.sweep()
            self.judge()

    def judge(self) -> None:
        """Raise the alarms anew, and have catalog and store compared where that may heal something."""
        tenure, ledger = self._tenure, self._tenure.coverage.ledger
        now, after = tenure.around.clock.monotonic(), tenure.setup.policy.coverage_alarm_after
        alarms: list[str] = []
        # what has an alarm of its own, which says more
        told = apart_in(tenure.view.papers).union(tenure.findings.unplaced)
        single, examples = overdue(ledger, now, after, told, EXAMPLES)
        if single:
            alarms.append(
                f"{_served(single)} by nobody for more than {after:g} s: {_names(examples, single)}"
            )
        for one in overdue_shards(ledger, now, after):
            name = f"{tenure.setup.instance_name}-{one.shard}"
            alarms.append(f"{name}: {_served(one.count)} by nobody for {one.for_s:.0f} s: {one.why}")
        doubled = ledger.doubles.count(Cover.DOUBLE)
        if doubled:
            doubles = [one for one in worst(ledger, now, 100) if one.state == Cover.DOUBLE]
            alarms.append(f"{_served(doubled)} by two at once: {_names(doubles, len(doubles))}")
        self._tell(tuple(alarms))
        if (single or doubled) and (
            self._asked_at is None or now - self._asked_at >= max(after, HEAL_EVERY_S)
        ):
            self._asked_at = now
            tenure.recorder.counters["coverage.resyncs"] += 1
            self._resync()

    def _tell(self, alarms: tuple[str, ...]) -> None:
        coverage = self._tenure.coverage
        if alarms and not coverage.raised:
            self._tenure.recorder.counters["coverage.alarms"] += 1
            log.warning("coverage", kind=self._tenure.setup.kind, alarms=alarms)
        coverage.raised = alarms


def _served(count: int) -> str:
    return "1 resource is served" if count == 1 else f"{count:,} resources are served"


def _names(found: Sequence[Worst], count: int) -> str:
    shown = [f"{one.id[:64] or f'those of shard {one.shard}'} ({one.why})" for one in found[:EXAMPLES]]
    return ", ".join(shown) + (" and others" if count > EXAMPLES else "")
