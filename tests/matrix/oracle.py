"""The differential oracle: what a disturbed run must have in common with the undisturbed one.

That every id is owned once and served once, that nothing moves while it is held, and that nothing is
written at rest: that the world's own checker sees to, in both runs.
"""

from __future__ import annotations

from tests.matrix.fault import ENDS_THE_LEADER, Fault, Perturbation
from tests.matrix.outcome import Outcome
from tests.matrix.workloads import POLICY, Workload

MOVES_MORE = POLICY.move_floor
"""Moves that a leader may add who is shown a catalog of the past: of those ids that were on their way."""

SHOWN_OLD = (Fault.STALE, Fault.STALE_STORE)
"""A leader that is not shown the current revision writes the same text as another one."""

BEYOND = {
    "store": ("S10: ", "S11: "),
    "runtime": (" is said to have ended, and holds ",),
}
"""What comes of a store older than the leader's office: beats of an instance that it does not know yet count
for nothing, and it is ended as one that nobody wants. And of a runtime that lists none though there is one:
the end of an instance is believed."""


def differences(
    workload: Workload, perturbation: Perturbation, reference: Outcome, found: Outcome
) -> list[str]:
    """In what the disturbed run ended otherwise than it may; empty: in nothing."""
    wrong: list[str] = []
    if set(found.where) != set(reference.where):
        wrong.append(f"other ids: {sorted(set(found.where) ^ set(reference.where))}")
    if found.goal != reference.goal:
        wrong.append(f"the goal is {found.goal}, not {reference.goal}")
    if found.revision - reference.revision not in ((0, 1) if perturbation.fault in SHOWN_OLD else (0,)):
        wrong.append(f"the revision is {found.revision}, not {reference.revision}")
    if set(found.counts) != set(reference.counts):
        wrong.append(f"the shards are {sorted(found.counts)}, not {sorted(reference.counts)}")
    if found.documents != reference.documents:
        wrong.append(f"other documents: {sorted(found.documents ^ reference.documents)}")
    if found.instances != reference.instances:
        wrong.append(f"the instances are {sorted(found.instances)}, not {sorted(reference.instances)}")
    # what is deleted in the middle of an orchestration leaves a gap that nothing but the next one fills
    gaps = 1 if workload.moves and perturbation.fault is Fault.UNOBSERVED else 0
    if _spread(found) > max(1, _spread(reference)) + gaps:
        wrong.append(f"the shards own {found.counts}, undisturbed {reference.counts}")
    moves = reference.moves + _moves_more(workload, perturbation)
    if found.moves > moves:
        wrong.append(f"{found.moves} moves, undisturbed {reference.moves}, at most {moves}")
    begun = reference.begun + _begun_more(perturbation, reference)
    if found.begun > begun:
        wrong.append(f"{found.begun} instances begun, undisturbed {reference.begun}, at most {begun}")
    return wrong


def _spread(outcome: Outcome) -> int:
    return max(outcome.counts.values()) - min(outcome.counts.values())


def _moves_more(workload: Workload, perturbation: Perturbation) -> int:
    stale = perturbation.fault in (Fault.STALE, Fault.STALE_CATALOG)
    return MOVES_MORE if workload.moves and stale else 0


def _begun_more(perturbation: Perturbation, reference: Outcome) -> int:
    """An instance that was being created when its leader ended gets an incarnation more, whoever made it.

    A leader that is shown the past of store or runtime replaces what it is not shown, once for each look.
    """
    fault = perturbation.fault
    if fault in (Fault.STALE, Fault.STALE_STORE, Fault.STALE_RUNTIME):
        return reference.begun + 2 * len(reference.counts)
    return reference.begun if fault in ENDS_THE_LEADER else 0


def is_beyond(perturbation: Perturbation, source: str, broken: str) -> bool:
    """Whether the rule may be broken, since what was read is what no store and no runtime may answer.

    A store is never older to a leader than its own office; a runtime lists what is so after the question.
    """
    if perturbation.fault not in (Fault.STALE, Fault.STALE_STORE, Fault.STALE_RUNTIME):
        return False
    return any(rule in broken for rule in BEYOND.get(source, ()))
