"""One state of the whole world, in values that are cheap to compare."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.model.minds import Pod

AWAY, WAITING, LEADING, SETTLING = range(4)
"""Of a leader: has no session; queues for the office; holds it; holds it, and renews its proof of it."""

NOBODY = -1


class Leader(NamedTuple):
    """``office``, ``mind``, ``todo``: numbers of the tables. ``doubtful``: an office taken without an answer.

    ``marks``: how many this one has used.
    ``look``: what the runtime answered when it was asked, and what was to stop at that time.
    """

    phase: int = AWAY
    node: str = ""
    office: int = NOBODY
    mind: int = NOBODY
    todo: tuple[int, ...] = ()
    doubtful: tuple[int, str] | None = None
    marks: int = 0
    look: tuple[tuple[Pod, ...], frozenset[tuple[int, int]]] | None = None


class Process(NamedTuple):
    """``work``: the number of its assignment. ``serial`` tells two of one incarnation apart."""

    shard: int
    incarnation: int
    serial: int
    work: int
    frozen: bool = False


Late = tuple[Any, ...]
"""What is under way though nobody waits for it: its verb, then what it needs to land."""


class State(NamedTuple):
    documents: int
    leaders: tuple[Leader, ...]
    pods: tuple[Pod, ...] = ()
    processes: tuple[Process, ...] = ()
    late: tuple[Late, ...] = ()
    catalog: frozenset[str] = frozenset()
    done: int = 0
    """Steps of the script."""
    faults: int = 0
    placed: tuple[tuple[str, tuple[int, int], int], ...] = ()
    """The last placement of each id: its token, and the shard."""
    past: int = 0
    """The documents before the last transaction of the kind."""

    def lead(self, number: int, **fields: Any) -> State:
        leaders = self.leaders
        leader = leaders[number]._replace(**fields)
        return self._replace(leaders=(*leaders[:number], leader, *leaders[number + 1 :]))

    def delay(self, *item: Any) -> State:
        """Something lands later."""
        return self._replace(late=tuple(sorted((*self.late, item), key=repr)), faults=self.faults + 1)

    def landed(self, item: Late) -> State:
        late = list(self.late)
        late.remove(item)
        return self._replace(late=tuple(late))


class Move(NamedTuple):
    """``what``: a label. ``by``: whether it goes by itself, is a fault, or is in the script."""

    what: tuple[Any, ...]
    by: str
    to: State
    wrong: str = ""


FREE, FAULT, SCRIPT = "free", "fault", "script"
