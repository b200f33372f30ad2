"""The last that was seen of each pod of ours, and what of it is news. Loop thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from orchestrator.ports import InstanceSeen, Phase
from orchestrator.runtime.kubernetes_phase import Found
from orchestrator.runtime.kubernetes_pods import Census
from orchestrator.runtime.news import Feed
from orchestrator.runtime.places import Key


class Sightings:
    """Older than what is known, from a watch that lags or a list that took long, is no news."""

    def __init__(self, feed: Feed, monotonic: Callable[[], float]) -> None:
        self._feed = feed
        self._monotonic = monotonic
        self._ended: dict[str, float] = {}
        self._by_uid: dict[str, Found] = {}

    def of(self, key: Key) -> list[Found]:
        """What is known of a shard, the newest incarnation first."""
        known = [one for one in self._by_uid.values() if (one.seen.kind, one.seen.shard) == key]
        return sorted(known, key=lambda one: one.seen.incarnation, reverse=True)

    def of_kind(self, kind: str) -> list[Found]:
        """What is known of all shards of a kind, the older incarnations of a shard first."""
        known = [one for one in self._by_uid.values() if one.seen.kind == kind]
        return sorted(known, key=lambda one: (one.seen.shard, one.seen.incarnation))

    def ended_for(self, found: Found) -> float:
        """Seconds since it was first seen that the pod had ended; 0 for one that has not."""
        now = self._monotonic()
        return now - self._ended.get(found.seen.uid, now)

    def note(self, found: Found) -> None:
        uid = found.seen.uid
        known = self._by_uid.get(uid)
        if known is not None and found.version < known.version:
            return
        self._by_uid[uid] = found
        if found.seen.phase is Phase.ENDED:
            self._ended.setdefault(uid, self._monotonic())
        if known is None or known.seen != found.seen:
            self._feed.publish(found.seen)

    def gone(self, found: Found) -> None:
        """The pod's object is no more, whatever it said last."""
        known = self._by_uid.pop(found.seen.uid, None)
        self._ended.pop(found.seen.uid, None)
        if found.seen.phase is not Phase.ENDED:
            self._feed.publish(_ended(found.seen))
        elif known is not None and known.seen.phase is not Phase.ENDED:
            self._feed.publish(found.seen)

    def note_all(self, census: Census) -> None:
        """A complete list: what is not in it, and was known before it was read, is gone."""
        present = {found.seen.uid for found in census.pods}
        for uid, known in list(self._by_uid.items()):
            if uid not in present and known.version <= census.version:
                self.gone(known)
        for found in census.pods:
            self.note(found)


def _ended(seen: InstanceSeen) -> InstanceSeen:
    how = "" if seen.phase is Phase.STOPPING else ", and how its containers ended was not seen"
    return replace(seen, phase=Phase.ENDED, detail=f"its pod was deleted{how}")
