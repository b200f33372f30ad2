"""Visits every state that can be reached, and judges each."""

from __future__ import annotations

import gc
import time
from array import array
from dataclasses import dataclass, field
from itertools import pairwise

from tests.model.configuration import Configuration
from tests.model.laws import broken, is_at_rest
from tests.model.opening import beginning
from tests.model.rules import Rules
from tests.model.state import FREE, Move, State
from tests.model.tale import tell
from tests.model.world import World


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """``wrong``: what breaks, empty when nothing does; ``story``: the shortest way to it, a line a step.

    ``states`` and ``transitions``: how many were visited; ``depth``: steps of the longest shortest way.
    ``complete``: whether every state that can be reached was.
    """

    name: str
    states: int
    transitions: int
    depth: int
    faults: int
    seconds: float
    wrong: str = ""
    story: tuple[str, ...] = ()
    complete: bool = True

    @property
    def holds(self) -> bool:
        return not self.wrong and self.complete


@dataclass
class _Visited:
    numbers: dict[State, int] = field(default_factory=dict)
    parents: array[int] = field(default_factory=lambda: array("i"))
    depths: array[int] = field(default_factory=lambda: array("H"))
    sources: array[int] = field(default_factory=lambda: array("i"))
    targets: array[int] = field(default_factory=lambda: array("i"))
    rests: list[int] = field(default_factory=list)


def search(
    configuration: Configuration, rules: Rules | None = None, *, most: int = 3_000_000, liveness: bool = True
) -> Verdict:
    """Breadth first, so that the first violation found is the shortest story. The product's functions are
    called as they are now: patch them before to see what breaks.

    ``most``: states after which the search gives up. ``liveness``: whether states are sought, too, from
    which the world comes to rest no more, without further faults.
    """
    begun = time.perf_counter()
    gc.disable()
    try:
        return _search(configuration, rules or Rules(), most, liveness, begun)
    finally:
        gc.enable()


def _search(configuration: Configuration, rules: Rules, most: int, liveness: bool, begun: float) -> Verdict:
    world = World(configuration, rules)
    visited, transitions = _Visited(), 0
    first = beginning(world)
    order: list[State] = []
    _visit(world, visited, order, first, -1)
    wrong = ""
    story: tuple[str, ...] = ()
    position = 0
    while position < len(order) and len(order) <= most:
        state = order[position]
        try:
            for move in world.moves(state):
                if move.to == state and not move.wrong:
                    continue
                transitions += 1
                number = visited.numbers.get(move.to)
                found = move.wrong
                if number is None:
                    number = _visit(world, visited, order, move.to, position)
                    found = found or broken(world, move.to)
                if found:
                    wrong, story = found, _story(world, visited, order, position, move)
                    break
                if move.by == FREE:
                    visited.sources.append(position)
                    visited.targets.append(number)
        except (ValueError, KeyError, AssertionError, IndexError) as bug:
            wrong, story = f"the product fails: {bug!r}", _story(world, visited, order, position, None)
        if wrong:
            break
        position += 1
    complete = bool(wrong) or position == len(order)
    if liveness and not wrong and complete:
        stuck = _stuck(visited, len(order))
        if stuck is not None:
            wrong = "from here the world comes to rest no more"
            story = _story(world, visited, order, stuck, None)
    return Verdict(
        name=configuration.name,
        states=len(order),
        transitions=transitions,
        depth=visited.depths[-1],
        faults=configuration.troubles,
        seconds=time.perf_counter() - begun,
        wrong=wrong,
        story=story,
        complete=complete,
    )


def _visit(world: World, visited: _Visited, order: list[State], state: State, parent: int) -> int:
    number = visited.numbers[state] = len(order)
    order.append(state)
    visited.parents.append(parent)
    visited.depths.append(0 if parent < 0 else visited.depths[parent] + 1)
    if is_at_rest(world, state):
        visited.rests.append(number)
    return number


def _stuck(visited: _Visited, states: int) -> int | None:
    """The first state from which no rest can be reached by steps that go by themselves."""
    starts = array("i", bytes(4 * (states + 1)))
    for target in visited.targets:
        starts[target + 1] += 1
    for number in range(states):
        starts[number + 1] += starts[number]
    into, places = array("i", bytes(4 * len(visited.targets))), array("i", starts)
    for source, target in zip(visited.sources, visited.targets, strict=True):
        into[places[target]] = source
        places[target] += 1
    good, todo = bytearray(states), list(visited.rests)
    for number in todo:
        good[number] = 1
    while todo:
        number = todo.pop()
        for source in into[starts[number] : starts[number + 1]]:
            if not good[source]:
                good[source] = 1
                todo.append(source)
    stuck = good.find(0)
    return None if stuck < 0 else stuck


def _story(
    world: World, visited: _Visited, order: list[State], number: int, last: Move | None
) -> tuple[str, ...]:
    way = [number]
    while visited.parents[way[-1]] >= 0:
        way.append(visited.parents[way[-1]])
    way.reverse()
    moves = []
    for here, there in pairwise(way):
        moves.append(next(m for m in world.moves(order[here]) if m.to == order[there]))
    if last is not None:
        moves.append(last)
    return tuple(tell(world, order[0], moves))
