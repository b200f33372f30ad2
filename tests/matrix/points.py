"""The points of a run: every external write and read while it counts, and the fault at one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from orchestrator.errors import Unavailable
from tests.matrix.fault import STALE_AFTER_CRASH, Fault, Perturbation
from tests.matrix.history import History

if TYPE_CHECKING:
    from tests.matrix.node import MatrixNode

Answer = TypeVar("Answer")

LATE_S = 3.0
DEEPEST = 3
"""How many events old a stale answer is at most."""
STALE_FOR_S = 2.0
"""How long a source stays stale for a leader that has just taken office."""


@dataclass
class Points:
    """``writes``, ``reads``: what was met, in order, while ``armed``. ``hit``: the fault happened.

    ``old``: for each read, at which depths it would have answered otherwise.
    """

    perturbation: Perturbation | None
    history: History
    writes: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    old: list[tuple[int, ...]] = field(default_factory=list)
    armed: bool = False
    hit: bool = False
    on_gap: Callable[[], None] = lambda: None
    _stale: tuple[str, float] | None = None

    def at_write(self, name: str) -> Fault | None:
        """Count a write of a living process; what is to happen at it."""
        if not self.armed:
            return None
        self.writes.append(name)
        wanted = self.perturbation
        if wanted is None or wanted.fault is Fault.STALE or wanted.point != len(self.writes) - 1:
            return None
        self.hit = True
        return wanted.fault

    async def write(
        self,
        node: MatrixNode,
        name: str,
        apply: Callable[[], Awaitable[Answer]],
        untold: Callable[[], Answer] | None = None,
    ) -> Answer:
        """``untold``: the answer to one who is told nothing; None: there is no such answer."""
        fault = self.at_write(name)
        refuse: Callable[[], Answer] = untold or _refuse
        if fault is None:
            return await apply()
        node.tell(f"{fault} at {name}")
        match fault:
            case Fault.CRASH_BEFORE:
                node.fall()
                return await apply()
            case Fault.CRASH_AFTER:
                await apply()
                node.fall()
                raise Unavailable("dead")
            case Fault.APPLIED:
                await apply()
                return refuse()
            case Fault.NOT_APPLIED:
                raise Unavailable("the matrix says no")
            case Fault.LOST:
                return refuse()
            case Fault.LATE:
                node.later(LATE_S, apply)
                return refuse()
            case _:
                answer = await apply()
                self.after_write(node, fault)
                # the task itself must come to a stop here, too
                await asyncio.sleep(0)
                if node.is_dead:
                    raise Unavailable("dead")
                return answer

    def after_write(self, node: MatrixNode, fault: Fault) -> None:
        """What begins between this write and the next."""
        match fault:
            case Fault.FROZEN:
                node.stand_still()
            case Fault.UNOBSERVED:
                self.on_gap()
            case _:
                self._stale = STALE_AFTER_CRASH[fault], float("inf")
                node.fall()

    async def read(
        self,
        node: MatrixNode,
        source: str,
        name: str,
        fresh: Callable[[], Awaitable[Answer]],
        old: Callable[[int], Awaitable[Answer]],
    ) -> Answer:
        """``old``: the answer as it was so many events ago."""
        answer = await fresh()
        if not self.armed or node.is_dead:
            return answer
        wanted = self.perturbation
        if wanted is None:
            self.old.append(tuple([k for k in range(1, DEEPEST + 1) if await old(k) != answer]))
        self.reads.append(f"{source}: {name}")
        if wanted is not None and self._is_stale(node, source, wanted):
            answer_then = await old(wanted.depth)
            if answer_then != answer:
                node.tell(f"is answered as of {wanted.depth} events ago: {name}")
                self.hit = True
            return answer_then
        return answer

    def _is_stale(self, node: MatrixNode, source: str, wanted: Perturbation) -> bool:
        if wanted.fault is Fault.STALE:
            return wanted.point == len(self.reads) - 1
        if self._stale is None or self._stale[0] != source:
            return False
        now = node.now()
        if self._stale[1] == float("inf"):
            self._stale = source, now + STALE_FOR_S
        return now <= self._stale[1]


def _refuse() -> Any:
    raise Unavailable("the matrix says no")
