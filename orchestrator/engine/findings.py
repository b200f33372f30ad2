"""What the passes of a kind could not do, for people to see."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest

from orchestrator.core.decisions import Reason, ShardChange
from orchestrator.core.removal import digest
from orchestrator.core.view import View, touched_chunks
from orchestrator.engine.answers import HeldRemovals, Unplaced

SAMPLE = 20


@dataclass(slots=True, kw_only=True)
class Findings:
    """``trouble``: why the last pass failed; ``waiting``: why the kind is not ready yet.

    ``warnings``: what crashes give reason to say, ``apart``: of these, who is set apart;
    ``set_aside``: ids that a trial does without for now;
    ``vanished``: ids in quarantine that the catalog, when it was last read in full, listed no more;
    ``unlisted_pins``: the same of ids that are pinned;
    ``doubts``: what it said of weights and labels that cannot be used.
    """

    unplaced: dict[str, Unplaced] = field(default_factory=dict)
    held: HeldRemovals | None = None
    held_ids: frozenset[str] = frozenset()
    trouble: str = ""
    waiting: str = ""
    warnings: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    set_aside: frozenset[str] = frozenset()
    vanished: frozenset[str] = frozenset()
    unlisted_pins: frozenset[str] = frozenset()
    doubts: tuple[str, ...] = ()

    def note_unplaced(self, unplaced: Mapping[str, Reason], details: Mapping[str, str]) -> None:
        for resource_id, reason in unplaced.items():
            self.unplaced[resource_id] = Unplaced(
                id=resource_id[:2048],
                reason=reason.value,
                detail=details.get(resource_id, reason.sentence),
            )

    def doubt(self, doubts: Mapping[str, str], count: int) -> None:
        """What a listing said that cannot be used. ``doubts``: of the first of them, why."""
        self.doubts = ()
        if count:
            first = next(iter(doubts), "")
            shown = f", e.g. {first[:64]}: {doubts[first]}" if first else ""
            self.doubts = (f"{count} resources have weights or labels that cannot be used{shown}",)

    def forget_unplaced(self, ids: Collection[str]) -> None:
        """These were looked at anew."""
        for resource_id in ids:
            self.unplaced.pop(resource_id, None)

    def strike_placed(self, change: ShardChange) -> None:
        """What has an owner now is unplaced no more."""
        if self.unplaced and change.after is not None:
            for _, chunk in touched_chunks(change.after, change.before):
                self.forget_unplaced(chunk.ids)

    def strike_owned(self, view: View) -> None:
        """The same of a kind read anew: a commit may have been carried out whose reply was lost."""
        for place in {view.index[one] for one in self.unplaced if one in view.index}:
            self.forget_unplaced(view.shards[place.shard].chunks[place.chunk].ids)

    def keep_unplaced(self, missing: Collection[str], view: View) -> None:
        """Of the unplaced ids, those that have an owner or that the catalog lists no more need no place."""
        if not self.unplaced:
            return
        still = set(missing)
        self.unplaced = {i: one for i, one in self.unplaced.items() if i in still or i in view.index}
        self.strike_owned(view)

    def hold(self, ids: Collection[str], why: str, wall: float) -> None:
        """Hold these removals, too, until a person lets them go."""
        since = self.held.since if self.held is not None else wall
        self._name_held(self.held_ids | frozenset(ids), why, since)

    def keep_held(self, still: Collection[str]) -> None:
        """Of the held removals, only those that the catalog still does not list stay held."""
        ids = self.held_ids.intersection(still)
        if self.held is not None and ids != self.held_ids:
            self._name_held(ids, self.held.reason, self.held.since)

    def let_go(self) -> frozenset[str]:
        """The held removals, held no more."""
        ids, self.held_ids, self.held = self.held_ids, frozenset(), None
        return ids

    def _name_held(self, ids: frozenset[str], why: str, since: float) -> None:
        held = None
        if ids:
            sample = tuple(nsmallest(SAMPLE, ids))
            held = HeldRemovals(digest=digest(ids), count=len(ids), reason=why, sample=sample, since=since)
        self.held_ids, self.held = ids, held
