"""The moves of an orchestration under way, as the engine carries them out, under the move policy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from orchestrator.core.balance.orchestration import continue_rebalance
from orchestrator.core.balance.reshape import drain_the_rest
from orchestrator.core.decisions import Move, Transaction
from orchestrator.core.draft import Draft
from orchestrator.core.moves.gate import MoveGate
from orchestrator.core.moves.papers import moves_of
from orchestrator.core.moves.policy import DAY_S
from orchestrator.core.moves.queue import MoveQueue, Step, give_up_blocked, next_moves
from orchestrator.core.plans.papers import decode_proposal, head_name
from orchestrator.core.plans.proposal import plan_number
from orchestrator.core.policy import KindPolicy
from orchestrator.core.traits import Labels
from orchestrator.core.view import View, touched_chunks


class Moving:
    """``begin`` takes the list of a new orchestration; without one it goes on towards its goal alone.

    ``take_up``: from here on the kind is as the view says.
    """

    def __init__(self, policy: KindPolicy) -> None:
        self._policy = policy
        self._queue: MoveQueue | None = None
        self._step = Step()
        self._moved_at: dict[str, list[float]] = {}

    def begin(self, moves: Iterable[Move], view: View) -> None:
        listed = list(moves)
        self._queue = MoveQueue.of(listed, view) if listed else None

    def take_up(self, view: View) -> None:
        """Go on with what is under way: by the list that its papers hold, where they can be read."""
        self._queue = None
        goal = view.state.rebalance
        number = None if goal is None or not goal.is_planned else plan_number(goal.id)
        head = None if number is None else view.papers.get(head_name(number))
        # As the engine does: without a list it goes on towards its goal alone.
        with suppress(ValueError):
            if head is not None and (proposal := decode_proposal(head.body)).stage.is_under_way:
                self._queue = MoveQueue.of(moves_of(view.papers, proposal), view)

    def step(
        self, draft: Draft, view: View, awake: Collection[int], coming: Collection[int], at: float
    ) -> None:
        """Release the next ids, on this draft."""
        self._step = Step()
        gate = self._gate(view, at)
        queue = self._queue
        if queue is None:
            continue_rebalance(draft, awake, coming, gate)
            return
        queue.follow(view)
        if draft.state.paused:
            return
        step = self._step = next_moves(draft, queue, awake, coming, gate)
        if queue.is_empty and not draft.moving():
            drain_the_rest(draft, awake, coming)
        elif gate is not None and gate.is_waiting:
            return
        elif not (step.begun or step.dropped or step.failed or draft.moving()):
            self._step = give_up_blocked(draft, queue, awake)

    def note(self) -> None:
        """The step was committed."""
        if self._queue is not None:
            self._queue.note(self._step)
        self._step = Step()

    def follow(self, transaction: Transaction, view: View, at: float) -> None:
        """Remember who moves, where the policy asks for it. Requires: the view is as it was before."""
        if self._policy.move_policy.is_free:
            return
        for change in transaction.changes:
            if change.after is None:
                continue
            for _, chunk in touched_chunks(change.after, change.before):
                for resource_id in chunk.ids:
                    place = view.index.get(resource_id)
                    if place is not None and place.shard != change.number:
                        self._moved_at.setdefault(resource_id, []).append(at)

    def _gate(self, view: View, at: float) -> MoveGate | None:
        policy = self._policy.move_policy
        if policy.is_free:
            return None

        def labels(resource_id: str) -> Labels:
            return view.labels.get(resource_id, ())

        return MoveGate(policy, labels, _Recent(self._moved_at, view, at), wall=at)


class _Recent:
    def __init__(self, moved_at: dict[str, list[float]], view: View, at: float) -> None:
        self._moved_at, self._view, self._at = moved_at, view, at

    def times(self, resource_id: str) -> Sequence[float]:
        times = self._moved_at.get(resource_id, ())
        return [moved for moved in times if self._at - moved < DAY_S]

    def warming(self) -> Collection[str]:
        return {
            resource_id
            for shard in self._view.shards.values()
            for _, entry in shard.entries()
            if entry.to is not None
            for resource_id in entry.ids
        }
