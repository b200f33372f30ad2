"""A numbered plan of a kind: what an orchestration is going to do, as it was reviewed.

A value that is stored whole (``orchestrator.core.plans.papers``); the ids that it moves stand beside it.
Nothing here looks at a clock: times are wall-clock seconds, and arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.core.model import Vector

MAX_NOTE = 500
"""The longest note to a plan, in characters."""

SHOWN_PAIRS = 2_000
"""Pairs of shards that a plan names; the largest first where there are more."""


class Stage(StrEnum):
    """How far a plan has come. Whether one that was not applied is too old is a matter of time."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"

    @property
    def is_under_way(self) -> bool:
        return self in (Stage.APPLIED, Stage.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The desired state of a kind. ``shards``: how many active ones are wanted."""

    shards: int
    max_instances: int
    resource_per_instance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How one dimension is spread over the active shards."""

    dimension: str
    least: int
    mean: float
    most: int

    @property
    def ratio(self) -> float:
        """The fullest as a multiple of the mean; 1 where there is nothing."""
        return self.most / self.mean if self.mean else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The most that may weigh on a shard while the plan is carried out: an id counts at both of its ends."""

    shard: int
    load: Vector
    capacity: Vector

    @property
    def is_over(self) -> bool:
        return any(load > most for load, most in zip(self.load, self.capacity, strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """How long it is expected to take. ``basis``: ``measured`` (``samples`` hand-offs) or ``limits``."""

    seconds: float
    each: float
    at_once: int
    basis: str
    samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit that the plan would hit; ``sentence`` says what follows."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Where the moves of a plan stand; the five are all of them.

    ``failed``: begun, and ended elsewhere than meant; ``dropped``: never begun, as the id was no more
    where it was to be taken from.
    """

    done: int = 0
    moving: int = 0
    waiting: int = 0
    failed: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Ids that cannot be taken back, and why; ``ids`` names at most a few of ``count``."""

    reason: str
    sentence: str
    count: int
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """``shards``: number and expected load of each active shard when it was computed, and ``standing`` how
    many ids stood somewhere; ``last_applied``: the newest plan that had been applied by then, and
    ``under_way`` the orchestration that was. ``count``: resources in the catalog. ``new``: ids that nothing
    owned, and ``places`` how many of them each shard gets. ``parts``: papers that hold its moves.
    ``undoes``: the plan that this one takes back. ``tally``: of a plan that has ended.
    """

    number: int
    made_at: float
    actor: str
    note: str = ""
    undoes: int | None = None
    stage: Stage = Stage.PROPOSED
    stage_at: float = 0.0
    stage_actor: str = ""
    commit: int = 0
    count: int = 0
    standing: int = 0
    new: int = 0
    places: tuple[tuple[int, int], ...] = ()
    last_applied: int = 0
    under_way: str = ""
    before: Sizes
    after: Sizes
    shards: tuple[tuple[int, int], ...] = ()
    created: tuple[int, ...] = ()
    draining: tuple[int, ...] = ()
    reactivated: tuple[int, ...] = ()
    capacities: tuple[tuple[int, Vector], ...] = ()
    former_capacities: tuple[tuple[int, Vector], ...] = ()
    moves: int = 0
    pairs: tuple[tuple[int, int, int], ...] = ()
    parts: int = 0
    spread_before: tuple[Spread, ...] = ()
    spread_after: tuple[Spread, ...] = ()
    peaks: tuple[Peak, ...] = ()
    hand_off: HandOff = HandOff(seconds=0.0, each=0.0, at_once=1, basis="limits")
    limits: tuple[Limit, ...] = ()
    cost: int = 0
    stays: tuple[Stays, ...] = ()
    remarks: tuple[str, ...] = ()
    tally: Tally | None = None

    @property
    def id(self) -> str:
        """What the orchestration is called that carries it out."""
        return plan_id(self.number)

    @property
    def changes_nothing(self) -> bool:
        reshaped = self.created or self.draining or self.reactivated or self.capacities
        return not (reshaped or self.moves or self.new) and self.before == self.after


def plan_id(number: int) -> str:
    return f"p-{number}"


def plan_number(text: str) -> int | None:
    """The number of the plan that an orchestration carries out; None where it carries out none."""
    found = re.fullmatch(r"p-([1-9][0-9]{0,8})", text, re.ASCII)
    return int(found[1]) if found else None


def largest_pairs(pairs: Iterable[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """At most so many as a plan names, in the order of the shards."""
    chosen = sorted(pairs, key=lambda pair: (-pair[2], pair))[:SHOWN_PAIRS]
    return tuple(sorted(chosen))
