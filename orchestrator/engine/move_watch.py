"""Holds wanted moves against the move policy of a kind, says which wait, and looks again when they may go."""

from __future__ import annotations

import asyncio

from orchestrator.core.moves.gate import MoveGate
from orchestrator.core.moves.policy import MovePolicy
from orchestrator.core.traits import Labels
from orchestrator.core.view import View
from orchestrator.engine.inbox import Inbox
from orchestrator.engine.recent_moves import RecentMoves
from orchestrator.ports import Clock

AGAIN_S = 1.0
"""Where nobody knows when: a worker's next word comes within its interval."""

LONGEST_S = 60.0
"""A wall clock may be set meanwhile."""


class MoveWatch:
    """``waiting``: a sentence about the moves that are wanted and wait; empty: none does."""

    def __init__(self, policy: MovePolicy, recent: RecentMoves, inbox: Inbox, clock: Clock) -> None:
        self.recent = recent
        self.waiting = ""
        self._policy, self._inbox, self._clock = policy, inbox, clock
        self._timer: asyncio.TimerHandle | None = None

    def gate(self, view: View) -> MoveGate | None:
        """For one plan on this view; None where the kind has no move policy."""
        if self._policy.is_free:
            return None
        known = view.labels

        def labels(resource_id: str) -> Labels:
            return known.get(resource_id, ())

        return MoveGate(self._policy, labels, self.recent, wall=self._clock.wall())

    def note(self, gate: MoveGate | None) -> None:
        """The plan was made: remember what waits, and have it looked at again in time."""
        if gate is None:
            return
        self.waiting = gate.sentence()
        if not gate.is_waiting or self._timer is not None:
            return
        until = None if gate.first is None else gate.first.until
        wait = AGAIN_S if until is None else min(LONGEST_S, max(AGAIN_S, until - self._clock.wall()))
        self._timer = asyncio.get_running_loop().call_later(wait, self._look_again)

    def rest(self) -> None:
        """No orchestration is under way: nothing waits."""
        self.waiting = ""

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_again(self) -> None:
        self._timer = None
        self._inbox.wake()
