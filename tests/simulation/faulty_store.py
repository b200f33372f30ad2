"""A store between the engine and the real one that loses requests and replies on demand."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from orchestrator.core.decisions import Ambiguous, CommitResult, Deposed, Transaction
from orchestrator.core.model import Revision
from orchestrator.errors import Unavailable
from orchestrator.ports import Candidate, Held, Loaded, Office, Span, Store, StoreLayout

Result = TypeVar("Result")


class Fault(StrEnum):
    """What happens to one call; what a commit answers as Ambiguous, any other call raises as Unavailable."""

    UNAVAILABLE = "unavailable"
    """Nothing was sent, and the caller is told so."""
    APPLIED = "applied"
    """It was done; the reply was lost."""
    LOST = "lost"
    """It was not done, and never will be; the caller is not told."""
    LATE = "late"
    """It is under way and will be done when ``deliver`` is called; the caller is not told."""


Choose = Callable[[str], Fault | None]


class FaultyStore:
    """Wraps any store. ``choose`` decides for each call by its name; ``inject`` comes first.

    ``in_order``: what is late is done before anything else that is asked for after it.
    ``delivered``: what the late calls answered in the end, which nobody heard.
    """

    def __init__(self, inner: Store, choose: Choose = lambda call: None, *, in_order: bool = False) -> None:
        self.inner = inner
        self.delivered: list[Any] = []
        self.hits: dict[Fault, int] = dict.fromkeys(Fault, 0)
        self._choose = choose
        self._in_order = in_order
        self._injected: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._late: deque[Callable[[], Awaitable[Any]]] = deque()

    def inject(self, call: str, *faults: Fault | None) -> None:
        """Let the next calls of this name (``commit``, ``fence``, ...) meet these faults, in order."""
        self._injected[call].extend(faults)

    def leave(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Have this done late; nobody waits for the answer."""
        self._late.append(work)

    async def deliver(self) -> None:
        """Do all that is late, in the order in which it was asked for; who asked may have ended meanwhile."""
        while self._late:
            try:
                self.delivered.append(await self._late.popleft()())
            except Unavailable as closed:
                self.delivered.append(closed)

    async def campaign(self, holder: str, url: str) -> Office | Held:
        return await self._call("campaign", lambda: self.inner.campaign(holder, url))

    async def vacancy(self, within: float) -> None:
        await self.inner.vacancy(within)

    async def resign(self, office: Office) -> None:
        await self._call("resign", lambda: self.inner.resign(office))

    async def leader(self) -> Held | None:
        return await self._call("leader", self.inner.leader)

    async def kinds(self) -> Sequence[str]:
        return await self._call("kinds", self.inner.kinds)

    async def load(self, kind: str) -> Loaded | None:
        return await self._call("load", lambda: self.inner.load(kind))

    async def revision(self, kind: str, number: int) -> Revision | None:
        return await self._call("revision", lambda: self.inner.revision(kind, number))

    def valid_until(self, office: Office) -> float:
        return self.inner.valid_until(office)

    async def fence(self, office: Office) -> Office | Deposed:
        return await self._call("fence", lambda: self.inner.fence(office))

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        return await self._commit(
            "commit", lambda: self.inner.commit(transaction, office), f"commit {transaction.op}"
        )

    async def _commit(
        self, call: str, work: Callable[[], Awaitable[CommitResult]], what: str = ""
    ) -> CommitResult:
        fault = self._next(call)
        if fault is Fault.UNAVAILABLE:
            raise Unavailable(f"{call}: nothing was sent")
        if fault is None:
            return await self._do(work)
        await self._meet(fault, work)
        return Ambiguous(detail=f"{what or call}: no reply")

    @property
    def span(self) -> Span:
        return self.inner.span

    async def layout(self) -> StoreLayout:
        return await self._call("layout", self.inner.layout)

    async def candidates(self) -> Sequence[Candidate]:
        return await self._call("candidates", self.inner.candidates)

    async def declare(self, before: StoreLayout, after: StoreLayout, office: Office) -> CommitResult:
        return await self._commit("declare", lambda: self.inner.declare(before, after, office))

    async def convert(self, kind: str, office: Office) -> CommitResult:
        return await self._commit("convert", lambda: self.inner.convert(kind, office))

    async def close(self) -> None:
        await self.inner.close()

    async def _call(self, name: str, work: Callable[[], Awaitable[Result]]) -> Result:
        fault = self._next(name)
        if fault is None:
            return await self._do(work)
        await self._meet(fault, work)
        raise Unavailable(f"{name}: no reply")

    async def _meet(self, fault: Fault, work: Callable[[], Awaitable[Any]]) -> None:
        if fault is Fault.APPLIED:
            await self._do(work)
        elif fault is Fault.LATE:
            self._late.append(work)

    async def _do(self, work: Callable[[], Awaitable[Result]]) -> Result:
        if self._in_order:
            await self.deliver()
        return await work()

    def _next(self, call: str) -> Fault | None:
        queue = self._injected[call]
        fault = queue.popleft() if queue else self._choose(call)
        if fault is not None:
            self.hits[fault] += 1
        return fault
