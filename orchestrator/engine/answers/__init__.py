"""What the facade answers, as values; the API, the CLI and the page only dress them.

Ages and times: ``*_at`` wall-clock seconds, ``*_age`` seconds; None is unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.core.alerting.alarm import Alarm
from orchestrator.core.policy import OnCoordinatorLoss
from orchestrator.engine.answers.shard import ShardStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Where the ids of a kind stand; ``catalog`` is the sum of owned, arriving, moving, unowned, quarantined.

    owned: acknowledged by a live instance (declared, where workers cannot acknowledge); arriving:
    assigned, not yet acknowledged; moving: being released towards another shard; held: deleted in the
    catalog, the removal waits for a person; unowned: no shard has them, or one whose instances keep
    ending; deleting: deleted, its owner has yet to let go; quarantined: unowned on purpose, in quarantine
    or set aside while a trial runs.
    """

    catalog: int | None
    owned: int
    arriving: int
    moving: int
    held: int
    unowned: int
    deleting: int = 0
    quarantined: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRemovals:
    """Removals that wait for ``accept``: exactly the set that ``digest`` names."""

    digest: str
    count: int
    reason: str
    sample: tuple[str, ...]
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """An id that nothing owns, and why."""

    id: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KindStatus:
    """``age``: seconds for which this may be out of date, since nobody leads; None: it is so now.

    ``place``: where its instances run, as the store says; empty: it does not. ``place_here``: where those of
    the leader would, when the store names another place. ``sizing``: the other number of shards that the
    load asks for; empty: none. ``moves_waiting``: which wanted moves the move policy keeps waiting; empty:
    none. ``issues``: the alarms with what they are about.
    """

    kind: str
    instance_name: str
    protocol: str
    exclusive: bool
    ready: bool
    paused: bool
    orchestrating: bool
    plan_id: str | None
    commit: int
    shards_wanted: int
    init_instances: int
    max_instances: int
    resource_per_instance: int
    counts: Counts
    shards: tuple[ShardStatus, ...]
    held: HeldRemovals | None
    unplaced: tuple[Unplaced, ...]
    audited_age: float | None
    alarms: tuple[str, ...] = ()
    issues: tuple[Alarm, ...] = ()
    place: str = ""
    place_here: str = ""
    age: float | None = None
    sizing: str = ""
    moves_waiting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceStatus:
    """Who owns an id. ``state``: owned, arriving, moving, deleting, unowned, held, unknown."""

    kind: str
    id: str
    state: str
    shard: int | None
    run_in: str | None
    incarnation: int | None
    generation: int | None
    acknowledged: int | None
    to: int | None
    since: float | None
    reason: str
    detail: str
    in_catalog: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceStatus:
    kind: str
    shard: int
    name: str
    incarnation: int
    state: str
    phase: str
    health: str
    uid: str
    since: float | None
    beat_age: float | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchestrationSummary:
    """What an orchestration does. ``moves_by_pair``: from, to, how many."""

    plan_id: str | None
    dry_run: bool
    changed: bool
    shards_before: int
    shards_after: int
    created: tuple[int, ...]
    draining: tuple[int, ...]
    moves: int
    moves_by_pair: tuple[tuple[int, int, int], ...]
    placed: int
    load_before: tuple[int, int]
    load_after: tuple[int, int]
    max_instances: int
    resource_per_instance: int
    count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The answer to a worker's exchange (docs/worker-protocol.md).

    ``weigh``: the dimensions in which it is to weigh its ids, if any; ``term``: of the leader that asks.
    """

    generation: int
    commit: int
    lease: float
    interval: float
    on_loss: OnCoordinatorLoss
    away_limit: float | None
    whole: bool
    ids: tuple[str, ...] = ()
    base: int = -1
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    weigh: tuple[str, ...] = ()
    term: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """An exchange that got no assignment. ``status``: 409 superseded, 410 over, 503 not now."""

    status: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One thing we lean on. ``ok`` None: not known yet. ``effect``: what stops while it is away."""

    name: str
    ok: bool | None
    detail: str
    age: float | None
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether this server leads, and who else does.

    ``in_office``: it took office and answers from what it holds in memory, though it may be in doubt;
    ``leads``: it is in no doubt. ``leader``, ``url``, ``epoch``: of the leader as far as known; empty and
    None when nobody is known to lead, and then ``why`` says more. ``since``: wall-clock seconds since when
    that has been so. ``age``: seconds for which answers may be out of date; None: they are as of now.
    """

    holder: str
    in_office: bool
    leads: bool
    leader: str
    url: str
    epoch: int | None
    since: float
    age: float | None
    why: str = ""

    @property
    def role(self) -> str:
        return "leader" if self.in_office else "follower"

    @property
    def can_pass_on(self) -> bool:
        return not self.in_office and bool(self.url) and self.leader != self.holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """``holder``: this server; ``standing``: who leads, as it knows."""

    version: str
    holder: str
    leader: bool
    epoch: int | None
    standing: Standing
    started_at: float
    ready: bool
    dependencies: Sequence[Dependency]
    kinds: Sequence[KindStatus]
    counters: Mapping[str, int]
