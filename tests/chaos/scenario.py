"""One named story of chaos, and the row that it leaves in the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.sight import Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """``run`` gives in words what held; it raises AssertionError where something did not.

    ``did``: what was done. ``unserved_s``: how long an id of the catalog may be served by nobody meanwhile.
    ``settles``: whether the world must be at rest in the end.
    """

    name: str
    did: str
    run: Callable[[Sight], str]
    unserved_s: float
    within_s: float = 90.0


@dataclass(slots=True)
class Row:
    """``longest``: seconds that an id was served by nobody. ``fault``: empty where all held."""

    name: str
    did: str
    held: str
    began: float
    ended: float
    longest: float = 0.0
    bound: float = 0.0
    fault: str = ""

    @property
    def took(self) -> float:
        return self.ended - self.began
