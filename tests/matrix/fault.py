"""What the matrix does to one point of a run, and the name by which it is done again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What happens at a point. A point is an external write, the pause before one, or a read."""

    CRASH_BEFORE = "crash-before"
    """The process ends right before the write."""
    CRASH_AFTER = "crash-after"
    """The process ends right after the write was applied, and has not heard of it."""
    APPLIED = "applied-error"
    """The write is applied; the process is told that it failed, or is told nothing."""
    NOT_APPLIED = "not-applied-error"
    """The write is not applied, and the process is told so."""
    LOST = "not-applied-unknown"
    """The write is not applied, and the process is told nothing (commits only)."""
    LATE = "applied-late"
    """The process is told that it failed; some seconds later it is applied after all."""
    UNOBSERVED = "unobserved"
    """The process ends between two writes; until another leads, the world moves on with nobody looking."""
    FROZEN = "frozen"
    """The process stands still between two writes, until after another has taken office."""
    STALE = "stale-read"
    """One read answers as things were some events ago."""
    STALE_STORE = "stale-store"
    """The process ends after the write; who leads next reads the store as it was some events ago."""
    STALE_CATALOG = "stale-catalog"
    STALE_RUNTIME = "stale-runtime"


AT_WRITES = (
    Fault.CRASH_BEFORE,
    Fault.CRASH_AFTER,
    Fault.APPLIED,
    Fault.NOT_APPLIED,
    Fault.LOST,
    Fault.LATE,
)
THE_FOUR = AT_WRITES[:4]
BETWEEN_WRITES = (Fault.UNOBSERVED, Fault.FROZEN)
STALE_AFTER_CRASH = {
    Fault.STALE_STORE: "store",
    Fault.STALE_CATALOG: "catalog",
    Fault.STALE_RUNTIME: "runtime",
}
ENDS_THE_LEADER = {Fault.CRASH_BEFORE, Fault.CRASH_AFTER, *BETWEEN_WRITES, *STALE_AFTER_CRASH}


@dataclass(frozen=True, kw_only=True)
class Perturbation:
    """``point`` counts from 0 among the writes, or among the reads for a stale read.

    ``depth``: how many events a stale answer is old.
    """

    fault: Fault
    point: int
    depth: int = 0

    def __str__(self) -> str:
        depth = f" --depth {self.depth}" if self.depth else ""
        return f"--fault {self.fault} --point {self.point}{depth}"
