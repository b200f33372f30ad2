"""How many shards the measured load asks for: grow at once, shrink slowly, and never to and fro.

Growth follows what is known; what is not known is counted as no load there, and forbids shrinking.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.core.elastic.meter import Measure
from orchestrator.core.elastic.policy import Bearing, ElasticPolicy

HAIR = 1e-9
"""Binary fractions make 7 shards of a load that fills exactly 7 into 7.000000001."""


class Verb(StrEnum):
    """UNKNOWN: too little is known to say anything."""

    GROW = "grow"
    SHRINK = "shrink"
    HOLD = "hold"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How far one dimension is used. ``utilisation``: share of what all shards bear, 1 is all of it.

    ``highest``: the most utilisation of late, while all were known; None: not known for long enough.
    """

    name: str
    capacity: int
    target: float
    total: int
    smoothed: float
    utilisation: float
    highest: float | None
    known: int
    unknown: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """``shards``: how many there should be, of ``now``. ``why``: a sentence with the figures.

    ``saving``: by dimension, what the shards bear that would go; negative for those that would come.
    """

    verb: Verb
    shards: int
    now: int
    why: str
    uses: tuple[Use, ...] = ()

    @property
    def saves(self) -> int:
        """Instances that would go; negative: that would come."""
        return self.now - self.shards

    @property
    def saving(self) -> Mapping[str, int]:
        return {use.name: self.saves * use.capacity for use in self.uses}


def advise(
    measures: Mapping[str, Measure], shards: int, policy: ElasticPolicy, *, least: int, most: int
) -> Advice:
    """Say how many active shards there should be instead of ``shards``, one step of the way.

    ``least``: what the number of ids asks for, ``most``: the kind's maximum; the policy may narrow both,
    but never goes below ``least``.
    """
    floor = max(least, min(policy.min_shards, most))
    ceiling = max(floor, min(most, policy.max_shards or most))
    uses = tuple(_use(bearing, measures.get(bearing.name), shards) for bearing in policy.bearings)

    def said(verb: Verb, wanted: int, why: str) -> Advice:
        return Advice(verb=verb, shards=wanted, now=shards, why=why, uses=uses)

    known = [(b, measures[b.name]) for b in policy.bearings if b.name in measures]
    if not shards or not known:
        return said(Verb.UNKNOWN, shards, "Nothing is known of the load yet.")
    grown, driver = max(((needed(_now(m), b.room), b) for b, m in known), key=lambda pair: pair[0])
    share = _now(measures[driver.name]) / (driver.capacity * shards)
    above = f"{driver.name} is at {share:.0%} of what {shards} shards bear, the target is "
    above += f"{driver.target:.0%}: {grown} are needed"
    if grown > shards:
        wanted = min(grown, ceiling, shards + policy.grow_step)
        if wanted <= shards:
            return said(Verb.HOLD, shards, f"{above}, and {ceiling} are the most that are allowed.")
        return said(Verb.GROW, wanted, f"{above}{_short_of(wanted, grown)}.")
    return said(*_lower(known, shards, policy, floor, uses))


def _now(measure: Measure) -> float:
    """The load that growth follows: it has lasted, and is there."""
    return 0.0 if measure.lasting is None else min(measure.lasting, measure.total)


def needed(load: float, room: float) -> int:
    """Shards that bear the load, at least one, where each is to have at most ``room`` of it."""
    return max(1, math.ceil(load / room - HAIR))


def _lower(
    known: list[tuple[Bearing, Measure]],
    shards: int,
    policy: ElasticPolicy,
    floor: int,
    uses: tuple[Use, ...],
) -> tuple[Verb, int, str]:
    said = ", ".join(f"{use.name} {use.utilisation:.0%} of {use.target:.0%}" for use in uses if use.known)
    unheard = sorted({number for use in uses for number in use.unknown})
    silent = [use.name for use in uses if not use.known]
    if unheard or silent:
        what = f"the load of {_some(unheard)}" if unheard else ""
        what += (" and " if what and silent else "") + " and ".join(silent)
        return Verb.HOLD, shards, f"Within bounds as far as known ({said}); {what} is not known."
    # the load of this moment too: what is smoothed rises late
    highest = [(b, max(m.highest, m.total)) for b, m in known if m.highest is not None]
    lows = [needed(high, b.room * policy.shrink_below) for b, high in highest]
    if len(lows) < len(known):
        return Verb.HOLD, shards, f"Within bounds ({said}); not yet watched for {policy.shrink_after:g} s."
    fewer = max(floor, *lows)
    if fewer >= shards:
        return Verb.HOLD, shards, f"Within bounds ({said}){_floored(max(lows), shards, floor)}."
    wanted = max(fewer, shards - policy.shrink_step)
    why = f"For {policy.shrink_after:g} s {fewer} shards would have been enough ({said} of the target)"
    return Verb.SHRINK, wanted, f"{why}{_short_of(wanted, fewer)}."


def _use(bearing: Bearing, measure: Measure | None, shards: int) -> Use:
    borne = bearing.capacity * max(1, shards)
    smoothed = 0.0 if measure is None else measure.smoothed
    highest = None if measure is None else measure.highest
    return Use(
        name=bearing.name,
        capacity=bearing.capacity,
        target=bearing.target,
        total=0 if measure is None else measure.total,
        smoothed=smoothed,
        utilisation=smoothed / borne,
        highest=None if highest is None else highest / borne,
        known=0 if measure is None else len(measure.by_shard),
        unknown=() if measure is None else measure.unknown,
    )


def _short_of(wanted: int, all_of_it: int) -> str:
    return f"; {wanted} in this step" if wanted != all_of_it else ""


def _floored(low: int, shards: int, floor: int) -> str:
    return f"; the load alone would need {low}, but {floor} are the least" if low < shards else ""


def _some(numbers: list[int]) -> str:
    return ", ".join(_named(numbers))


def _named(numbers: list[int]) -> Iterator[str]:
    for number in numbers[:5]:
        yield f"shard {number}"
    if len(numbers) > 5:
        yield f"{len(numbers) - 5} more"
