"""A balance for given shards and resources: how even it gets, and the fewest moves that make it so.

What holds of the answer (proven against an exact solver in the tests, on small cases): the fullest
shard is within 1.10 of the least possible, the moves within 1.05 of the fewest that reach the bound.
Where all resources weigh alike both are exact. In large kinds nothing is proven but the distance to the
lower bound of ``least_level``, which the answer carries.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.core.balance.fill import Fill
from orchestrator.core.balance.levels import WHOLE, Bin, Item, least_level, low_level, peak, spill
from orchestrator.core.balance.relief import Contents, Cost, MayTake, Relief, shift
from orchestrator.core.balance.search import Search
from orchestrator.core.decisions import Move

BAND = 0.1
"""The band of a kind that says nothing of it."""

LEAST_SLACK = 0.005
"""How far above the lower bound a goal is at least: weights seldom come out even."""

SMALL = 64
"""Up to so many resources the fewest moves are looked for by trying."""

STEPS, FEW = 16_000, 16
"""So many of one search of up to so many resources, fewer of more: some tenths of a second, in a thread."""

SLACK = 0.04
"""What fewer moves are worth, where the lower bound is out of reach: so much of the level."""

PASSES = 6

NOWHERE = WHOLE * WHOLE
"""The level of a draining shard that cannot give all it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """``bound``: the level that no shard exceeds when the moves are done; ``least``: none gets below this.

    ``moves`` in the order in which they are best begun; ``lows``: the level that each shard that came is to
    have at least.
    """

    bound: int
    least: int
    moves: tuple[Move, ...]
    lows: Mapping[int, int]


def balanced(
    bins: Sequence[Bin],
    contents: Contents,
    may_take: MayTake | None = None,
    cost: Cost | None = None,
    *,
    band: float = BAND,
    floor: int = 0,
    came: Collection[int] = (),
) -> Balance:
    """From where the resources stand now.

    ``band``: a kind whose fullest shard is within so much of the lower bound is left alone (as far as
    shards stay, and hold what they have). ``floor``: a level that is good enough in any case, millionths.
    ``came``: shards that are new; they are brought up to the lower side of the band.
    """
    low = low_level(bins, band) if came else 0
    lows = {one.number: low for one in bins if one.is_staying and one.number in came}
    problem = Problem(bins, contents, may_take, cost, lows)
    least = max(floor, least_level(bins, problem.heaviest()))
    bound, moves = _relieved(problem, bins, least, band)
    moves += problem.filled(moves, bound)
    return Balance(bound=bound, least=least, moves=tuple(moves), lows=lows)


def _relieved(problem: Problem, bins: Sequence[Bin], least: int, band: float) -> tuple[int, list[Move]]:
    """The bound, and the moves that bring all shards below."""
    calm = calm_level(least, band)
    if peak(bins) <= calm:
        # only what has to leave a shard for good moves
        moves, reached = problem.relieve(calm)
        if reached <= calm:
            return calm, moves
    bound = calm_level(least, max(band / 2, LEAST_SLACK))
    moves, reached = problem.relieve(bound)
    if reached <= bound:
        return bound, moves
    if problem.is_small:
        return problem.nearest(bound, max(bound, WHOLE, peak(bins)))
    return problem.rising(bound, max(bound, WHOLE, peak(bins)))


def calm_level(least: int, band: float) -> int:
    """The level up to which a kind is left alone; beyond a full shard only where it cannot be helped."""
    return max(least, min(int(least * (1 + band)), WHOLE))


class _Listed:
    """What each shard may give away, listed once.

    Of its own, so that who is handed it does not hold the problem that holds him: half a million items are
    given back by their count, and wait for no collection.
    """

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._known: dict[int, Sequence[Item]] = {}

    def __call__(self, number: int) -> Sequence[Item]:
        if number not in self._known:
            self._known[number] = self._contents(number)
        return self._known[number]


class Problem:
    def __init__(
        self,
        bins: Sequence[Bin],
        contents: Contents,
        may_take: MayTake | None,
        cost: Cost | None,
        lows: Mapping[int, int],
    ) -> None:
        """``lows``: the level that each shard that came is to have at least."""
        self._lows = lows
        self._bins, self._may_take, self._cost = bins, may_take, cost
        self.contents = _Listed(contents)
        self._spilt = 0
        self._moved: dict[str, Item] = {}
        self._last: Relief | None = None
        staying = [one for one in bins if one.is_staying]
        count = sum(one.load[0] for one in bins)
        self.is_small = count <= SMALL and len(staying) <= SMALL
        self._steps = STEPS * FEW // max(FEW, count)

    def heaviest(self) -> list[tuple[int, ...]]:
        """Of a small kind all weights; of a large one a single resource seldom decides."""
        if not self.is_small:
            return []
        return [item.weight for one in self._bins for item in self.contents(one.number)]

    def relieve(self, bound: int) -> tuple[list[Move], int]:
        """The moves towards the bound, as few as are found, and the level that they reach."""
        moves, reached = self._shed(bound)
        better = self._search(bound, len(moves) if reached <= bound else NOWHERE, self._steps)
        return (moves, reached) if better is None else (better, bound)

    def bounded(self, bound: int, most: int, *, is_patient: bool) -> list[Move]:
        """The first moves towards the bound, and to give those which came their part; so many at most."""
        relief = self._relief(bound, most=most, is_patient=is_patient)
        return relief.moves + self.filled(relief.moves, bound, most - len(relief.moves))

    def filled(self, moves: Sequence[Move], bound: int, most: int | None = None) -> list[Move]:
        """The moves that give those which came their part, once these are made."""
        lows = self._lows
        if (most is not None and most <= 0) or not any(
            one.level < lows.get(one.number, 0) for one in self._bins
        ):
            return []
        last = self._last
        is_made = last is not None and last.moves is moves
        bins = [one.copy() for one in (last.bins.values() if last and is_made else self._bins)]
        at = {one.number: one for one in bins}
        for move in () if is_made else moves:
            shift(self._moved[move.id], at[move.source], at[move.target])
        gone = [move.id for move in moves]
        fill = Fill(bins, bound, lows, self.contents, self._may_take, self._cost, gone=gone, most=most)
        return fill.run().moves

    def nearest(self, low: int, high: int) -> tuple[int, list[Move]]:
        """The least level between the two that is reached, and the moves to a little above it."""
        best = self._shed(high)[0]
        while high - low > max(1, low // 200):
            middle = (low + high) // 2
            moves, reached = self._reach(middle)
            if reached <= middle:
                high, best = middle, moves
            else:
                low = middle
        bound = min(int(high * (1 + SLACK)), max(high, WHOLE))
        moves, reached = self.relieve(bound)
        return (bound, moves) if reached <= bound else (high, best)

    def rising(self, low: int, high: int) -> tuple[int, list[Move]]:
        """As ``nearest``, for a large kind: few passes, each as much higher as what found no place takes."""
        bound, reached, before = low, NOWHERE, 0
        for _ in range(PASSES):
            bound += max(bound // 500, self._spilt * 3 // 2)
            moves, reached = self._shed(bound)
            if reached <= bound:
                return bound, moves
            if bound >= high or reached == before:
                break
            before = reached
        # one resource that is too heavy for any other shard decides: the fewest moves to what is in reach
        bound = min(reached, high)
        return bound, self._shed(bound)[0]

    def _reach(self, bound: int) -> tuple[list[Move], int]:
        moves, reached = self._shed(bound)
        if (
            reached > bound
            and (found := self._search(bound, NOWHERE, self._steps // 4, any_way=True)) is not None
        ):
            return found, bound
        return moves, reached

    def _shed(self, bound: int) -> tuple[list[Move], int]:
        relief = self._relief(bound)
        bins = list(relief.bins.values())
        self._spilt = spill(bins, bound)
        is_stuck = any(any(one.load) for one in bins if not one.is_staying)
        return relief.moves, NOWHERE if is_stuck else peak(bins)

    def _relief(self, bound: int, *, most: int | None = None, is_patient: bool = False) -> Relief:
        bins = [one.copy() for one in self._bins]
        relief = Relief(
            bins, bound, self.contents, self._may_take, self._cost, most=most, is_patient=is_patient
        ).run()
        self._moved |= relief.moved
        self._last = relief
        return relief

    def _search(self, bound: int, fewer_than: int, steps: int, *, any_way: bool = False) -> list[Move] | None:
        if not self.is_small or self._cost is not None:
            return None
        contents = {one.number: self.contents(one.number) for one in self._bins}
        self._moved |= {item.id: item for items in contents.values() for item in items}
        return Search(
            self._bins,
            bound,
            contents,
            self._may_take,
            steps=steps,
            fewer_than=fewer_than,
            any_way=any_way,
        ).run()
