"""How a kind is sized by the load that was measured, as far as decisions depend on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class ElasticMode(StrEnum):
    """OFF: by the number of ids alone. ADVISE: the load is watched, and told. ACT: it is followed."""

    OFF = "off"
    ADVISE = "advise"
    ACT = "act"


class Bearing(NamedTuple):
    """What one instance bears of a measured dimension, and which share of that is to be used (0 to 1)."""

    name: str
    capacity: int
    target: float

    @property
    def room(self) -> float:
        """The load that one shard is to have at most."""
        return self.capacity * self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticPolicy:
    """Durations are seconds.

    ``shrink_below``: the share of its target that the load may come to on the fewer shards; what lies
    between that and the target changes nothing. ``half_life``: of what is remembered of the load.
    ``stale_after``: an older report says nothing. ``shrink_after``: how long the load must have been low,
    with everybody heard. ``cooldown``: between two changes of the number of shards. ``grow_step``,
    ``shrink_step``: shards at once. ``max_shards`` None: the kind's maximum alone counts.
    """

    mode: ElasticMode = ElasticMode.OFF
    bearings: tuple[Bearing, ...] = ()
    shrink_below: float = 0.8
    half_life: float = 30.0
    stale_after: float = 90.0
    shrink_after: float = 600.0
    cooldown: float = 120.0
    grow_step: int = 10
    shrink_step: int = 1
    min_shards: int = 1
    max_shards: int | None = None

    @property
    def watches(self) -> bool:
        """Whether any load is looked at."""
        return self.mode is not ElasticMode.OFF and bool(self.bearings)
