"""Decisions as data: transactions, the reason of each, and what a store answers to one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from orchestrator.core.model import KindState, Revision, Shard
from orchestrator.core.papers import PaperChange


class Reason(StrEnum):
    """Why something was decided; codes are stable, for the journal, the metrics and the page."""

    sentence: str

    def __new__(cls, code: str, sentence: str) -> Reason:
        reason = str.__new__(cls, code)
        reason._value_ = code
        reason.sentence = sentence
        return reason

    CREATED = "created", "The catalog lists the id and it stood nowhere."
    FOUND_UNOWNED = "found-unowned", "A resync found the id in the catalog and nowhere in the store."
    DELETED = "deleted", "A message named the deletion and the catalog confirms it."
    FOUND_DELETED = "found-deleted", "A resync found the id in the store and not in the catalog."
    ORCHESTRATED = "orchestrated", "An orchestration asked for it."
    REBALANCED = "rebalanced", "A move of an orchestration under way."
    RELEASED = "released", "The old owner let go; the id went on to its new place."
    RETURNED = (
        "returned",
        "The id went back to its source: nothing else had room, or a newer orchestration keeps it there.",
    )
    DROPPED = "dropped", "The old owner let go of a deleted id."
    DOUBLED = (
        "doubled",
        "The id stood in two places of the store, which no transaction of ours can have done.",
    )
    REJECTED = "rejected", "The runtime refuses the template or its command."
    GROWN = "grown", "No active shard had room, a shard was added."
    DRAINED = "drained", "A draining shard is empty and its instance has ended."
    NEEDED = "needed", "The shard has no instance."
    SILENT = "silent", "The instance was not heard of within its deadline."
    ENDED = "ended", "The runtime reports the end of the instance."
    MISSING = "missing", "The store says live and the runtime has no such instance."
    OVERDUE = "overdue", "The draining shard's instance did not let go of everything within its deadline."
    STUCK = "stuck", "The instance did not let go of a resource within the hand-off deadline."
    FENCED = "fenced", "The instance provably runs no more."
    OUTDATED = "outdated", "The runtime runs an incarnation that is not the one wanted."
    OPERATOR = "operator", "A person asked for it."
    INITIALISED = "initialised", "The kind was written to the store for the first time."
    ADOPTED = "adopted", "The kind was taken over from the seed's orchestrator as it stood."
    REVISED = "revised", "A new template became the current revision."
    UNCHANGED = "unchanged", "What was asked for is so already."
    UNKNOWN_INPUT = "unknown-input", "Something could not be read, so nothing is removed."
    NO_ROOM = "no-room", "Every active shard is full and the number of shards is at its maximum."
    PINNED = "pinned", "The id is pinned to a shard that does not take it."
    REQUIRED = "required", "No shard has the label that the id asks for."
    TOGETHER = "together", "The id stands together with others, where there is no place for it."
    APART = "apart", "Every shard has an id that this one is kept apart from."
    RELABELLED = "relabelled", "Labels or bounds of the shard follow the settings of the kind, or a person."
    NO_PLACE = "no-place", "The runtime has no room for the instances that this needs."
    UNFIT_ID = "unfit-id", "The id is empty, too long or holds control characters."
    HELD = "held", "A removal beyond the budget waits for a person."
    AWAITING_RELEASE = (
        "awaiting-release",
        "The id was deleted and created again; its old owner has yet to let go of it.",
    )
    QUARANTINED = "quarantined", "The id is in quarantine: nothing serves it for now."
    SET_ASIDE = "set-aside", "A trial finds out which id ends its instance: it runs without this one for now."
    PAUSED = "paused", "The kind is paused."
    PLANNED = "planned", "A plan was computed; it changes nothing until it is applied."
    STALE = "stale", "The kind has changed since the plan was computed."
    EXPIRED = "expired", "The plan was not applied in time."
    SUPERSEDED = "superseded", "A later orchestration took the place of the plan."
    FINISHED = "finished", "Every move of the plan has come to its end."
    BLAST_RADIUS = "blast-radius", "It would move more ids at once than a call may that names no plan."
    MEASURED = "measured", "The measured load asks for another number of shards."


class Move(NamedTuple):
    """One id on its way from one shard to another."""

    id: str
    source: int
    target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of the journal: what was decided for which shard and ids, and why.

    ``ids`` holds at most 128 of them; ``count`` is the true number.
    """

    verb: str
    reason: Reason
    shard: int | None = None
    to: int | None = None
    count: int = 0
    ids: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardChange:
    """A shard before and after a transaction; ``before`` None: created, ``after`` None: removed."""

    before: Shard | None
    after: Shard | None

    @property
    def number(self) -> int:
        shard = self.after if self.after is not None else self.before
        assert shard is not None
        return shard.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Changes of one kind that happen together or not at all.

    ``before`` None: the kind itself is created. ``op`` names the operation in the journal.
    """

    op: str
    before: KindState | None
    after: KindState
    changes: tuple[ShardChange, ...] = ()
    revision: Revision | None = None
    papers: tuple[PaperChange, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def kind(self) -> str:
        return self.after.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Transactions in the order in which they are to be committed; each leaves all invariants true."""

    transactions: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A wish that cannot be granted: a value that is not allowed, or a kind that is paused.

    ``reasons`` are sentences for the person who asked. ``plan``: the number of the plan that says what it
    would have done, where one was computed.
    """

    reason: Reason | None = None
    detail: str
    reasons: tuple[str, ...] = ()
    plan: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """The transaction is in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A document was not at the version held; nothing was written. Load, plan again."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposed:
    """Another holder has the office (or our election ended); nothing was written. Step down, forget."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """It is not known whether the transaction was applied. Fence, then reload what it touched."""

    detail: str


CommitResult = Committed | Conflict | Deposed | Ambiguous
