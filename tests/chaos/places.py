"""Where each id of each kind stands in the store, followed from transaction to transaction. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

OWNED = -2
DELETED = -1
CHUNK = 128


@dataclass(frozen=True, slots=True)
class Place:
    """``to``: OWNED, or where a releasing id goes, DELETED for nowhere."""

    document: str
    shard: int
    to: int = OWNED


@dataclass(frozen=True, slots=True)
class Step:
    """One id before and after a transaction; None where it stood or stands nowhere."""

    kind: str
    id: str
    before: Place | None
    after: Place | None


@dataclass(slots=True)
class Places:
    """``apply`` takes what a transaction did to the lists of ids and returns what that meant."""

    at: dict[str, dict[str, Place]] = field(default_factory=lambda: defaultdict(dict))
    owned: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    _listed: dict[str, dict[str, Place]] = field(default_factory=dict)
    _owners: dict[str, tuple[str, int]] = field(default_factory=dict)

    def apply(
        self, changed: dict[str, tuple[str, int, bytes | None]]
    ) -> tuple[list[Step], list[str], set[tuple[str, int]]]:
        """``changed``: by path, the kind, the shard and the new body (None: gone) of a list.

        Gives the steps, what is wrong with the new state, and the shards whose owned ids changed.
        """
        wrong: list[str] = []
        before: dict[tuple[str, str], Place] = {}
        after: dict[tuple[str, str], Place] = {}
        old_lists = {path: self._listed.get(path, {}) for path in changed}
        for path, (kind, shard, body) in changed.items():
            for one, place in old_lists[path].items():
                before[kind, one] = place
                if self.at[kind].get(one) == place:
                    del self.at[kind][one]
            fresh: dict[str, Place] = {}
            for one, place in _entries(path, shard, body):
                if one in fresh:
                    wrong.append(f"{one} of {kind} stands twice in {path}")
                fresh[one] = place
            if kind and len(fresh) > CHUNK and path.rsplit("/", 1)[-1].isdecimal():
                wrong.append(f"{path} holds {len(fresh)} ids, at most {CHUNK}")
            self._listed[path] = fresh
        for path, (kind, _, _) in changed.items():
            for one, place in self._listed[path].items():
                known = self.at[kind].get(one)
                if known is not None and known != place:
                    wrong.append(f"{one} of {kind} stands in {known.document} and in {place.document}")
                self.at[kind][one] = after[kind, one] = place
        moved: set[tuple[str, int]] = set()
        steps = []
        for key in {**before, **after}:
            old, new = before.get(key), after.get(key)
            if old == new:
                continue
            steps.append(Step(*key, old, new))
            for owner, grows in ((_owner(old), -1), (_owner(new), 1)):
                if owner is not None:
                    self.owned[key[0], owner] += grows
                    if _owner(old) != _owner(new):
                        moved.add((key[0], owner))
        return steps, wrong, moved


def _owner(place: Place | None) -> int | None:
    return place.shard if place is not None and place.to == OWNED else None


def _entries(path: str, shard: int, body: bytes | None) -> Iterator[tuple[str, Place]]:
    if body is None:
        return
    told = json.loads(body or b"{}")
    own = Place(path, shard)
    for one in told.get("ids", ()):
        yield str(one), own
    for entry in told.get("releasing", ()):
        place = Place(path, shard, DELETED if entry.get("to") is None else int(entry["to"]))
        for one in entry["ids"]:
            yield str(one), place
