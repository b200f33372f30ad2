"""Why a resource is where it is, why it is not elsewhere, and what keeps a wanted move waiting. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from orchestrator.core.balance.rebalance import surplus
from orchestrator.core.draft import Draft
from orchestrator.core.model import Instance, Protocol, Releasing, Shard
from orchestrator.core.moves.handoff import Report
from orchestrator.core.moves.policy import Waiting
from orchestrator.core.placement.rules import Demands
from orchestrator.core.plans.figures import at_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the rules say of one shard for one resource.

    ``role``: owner, target (it is on its way there) or other. ``code``: of the rule that forbids the shard,
    empty: none does. ``score``: the lower, the better; None: forbidden.
    """

    shard: int
    role: str
    code: str
    sentence: str
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One thing that keeps a move waiting. ``for_s``: seconds it has been so; ``until``: wall clock, when it
    may end; None: not known.
    """

    code: str
    sentence: str
    for_s: float | None = None
    until: float | None = None


def opinions(draft: Draft, resource_id: str) -> tuple[Opinion, ...]:
    """Every shard, the owner first, then those that are allowed, the best first, then the others."""
    place = draft.place_of(resource_id)
    owner = None if place is None else place.shard
    entry = _entry(draft, resource_id)
    target = None if entry is None else entry.to
    demands = Demands(draft, resource_id)
    judged = [(shard, demands.forbids(shard)) for shard in draft.shards()]
    scores = {shard.number: demands.score(shard) for shard, rule in judged if rule is None}
    best = min(scores, key=lambda n: (scores[n], n), default=None)
    found = []
    for shard, rule in judged:
        role = "owner" if shard.number == owner else "target" if shard.number == target else "other"
        score = scores.get(shard.number)
        sentence = rule.sentence if rule is not None else _compared(shard.number, scores, best, owner)
        code = "" if rule is None else rule.code
        found.append(Opinion(shard=shard.number, role=role, code=code, sentence=sentence, score=score))
    return tuple(sorted(found, key=_order))


def _order(one: Opinion) -> tuple[bool, bool, float, int]:
    score = 0.0 if one.score is None else one.score
    return one.role != "owner", one.score is None, score, one.shard


def _compared(number: int, scores: dict[int, float], best: int | None, owner: int | None) -> str:
    mine, other = scores[number], scores.get(best, 0.0) if best is not None else 0.0
    if number == best or (number == owner and mine == other):
        return f"the best score, {mine:.4f}" if len(scores) > 1 else f"the only one allowed, score {mine:.4f}"
    if mine == other:
        return f"score {mine:.4f}, no better than shard {best}, which comes first"
    if number == owner:
        return f"score {mine:.4f}; shard {best} would be chosen now ({other:.4f}), which moves nothing"
    return f"score {mine:.4f} lost to {other:.4f} of shard {best}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """What is known of the instance that is to let go. ``seen_at``: when this leader saw the release."""

    report: Report | None
    seen_at: float | None
    heard_age: float | None
    health: str


def waits(
    draft: Draft,
    resource_id: str,
    *,
    handing: Handing | None,
    policy: Waiting | None,
    paused: str,
    awake: Collection[int],
    now: float,
) -> tuple[Wait, ...]:
    """What keeps the move of the id waiting, that is under way or that an orchestration may want.

    ``handing``: of the instance that has the id; ``policy``: what the move policy of the kind says of it;
    ``paused``: what a person has paused, a sentence; empty: nothing;
    ``awake``: the shards whose instance answers. Empty: nothing waits, or nobody wants it to move.
    """
    place = draft.place_of(resource_id)
    if place is None:
        return ()
    source, entry = draft.existing(place.shard), _entry(draft, resource_id)
    if entry is not None:
        return tuple(_of_release(draft, source, entry, resource_id, handing, now))
    goal = draft.state.rebalance
    gives = {} if goal is None else surplus(draft, goal)
    if source.number not in gives and source.is_active:
        return ()
    return tuple(_of_wish(draft, source, policy, paused, awake))


def _of_release(
    draft: Draft, source: Shard, entry: Releasing, resource_id: str, handing: Handing | None, now: float
) -> Iterator[Wait]:
    where = "it is deleted" if entry.to is None else f"it goes on to shard {entry.to}"
    since = None if handing is None or handing.seen_at is None else now - handing.seen_at
    if source.instance is Instance.NONE:
        yield Wait(code="free", sentence=f"nothing holds it any more: {where} in the next pass")
        return
    if draft.policy.protocol is Protocol.SEED:
        wait = draft.policy.seed_release_wait
        yield Wait(
            code="release-wait",
            sentence=f"its owner cannot say that it let go: {where} after {wait:g} s",
            for_s=since,
        )
        return
    report = None if handing is None else handing.report
    if handing is not None and (report is None or handing.health in ("late", "lost", "stopping")):
        age = "nothing" if handing.heard_age is None else f"nothing for {handing.heard_age:.0f} s"
        yield Wait(
            code="instance-not-answering",
            sentence=f"the instance of shard {source.number} is {handing.health}: it has said {age}",
            for_s=handing.heard_age,
        )
    if report is not None and report.generation >= entry.generation and not report.more:
        if resource_id not in report.pending:
            yield Wait(code="free", sentence=f"its owner has let go of it: {where} in the next pass")
            return
        said = "it was told, and its release has not returned yet"
    else:
        known = "nothing yet" if report is None else f"generation {report.generation}"
        said = f"it is to acknowledge generation {entry.generation}, and has acknowledged {known}"
    yield Wait(
        code="release-not-acknowledged",
        sentence=f"the instance of shard {source.number} still holds it: {said}; then {where}",
        for_s=since,
    )


def _of_wish(
    draft: Draft, source: Shard, policy: Waiting | None, paused: str, awake: Collection[int]
) -> Iterator[Wait]:
    yield Wait(code="wanted", sentence=f"shard {source.number} has ids to give away: this may be one of them")
    if paused:
        yield Wait(code="paused", sentence=paused)
    if policy is not None and source.is_active:
        yield Wait(code=policy.code.value, sentence=policy.sentence, until=policy.until)
    most, moving = at_once(draft.policy, draft.total()), draft.moving()
    if moving >= most:
        yield Wait(code="budget", sentence=f"{moving} of at most {most} ids are moving already")
    goal = draft.state.rebalance
    asleep = [number for number, _ in (() if goal is None else goal.takes) if number not in awake]
    if asleep:
        names = ", ".join(str(number) for number in asleep[:5])
        yield Wait(
            code="instance-not-answering",
            sentence=f"shards that are to take ids have no instance yet: {names}",
        )


def _entry(draft: Draft, resource_id: str) -> Releasing | None:
    place = draft.place_of(resource_id)
    if place is None:
        return None
    chunk = draft.existing(place.shard).chunks[place.chunk]
    return next((entry for entry in chunk.releasing if resource_id in entry.ids), None)
