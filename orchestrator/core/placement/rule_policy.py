"""The rules of placement that the settings of a kind name (docs/placement.md)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import lcm

from orchestrator.core.traits import Labels, labels_of


class Strategy(StrEnum):
    """What an orchestration is after; a new id goes where its rules let it, to the least full shard."""

    EVEN = "even"
    WEIGHTED = "weighted"
    STICKY = "sticky"


@dataclass(frozen=True, slots=True, kw_only=True)
class Require:
    """An id that has ``label`` stands only on shards whose ``shard_label`` has the same value."""

    label: str
    shard_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Ids of one value of ``by`` are spread evenly over the values of the shards' label ``over``."""

    over: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePolicy:
    """``together``, ``apart``: labels whose ids of one value stand on one shard, or each on another.

    ``shard_labels``: labels of new shards, dealt by number: the value at number modulo how many there are.
    """

    require: tuple[Require, ...] = ()
    together: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    spread: Spread | None = None
    shard_labels: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no id is kept from any shard, or drawn to it, by its labels."""
        return not (self.require or self.together or self.apart or self.spread)

    @property
    def watched(self) -> frozenset[str]:
        """The labels of which it must be known who holds ids of each value."""
        by = (self.spread.by,) if self.spread else ()
        return frozenset((*self.together, *self.apart, *by))

    def labels_of(self, number: int) -> Labels:
        """What a new shard of this number is labelled."""
        return labels_of({name: values[number % len(values)] for name, values in self.shard_labels if values})

    @property
    def cycle(self) -> int:
        """After how many numbers the labels of new shards repeat."""
        return lcm(*(len(values) for _, values in self.shard_labels if values))
