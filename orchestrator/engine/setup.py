"""What a kind needs to be run: its settings and its doors. Filled by the wiring, read by everyone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from orchestrator.core.policy import HealthPolicy, KindPolicy, Limits
from orchestrator.ports import Catalog, Clock, Heartbeats, Runtime, Traces

Answer = TypeVar("Answer")

Offload = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a long computation away from the event loop and gives its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSetup:
    """One kind as configured. ``template``: the text of its pod template as it stands in the file.

    ``max_instances``, ``resource_per_instance``: what the kind starts with; later only the store counts.
    ``beats_over_http``: the exchange itself is the channel that decides over life and death.
    ``environment``: what instances of this kind get beside what all get.
    ``settings``: the kind's settings as plain JSON, without secrets, for whoever runs its history again.
    ``plan_expire``: seconds for which a plan may be applied; ``plans_kept``: the newest so many are kept.
    ``in_flight``: how many transactions the store may be given at once; more than one only where it
    carries them out in the order in which they were given.
    """

    kind: str
    table: str
    instance_name: str
    template: str
    catalog: Catalog
    runtime: Runtime
    heartbeats: Heartbeats
    policy: KindPolicy = field(default_factory=KindPolicy)
    health: HealthPolicy = field(default_factory=HealthPolicy)
    limits: Limits = field(default_factory=Limits)
    max_instances: int = 100
    resource_per_instance: int = 5000
    beats_over_http: bool = True
    resync_interval: float = 300.0
    look_again_after: tuple[float, ...] = (0.2, 1.0, 5.0)
    observe_interval: float = 5.0
    environment: dict[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    in_flight: int = 1
    plan_expire: float = 3600.0
    plans_kept: int = 20

    @property
    def dimensions(self) -> int:
        return 1 + len(self.policy.extra_capacity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all kinds share. ``key``: seals the tokens of workers; the same on every replica.

    ``worker_url``: where workers reach us, several addresses separated by commas; ``own_url``: where the
    other replicas reach this one. ``name``: gives a new id for a transaction or a plan, by its prefix.
    ``store_id``: of the store that is written to, known once the office is held; before that the one
    that a new store gets, empty: any. ``traces``: where the ways of new resources are told, None: nowhere.
    """

    clock: Clock
    offload: Offload
    worker_url: Callable[[], str]
    own_url: Callable[[], str]
    key: bytes
    name: Callable[[str], str]
    store_id: str = ""
    lease: float = 15.0
    away_limit: float | None = 60.0
    environment: dict[str, str] = field(default_factory=dict)
    traces: Traces | None = None
