"""What the facade answers to: why here, why not there?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.core.explanation import Opinion, Wait
from orchestrator.engine.answers import ResourceStatus
from orchestrator.ports import JournalLine

__all__ = ["Explanation", "Opinion", "Wait", "Weight"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a resource weighs in one dimension, and whether its instance reported that or its row says so."""

    name: str
    value: int
    reported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``history``: what the journal says of the id, newest first; ``history_trouble``: why it cannot be read.

    ``weights``: in the dimensions after the count.
    ``unserved_s``: seconds for which nobody has served it, None: somebody does, or it is not known.
    """

    resource: ResourceStatus
    shards: tuple[Opinion, ...]
    waits: tuple[Wait, ...]
    history: Sequence[JournalLine]
    history_trouble: str
    unserved_s: float | None
    unserved_why: str
    weights: tuple[Weight, ...] = ()
