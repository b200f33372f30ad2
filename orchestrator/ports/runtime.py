"""What starts, stops and observes instances."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Phase(StrEnum):
    """What the runtime itself says of an instance."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSeen:
    """One observation. ``uid`` names the very process or pod; ``since`` is wall-clock seconds.

    ``node``: the machine that runs it, where the runtime has several.
    """

    kind: str
    shard: int
    incarnation: int
    phase: Phase
    uid: str = ""
    since: float = 0.0
    detail: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSpec:
    """What an instance is to be: its identity, its template and its environment by name."""

    kind: str
    shard: int
    incarnation: int
    revision: int
    name: str
    template: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The instance was created, or was there already at this incarnation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupied:
    """Another incarnation of the shard still exists; nothing was created."""

    incarnation: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The runtime refuses this template or command, and will again."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one instance uses as the runtime measures it. ``at``: wall-clock seconds of the measuring.

    ``cpu``: thousandths of a core; ``memory``: bytes in use. None: not measured.
    """

    incarnation: int
    at: float
    cpu: int | None = None
    memory: int | None = None


EnsureResult = Started | Occupied | Rejected


class Runtime(Protocol):
    """Starts, stops and observes instances: at most one a shard."""

    async def ensure(self, spec: InstanceSpec) -> EnsureResult:
        """Have the instance exist. Repeating it is harmless. Raises Unavailable."""

    async def stop(self, kind: str, shard: int, incarnation: int, *, grace_s: float) -> None:
        """Ask exactly this incarnation to end, by force after ``grace_s``; gone is success.

        Raises Unavailable.
        """

    async def force(self, kind: str, shard: int, uid: str) -> None:
        """Forget exactly this instance though it may run on; gone is success.

        Only for one that is fenced by other means: at most one instance a shard is the caller's promise
        from here on. Raises Unavailable, and Permanent where the runtime itself always knows what runs.
        """

    async def observe(self, kind: str) -> Sequence[InstanceSeen]:
        """Every instance of the kind that may still run or whose end was seen.

        A complete read begun after the call.
        A shard that is not in the answer provably has no process. Raises Unavailable.
        """

    def news(self) -> AsyncIterator[InstanceSeen]:
        """Changes as they happen; a fast path only, any of them may be missing."""

    async def place(self) -> str:
        """Where its instances run, in a few words: the same for all who see the same ones, for nobody else.

        Empty where that is not known or means nothing.

        Raises Unavailable.
        """

    async def lacking_room(self, kind: str, template: str, more: int) -> Sequence[str]:
        """Why so many more instances of the template would not be let in, in sentences; empty: none is known.

        Raises Unavailable.
        """

    async def usage(self, kind: str) -> Mapping[int, Usage]:
        """What instances of the kind use, by shard; those of which nothing is known are left out.

        Raises Unavailable, with the reason why nothing can be known.
        """

    async def logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str]:
        """The last lines that the shard's instance wrote. Raises Unavailable."""

    async def close(self) -> None:
        """Let go of the instances without ending them."""
