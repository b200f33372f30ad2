"""What is searched: how large the world is, who does what in it, and what may go wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from orchestrator.core.model import Protocol
from orchestrator.core.policy import HealthPolicy, KindPolicy, Limits


class Fault(StrEnum):
    """What may go wrong; each time it does counts one."""

    SESSION = "session"
    """A leader pauses, or loses touch, until its session has ended."""
    REPLY = "reply"
    """The answer to a transaction is lost; it lands now, later or never."""
    OFFICE = "office"
    """The answer to taking or renewing the office is lost; that lands now, later or never."""
    CREATE = "create"
    """The answer to a create is lost; it lands now, later or never."""
    STOP = "stop"
    """The answer to a stop is lost; it lands now, later or never."""
    BEAT = "beat"
    """A beat is abandoned by its worker, and arrives later or never."""
    LIST = "list"
    """An answer of the runtime to what runs takes long."""
    DEATH = "death"
    """A process ends by itself, and the runtime keeps a note of it."""
    LOSS = "loss"
    """A process ends by itself, and the runtime forgets it."""
    FREEZE = "freeze"
    """A process does nothing any more, and serves what it held."""
    SILENCE = "silence"
    """An instance that is well is taken for silent."""
    STALE = "stale"
    """A leader that takes office reads the kind as it was one transaction ago."""
    RESTORE = "restore"
    """The kind is replaced by a copy from the beginning, under a later commit, as an import does it."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a person or an application does. ``verb``: create, delete or orchestrate."""

    verb: str
    id: str = ""
    each: int | None = None
    most: int | None = None


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One world that is searched to its end. It begins at rest: ``ids`` served by as many shards as the
    product gives them, of which each may hold ``room``.

    ``script``: what is done meanwhile, in this order, at any time. ``faults``: how many things go wrong,
    each of ``among``. ``lingers``: a leader whose session has ended learns it late, and goes on till then.
    ``slow``: an acquire takes as long as it likes. ``hangs``: no release ever returns. ``overdue``: a
    draining shard may come to its deadline. ``tokens``: each placement of an id is compared with the one
    before it. ``moving``: ids that may be moving at once. ``leftover``: shards of which a first create is
    still under way, since its answer was lost. ``looking``: the first leader has asked what runs when
    nothing ran yet, and has no answer.
    """

    name: str
    says: str
    ids: tuple[str, ...] = ("x",)
    room: int = 3
    most: int = 3
    leaders: int = 2
    faults: int = 0
    among: tuple[Fault, ...] = ()
    script: tuple[Step, ...] = ()
    protocol: Protocol = Protocol.V1
    slow: bool = False
    lingers: bool = False
    hangs: bool = False
    overdue: bool = False
    tokens: bool = False
    chunk_size: int = 128
    operations: int = 480
    moving: int = 100
    leftover: tuple[int, ...] = ()
    looking: bool = False

    @property
    def policy(self) -> KindPolicy:
        """Nothing waits: that time passes is a step of its own."""
        return KindPolicy(
            protocol=self.protocol,
            init_instances=1,
            min_max_instances=1,
            chunk_size=self.chunk_size,
            move_floor=self.moving,
            handoff_deadline=0.0,
            drain_deadline=0.0,
            seed_release_wait=0.0,
        )

    @property
    def health(self) -> HealthPolicy:
        return HealthPolicy(window=0.0, backoff_first=0.0)

    @property
    def limits(self) -> Limits:
        return Limits(operations=self.operations)

    @property
    def troubles(self) -> int:
        """Faults at most, those that have happened when the search begins included."""
        return self.faults + len(self.leftover) + self.looking

    def smaller(self, faults: int) -> Configuration:
        return replace(self, faults=min(self.faults, faults))
