"""Ownership, in versioned transactions under an office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from orchestrator.core.model import KindState, Revision, Shard
from orchestrator.core.papers import Paper
from orchestrator.core.plan import CommitResult, Deposed, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Proof of leadership: every transaction is checked against it.

    ``epoch`` grows by one with every new leader; ``version`` is that of the leader document as this
    holder wrote it last; ``nonce`` tells an own write from a foreign one.
    """

    epoch: int
    holder: str
    url: str
    nonce: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The office is held by somebody else."""

    holder: str
    url: str
    epoch: int


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

    def valid_until(self, office: Office) -> float:
        """Boot-time seconds until which nobody else can hold the office; infinite where it is locked."""

    async def leader(self) -> Held | None:
        """Who holds the office now. Raises Unavailable."""

    async def close(self) -> None: ...
