"""What the catalog has to say of an id before it is placed or deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from orchestrator.core.poison.quarantine import apart_in
from tests.simulation.demands import check_demands
from tests.simulation.rules import Seen
from tests.simulation.story import Story

if TYPE_CHECKING:
    from tests.simulation.publisher import Publisher

AGE_S = 60.0
"""How old a look at the catalog may be on which an id is placed or deleted."""

BETWEEN_S = 10.0
"""How long one leader may take for a hand-over of two transactions, replies in doubt included."""


class Witnesses:
    """Judges each write of a kind. ``is_split``: a hand-over may be too large for one transaction.

    Between the two an id that moves stands nowhere. It comes from its source, not from the catalog: what
    arrives so may be one whose removal waits for a person.
    """

    def __init__(
        self,
        story: Story,
        publisher: Publisher,
        now: Callable[[], float],
        *,
        is_ruled: bool = False,
        is_split: bool = False,
    ) -> None:
        self._story = story
        self._publisher = publisher
        self._now = now
        self._is_ruled = is_ruled
        self._is_split = is_split
        self._between: dict[tuple[str, str], tuple[float, int]] = {}

    def judge(self, kind: str, before: Seen | None, after: Seen, epoch: int = 0) -> None:
        """S2, S8: an id is placed only when the catalog listed it lately, deleted only when it did not."""
        since = self._now() - AGE_S
        known = before or Seen(after.loaded)
        came = after.owned.keys() - known.owned.keys()
        for resource_id in came - known.releasing.keys():
            present = self._publisher.was_present_since(kind, resource_id, since)
            moves = self._is_between(kind, resource_id, epoch)
            self._story.require(
                present or moves, f"S2: {resource_id} of {kind} was placed, the catalog lists it not"
            )
        check_demands(
            self._story,
            kind,
            before,
            after,
            ruled=self._is_ruled,
            is_known=lambda kind, one: not self._publisher.was_absent_since(kind, one, since),
        )
        apart = apart_in(after.loaded.papers)
        for resource_id in came:
            out = resource_id not in apart
            self._story.require(out, f"S23: {resource_id} of {kind} was placed, and is in quarantine")
        for resource_id in (after.releasing.keys() & known.owned.keys()) - apart:
            if after.releasing[resource_id][1] is None:
                absent = self._publisher.was_absent_since(kind, resource_id, since)
                self._story.require(absent, f"S8: {resource_id} of {kind} was released, the catalog lists it")
        for resource_id in known.releasing.keys() - after.releasing.keys() - after.owned.keys() - apart:
            # One that was deleted and is there again may find no room. One that moves always has a place.
            if known.releasing[resource_id][1] is None:
                continue
            if self._is_split:
                self._between[kind, resource_id] = self._now(), epoch
                continue
            absent = self._publisher.was_absent_since(kind, resource_id, since)
            self._story.require(absent, f"S8: {resource_id} of {kind} was dropped, the catalog lists it")

    def _is_between(self, kind: str, resource_id: str, epoch: int) -> bool:
        at, of = self._between.pop((kind, resource_id), (0.0, -1))
        return of == epoch and self._now() - at <= BETWEEN_S
