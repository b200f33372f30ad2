"""Ownership, in versioned transactions under an office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from orchestrator.core.decisions import CommitResult, Deposed, Transaction
from orchestrator.core.model import KindState, Revision, Shard
from orchestrator.core.papers import Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Proof of leadership: every transaction is checked against it.

    ``epoch`` grows by one with every new leader; ``version`` is that of the leader document as this
    holder wrote it last; ``nonce`` tells an own write from a foreign one. ``layout``: the one in which
    this holder writes.
    """

    epoch: int
    holder: str
    url: str
    nonce: str
    version: int
    layout: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The office is held by somebody else, or by nobody and not for us.

    ``unfit``: why this program cannot take it even when it is free, a sentence without its full stop.
    """

    holder: str
    url: str
    epoch: int
    unfit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The layouts that a program reads and writes, both ends included."""

    oldest: int
    newest: int

    def __str__(self) -> str:
        if self.oldest == self.newest:
            return f"layout {self.newest}"
        return f"layouts {self.oldest} to {self.newest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLayout:
    """The layout that all documents of the store have at least, and the one that they are converted to.

    ``at``: the version of the document that says so; None: there is none, as in a store of the first layout.
    """

    layout: int = 1
    next: int | None = None
    at: int | None = None

    @property
    def written(self) -> int:
        """The one in which whoever leads writes."""
        return self.layout if self.next is None else self.next


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An orchestrator that leads or stands for the office. ``holder`` empty: it does not say who it is."""

    holder: str
    url: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One kind as the store holds it."""

    state: KindState
    shards: Mapping[int, Shard]
    papers: Mapping[str, Paper] = field(default_factory=dict)


class Store(Protocol):
    """Ownership, in versioned transactions (README, store layout)."""

    async def campaign(self, holder: str, url: str) -> Office | Held:
        """Take office when it is free. Raises Unavailable."""

    async def vacancy(self, within: float) -> None:
        """Return when it may be our turn, within so many seconds at the latest. A hint: campaign and see."""

    async def resign(self, office: Office) -> None:
        """Give the office up; harmless when it is already another's."""

    async def kinds(self) -> Sequence[str]:
        """The kinds that the store holds. Raises Unavailable."""

    async def load(self, kind: str) -> Loaded | None:
        """Read a kind whole, or None when the store holds no such kind. Raises Unavailable."""

    async def revision(self, kind: str, number: int) -> Revision | None:
        """One pod template. Raises Unavailable."""

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        """Write a transaction under the office. Raises TooLarge, Unavailable (then nothing was sent)."""

    async def fence(self, office: Office) -> Office | Deposed:
        """Write a new nonce, so that any earlier transaction either has happened or never can.

        Raises Unavailable when that could not be done yet.
        """

    @property
    def span(self) -> Span:
        """What this program reads and writes."""

    async def layout(self) -> StoreLayout:
        """The layout of the store. Raises Unavailable, Permanent for a document that cannot be read."""

    async def declare(self, before: StoreLayout, after: StoreLayout, office: Office) -> CommitResult:
        """Write which layout the store has, and is converted to. Raises Unavailable (nothing was sent)."""

    async def convert(self, kind: str, office: Office) -> CommitResult:
        """Have all documents of the kind in the office's layout, in bounded transactions, one after another.

        Requires: nobody commits meanwhile. Committed: all have it. Any other answer: some may have it; ask
        again. Raises Unavailable, and Permanent for a document that cannot be read.
        """

    async def candidates(self) -> Sequence[Candidate]:
        """Who leads or may take office as soon as it is free. Raises Unavailable."""

    def valid_until(self, office: Office) -> float:
        """Boot-time seconds until which nobody else can hold the office; infinite where it is locked."""

    async def leader(self) -> Held | None:
        """Who holds the office now. Raises Unavailable."""

    async def close(self) -> None: ...


class ErasableStore(Store, Protocol):
    """A store from which a kind can be taken as a whole, by a person's wish."""

    async def disown(self, kind: str, office: Office) -> None:
        """Give the kind, whatever it is, to the store ``REPLACED``, so that nobody serves from it.

        Its commit and next incarnation stay. Raises Unavailable, also where the office is another's by now.
        """

    async def erase(self, kind: str, office: Office, *, state: bool = True) -> None:
        """Disown the kind and remove all of it; without ``state`` that it is disowned stays, and only that.

        Cut off, what is left is nobody's, and the call goes on. Raises as ``disown``.
        """
