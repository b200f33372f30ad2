"""What a plan comes to: balance before and after, the peak on the way, the time, the limits that it hits."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.core.decisions import Move
from orchestrator.core.load import padded
from orchestrator.core.model import Protocol, Vector
from orchestrator.core.overlay import Overlay
from orchestrator.core.plans.proposal import HandOff, Limit, Peak, Spread
from orchestrator.core.policy import KindPolicy

MEASURED = "measured"
LIMITS = "limits"
PERCENT = 100

WeightOf = Callable[[str], Vector]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What weighs on each shard at one moment, in every dimension.

    ``expected``: what it will own when all that is under way is done; ``held``: with what it has yet to
    let go of. ``active``: shards that may be given ids.
    """

    expected: Mapping[int, Vector]
    held: Mapping[int, Vector]
    capacity: Mapping[int, Vector]
    active: tuple[int, ...]

    @property
    def counts(self) -> tuple[tuple[int, int], ...]:
        """Number and expected ids of each active shard."""
        return tuple((number, self.expected[number][0]) for number in self.active)


def take_stock(kind: Overlay) -> Stock:
    """As the shards stand in a draft."""
    expected, held, capacity, active = {}, {}, {}, []
    for shard in kind.shards():
        load = kind.load(shard.number)
        expected[shard.number] = tuple(map(sum, zip(load.used, load.reserved, strict=True)))
        held[shard.number] = tuple(map(sum, zip(load.used, load.leaving, load.reserved, strict=True)))
        capacity[shard.number] = shard.capacity
        if shard.is_active:
            active.append(shard.number)
    return Stock(expected=expected, held=held, capacity=capacity, active=tuple(active))


def traffic(
    moves: Sequence[Move], weight_of: WeightOf | None, dimensions: int
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """What each shard gives and what each receives in all. ``weight_of`` None: each id weighs one."""
    given: dict[int, list[int]] = {}
    received: dict[int, list[int]] = {}
    if weight_of is None:
        for totals, numbers in (
            (given, Counter(move.source for move in moves)),
            (received, Counter(move.target for move in moves)),
        ):
            totals.update({number: [count] * dimensions for number, count in numbers.items()})
        return given, received
    for move in moves:
        weight = padded(weight_of(move.id), dimensions)
        for totals, number in ((given, move.source), (received, move.target)):
            total = totals.setdefault(number, [0] * dimensions)
            for dimension, part in enumerate(weight):
                total[dimension] += part
    return given, received


def spread(stock: Stock, names: Sequence[str]) -> tuple[Spread, ...]:
    """How the active shards stand against each other, by dimension."""
    found = []
    for dimension, name in enumerate(names):
        loads = [stock.expected[number][dimension] for number in stock.active]
        mean = sum(loads) / len(loads) if loads else 0.0
        least, most = min(loads, default=0), max(loads, default=0)
        found.append(Spread(dimension=name, least=least, mean=round(mean, 3), most=most))
    return tuple(found)


def after_moves(
    stock: Stock, given: Mapping[int, Sequence[int]], received: Mapping[int, Sequence[int]]
) -> Stock:
    """The stock when these moves are done, and nothing else."""
    expected = {}
    for number, load in stock.expected.items():
        none = [0] * len(load)
        out, into = given.get(number, none), received.get(number, none)
        expected[number] = tuple(part - gone + come for part, gone, come in zip(load, out, into, strict=True))
    return Stock(expected=expected, held=expected, capacity=stock.capacity, active=stock.active)


def peaks(
    stock: Stock, given: Mapping[int, Sequence[int]], received: Mapping[int, Sequence[int]]
) -> tuple[Peak, ...]:
    """The most on each shard that takes part: all that it gets may come before anything has left it."""
    found = []
    for number in sorted(given.keys() | received.keys()):
        held = stock.held.get(number, ())
        into = received.get(number, [0] * len(held))
        load = tuple(map(sum, zip(held, into, strict=True)))
        found.append(Peak(shard=number, load=load, capacity=stock.capacity.get(number, ())))
    return tuple(found)


def at_once(policy: KindPolicy, standing: int) -> int:
    """How many ids of a kind may be moving at the same time."""
    return max(1, policy.move_floor, int(standing * policy.move_ratio))


def hand_off(policy: KindPolicy, moves: int, standing: int, measured: tuple[float, int] | None) -> HandOff:
    """``measured``: seconds of the middle one of so many hand-offs; None: none was seen."""
    many = at_once(policy, standing)
    rounds = math.ceil(moves / many)
    if measured is not None:
        each, samples = measured
        basis = MEASURED
    else:
        samples, basis = 0, LIMITS
        each = policy.seed_release_wait if policy.protocol is Protocol.SEED else policy.handoff_deadline
    return HandOff(
        seconds=round(rounds * each, 3), each=round(each, 3), at_once=many, basis=basis, samples=samples
    )


def exceeds_blast_radius(policy: KindPolicy, moves: int, standing: int) -> bool:
    """Whether so many of the ids that stand somewhere move that a person must name the plan.

    To place ids that stand nowhere is no move.
    """
    return standing >= policy.blast_from and moves > standing * policy.blast_radius


def limits(policy: KindPolicy, moves: int, standing: int, found: Iterable[Peak]) -> Iterator[Limit]:
    """The limits that a plan hits, as far as the kind alone says."""
    if exceeds_blast_radius(policy, moves, standing):
        yield Limit(
            code="blast-radius",
            sentence=f"{moves_of(moves, standing)} move, more than {policy.blast_radius * PERCENT:g} %:"
            " that needs `apply`.",
        )
    many = at_once(policy, standing)
    if moves > many:
        rounds = math.ceil(moves / many)
        yield Limit(
            code="move-budget", sentence=f"At most {many} ids move at once: it takes {rounds} rounds."
        )
    for peak in found:
        if peak.is_over:
            yield Limit(
                code="capacity",
                sentence=f"Shard {peak.shard} could come to {_vector(peak.load)} of {_vector(peak.capacity)}:"
                " what it gets waits until others have let go.",
            )


def moves_of(moves: int, standing: int) -> str:
    """How many of how many, for a sentence."""
    share = f" ({moves / standing * PERCENT:.1f} %)" if standing else ""
    return f"{moves:,} of {standing:,} ids{share}"


def _vector(parts: Vector) -> str:
    return str(parts[0]) if len(parts) == 1 else str(list(parts))
