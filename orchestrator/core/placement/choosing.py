"""The best shard for one id: the least full of those that its rules allow, in the best failure domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from heapq import merge

from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Shard, Vector
from orchestrator.core.placement.rules import Demands, Rule
from orchestrator.core.ranking import Rank


def ranked(draft: Draft) -> Iterator[Rank]:
    """The active shards, the least full first; the lowest number at a tie."""
    touched = draft.touched()
    own = []
    for number in touched:
        shard = draft.shard(number)
        if shard is not None and shard.is_active:
            own.append((draft.load(number).score(shard.capacity), number))
    own.sort()
    # a copy: the engine may change it meanwhile
    beneath = draft.ranking.order[:]
    if not touched:
        return iter(beneath)
    return merge(own, (rank for rank in beneath if rank[1] not in touched))


def least_loaded(
    draft: Draft, weight: Vector, *, other_than: int | None = None, among: Collection[int] | None = None
) -> int | None:
    """The active shard with room for the weight that will be the least full, whatever the rules say."""
    for _, number in ranked(draft):
        if number == other_than or (among is not None and number not in among):
            continue
        if draft.load(number).fits(weight, draft.existing(number).capacity):
            return number
    return None


def choose(
    draft: Draft,
    resource_id: str,
    *,
    other_than: int | None = None,
    among: Collection[int] | None = None,
    along: Collection[str] = (),
) -> int | None:
    """The best shard that the rules allow; None: there is none. ``along``: ids that move with it."""
    demands = Demands(draft, resource_id, along)
    best: Rank | None = None
    least = _least_skew(draft, demands)
    for number in _candidates(draft, demands):
        if number == other_than or (among is not None and number not in among):
            continue
        shard = draft.existing(number)
        if demands.forbids(shard) is not None:
            continue
        if least is None:
            return number
        skew = demands.skew(shard)
        if best is None or skew < best[0]:
            best = (skew, number)
        if skew <= least:
            break
    return None if best is None else best[1]


def _candidates(draft: Draft, demands: Demands) -> Iterator[int]:
    """The shards worth asking, the least full first."""
    only = demands.homes() if demands.pin is None else [demands.pin]
    if only is None:
        return (number for _, number in ranked(draft))
    shards = [shard for number in only if (shard := draft.shard(number)) is not None]
    shards.sort(key=lambda shard: (draft.load(shard.number).score(shard.capacity), shard.number))
    return (shard.number for shard in shards)


def _least_skew(draft: Draft, demands: Demands) -> int | None:
    """The skew below which no shard can be; None where the id is not to be spread."""
    spread = draft.policy.rules.spread
    if demands.domains is None or spread is None:
        return None
    domains = draft.ranking.domains(spread.over)
    return min((demands.domains.get(one, 0) for one in domains), default=0)


def why_nowhere(draft: Draft, resource_id: str) -> Rule:
    """Why no shard takes the id: the rule that keeps it off most of those that have room for it."""
    demands = Demands(draft, resource_id)
    if demands.quarantined:
        return Rule(Reason.QUARANTINED, Reason.QUARANTINED.sentence)
    if demands.pin is not None:
        return _why_not_on_its_pin(draft, demands, demands.pin)
    active = draft.active()
    barred: Counter[Reason] = Counter()
    said: dict[Reason, Rule] = {}
    full: Rule | None = None
    for shard in active:
        rule = demands.bars(shard)
        if rule is not None:
            barred[rule.reason] += 1
            said.setdefault(rule.reason, rule)
        else:
            full = demands.overfills(shard) or full
    if not barred:
        return _no_room(draft, demands, full)
    reason, _ = barred.most_common(1)[0]
    counts = ", ".join(f"{one.value} {count}" for one, count in barred.most_common())
    open_to = len(active) - barred.total()
    rest = f"; {open_to} more would take it, but have no room" if open_to else ""
    return Rule(
        reason,
        f"{reason.sentence} {_capital(said[reason].sentence)}"
        f" (of {len(active)} active shards: {counts}{rest}).",
    )


def _why_not_on_its_pin(draft: Draft, demands: Demands, pin: int) -> Rule:
    shard = draft.shard(pin)
    if shard is None:
        return Rule(Reason.PINNED, f"It is pinned to shard {pin}, which is not there; it waits for it.")
    rule = demands.forbids(shard)
    why = "which would take it now" if rule is None else f"which does not take it: {rule.sentence}"
    return Rule(Reason.PINNED, f"It is pinned to shard {pin}, {why}.")


def _no_room(draft: Draft, demands: Demands, full: Rule | None) -> Rule:
    heaviest = _too_heavy(draft, demands)
    if heaviest:
        return Rule(Reason.NO_ROOM, f"No shard can hold it at all: {heaviest}.")
    detail = "" if full is None else f" {_capital(full.sentence)}."
    return Rule(Reason.NO_ROOM, Reason.NO_ROOM.sentence + detail)


def _too_heavy(draft: Draft, demands: Demands) -> str:
    shards = draft.active()
    for dimension, part in enumerate(demands.weight):
        most = max((_holds(shard, dimension) for shard in shards), default=None)
        if most is not None and part > most:
            return f"its {draft.dimension_name(dimension)} is {part}, the largest shard holds {most}"
    return ""


def _holds(shard: Shard, dimension: int) -> int:
    return shard.capacity[dimension] if dimension < len(shard.capacity) else 1 << 62


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
