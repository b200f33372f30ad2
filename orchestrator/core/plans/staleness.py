"""What has changed since a plan was computed, so far that it is not to be carried out unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.core.decisions import Move
from orchestrator.core.plans.proposal import Proposal, Sizes
from orchestrator.core.view import View

LEAST_TOLERANCE = 10
TOLERATED_RATIO = 0.01
"""Of the ids that stood somewhere: so many may have come or gone, at least ``LEAST_TOLERANCE``."""


def tolerance(standing: int) -> int:
    """How many ids may have come, gone or moved without a plan being stale."""
    return max(LEAST_TOLERANCE, int(standing * TOLERATED_RATIO))


def changes_since(
    proposal: Proposal, view: View, moves: Sequence[Move], last_applied: int
) -> tuple[str, ...]:
    """A sentence for each change that makes the plan stale; none: it may be carried out.

    ``last_applied``: the newest plan that has been applied by now. What only deviates by a few ids is
    left out when the moves are begun, one by one.
    """
    return (
        *_shards(proposal, view),
        *_sizes(proposal.before, _sizes_of(view)),
        *_orchestrations(proposal, view, last_applied),
        *_ids(proposal, view, moves),
    )


def displaced(view: View, moves: Sequence[Move]) -> int:
    """How many of the ids are no more where they are to be taken from."""
    index = view.index
    return sum(1 for move in moves if (place := index.get(move.id)) is None or place.shard != move.source)


def _sizes_of(view: View) -> Sizes:
    state = view.state
    return Sizes(
        shards=state.shards,
        max_instances=state.max_instances,
        resource_per_instance=state.resource_per_instance,
    )


def _active(view: View) -> Mapping[int, int]:
    return {n: view.load(n).expected for n, shard in view.shards.items() if shard.is_active}


def _shards(proposal: Proposal, view: View) -> Iterator[str]:
    then, now = {number for number, _ in proposal.shards}, set(_active(view))
    if added := sorted(now - then):
        yield f"Since then shards were added: {_listed(added)}."
    if gone := sorted(then - now):
        yield f"Since then shards went or are being drained: {_listed(gone)}."


def _sizes(then: Sizes, now: Sizes) -> Iterator[str]:
    for name, old, new in (
        ("maxInstances", then.max_instances, now.max_instances),
        ("resourcePerInstance", then.resource_per_instance, now.resource_per_instance),
    ):
        if old != new:
            yield f"Since then {name} was changed from {old} to {new}."


def _orchestrations(proposal: Proposal, view: View, last_applied: int) -> Iterator[str]:
    if last_applied > proposal.last_applied:
        yield f"Since then plan {last_applied} was applied."
        return
    goal = view.state.rebalance
    if goal is not None and goal.id not in (proposal.under_way, proposal.id):
        yield f"Since then the orchestration {goal.id} was begun."


def _ids(proposal: Proposal, view: View, moves: Sequence[Move]) -> Iterator[str]:
    most = tolerance(proposal.standing)
    gone = displaced(view, moves)
    if gone > most:
        yield f"{gone} of the {len(moves)} ids to move are no more where they were; {most} are tolerated."
        return
    now = _active(view)
    changed = sum(abs(now[number] - load) for number, load in proposal.shards if number in now)
    if changed > most:
        yield f"Since then {changed} ids or more came, went or moved; {most} are tolerated."


def _listed(numbers: Sequence[int], most: int = 20) -> str:
    shown = ", ".join(map(str, numbers[:most]))
    return shown if len(numbers) <= most else f"{shown} and {len(numbers) - most} more"
