"""Which shards may take an id, and which of them is the best: the rules of placement (docs/placement.md).

Hard rules forbid: room in every dimension, pins, tags, ids kept together or apart, quarantine. The spread
over failure domains is wished for: it comes first in the score, and how full a shard is second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from orchestrator.core.decisions import Reason
from orchestrator.core.groups import Held
from orchestrator.core.model import Shard
from orchestrator.core.overlay import Overlay
from orchestrator.core.placement.pins import PAPER, Pins, pins_in
from orchestrator.core.poison.quarantine import is_quarantined
from orchestrator.core.traits import label

SKEW = 1_000.0
"""One id more in a failure domain outweighs any fullness of a shard."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a shard does not take an id. ``code``: that of the reason; ``sentence``: for people."""

    reason: Reason
    sentence: str

    @property
    def code(self) -> str:
        return self.reason.value


@dataclass(frozen=True, slots=True)
class Group:
    """The ids whose ``label`` has the same value as that of the id asked about, which is left out."""

    label: str
    value: str
    held: Held


def pins_of(draft: Overlay) -> Pins:
    """The pins of the kind."""
    return pins_in(draft.paper(PAPER))


def is_ruled(draft: Overlay) -> bool:
    """Whether anything but room keeps an id of the kind from a shard, or draws it there."""
    return draft.paper(PAPER) is not None or not draft.policy.rules.is_empty


class Demands:
    """What the rules ask of the place of one id, as things stand in the draft when it is made.

    ``along``: ids that move with it, and so keep it nowhere. ``pin``: the number of its shard, None: any.
    """

    __slots__ = (
        "_along",
        "_draft",
        "_here",
        "domains",
        "id",
        "joined",
        "needs",
        "parted",
        "pin",
        "quarantined",
        "weight",
    )

    def __init__(
        self,
        draft: Overlay,
        resource_id: str,
        along: Collection[str] = (),
        *,
        spread: dict[str, Counter[str | None]] | None = None,
    ) -> None:
        """``spread``: by value, what each failure domain holds, where that is known; gets what is not."""
        self._draft = draft
        self._along = along
        self.id = resource_id
        self.weight = draft.weight(resource_id)
        self.quarantined = is_quarantined(draft, resource_id)
        self.pin = pins_of(draft).get(resource_id)
        self._here = draft.standing_of(resource_id)
        self.needs: tuple[tuple[str, str, str], ...] = ()
        self.joined: tuple[Group, ...] = ()
        self.parted: tuple[Group, ...] = ()
        self.domains: Mapping[str | None, int] | None = None
        rules = draft.policy.rules
        labels = draft.labels(resource_id)
        if not labels or rules.is_empty:
            return
        self.needs = tuple(
            (one.label, one.shard_label, value)
            for one in rules.require
            if (value := label(labels, one.label)) is not None
        )
        self.joined = tuple(self._groups(rules.together))
        self.parted = tuple(self._groups(rules.apart))
        if rules.spread and (value := label(labels, rules.spread.by)) is not None:
            known = None if spread is None else spread.get(value)
            if known is None:
                known = _domains(draft, rules.spread.over, self._others(rules.spread.by, value))
            if spread is not None:
                spread[value] = known
            self.domains = known

    def forbids(self, shard: Shard) -> Rule | None:
        """The first hard rule that keeps the id off the shard."""
        return self.bars(shard) or self.overfills(shard)

    def bars(self, shard: Shard) -> Rule | None:
        """The first hard rule other than room."""
        if self.quarantined:
            return Rule(Reason.QUARANTINED, Reason.QUARANTINED.sentence)
        if not shard.is_active:
            return Rule(Reason.DRAINED, f"shard {shard.number} is draining")
        if self.pin is not None and self.pin != shard.number:
            return Rule(Reason.PINNED, f"it is pinned to shard {self.pin}")
        for name, shard_name, wanted in self.needs:
            found = label(shard.labels, shard_name)
            if found != wanted:
                has = "no such label" if found is None else found
                return Rule(
                    Reason.REQUIRED,
                    f"its label {name} asks for a shard whose {shard_name} is {wanted},"
                    f" shard {shard.number} has {has}",
                )
        for group in self.joined:
            homes = self._homes(group)
            if homes and shard.number not in homes:
                return Rule(
                    Reason.TOGETHER,
                    f"it stands together with those whose {group.label} is {group.value},"
                    f" on shard {_named(homes)}",
                )
        for group in self.parted:
            if group.held.get(shard.number):
                return Rule(
                    Reason.APART,
                    f"shard {shard.number} has another id whose {group.label} is {group.value},"
                    " which it is kept apart from",
                )
        return None

    def overfills(self, shard: Shard) -> Rule | None:
        """Whether the shard has no room in some dimension; what the id takes there already is its own."""
        load = self._draft.load(shard.number)
        weight = (0,) * len(load.used) if shard.number in self._here else self.weight
        d = load.fullest(weight, shard.capacity)
        if d is None:
            return None
        taken = load.used[d] + load.leaving[d] + load.reserved[d]
        more = f" + {weight[d] if d < len(weight) else 1}" if weight is self.weight else ""
        name = self._draft.dimension_name(d)
        return Rule(
            Reason.NO_ROOM, f"shard {shard.number} has no room: {name} {taken}{more} of {shard.capacity[d]}"
        )

    def score(self, shard: Shard) -> float:
        """The lower, the better; of a shard that is not forbidden."""
        full = self._draft.load(shard.number).score(shard.capacity)
        return full + self.skew(shard) * SKEW

    def skew(self, shard: Shard) -> int:
        """How many ids that this one is to be spread with stand in the shard's failure domain."""
        spread = self._draft.policy.rules.spread
        if self.domains is None or spread is None:
            return 0
        return self.domains.get(label(shard.labels, spread.over), 0)

    def _homes(self, group: Group) -> list[int]:
        """The shards that the group stands on and may stay on."""
        if len(group.held) == 1:
            (number,) = group.held
            shard = self._draft.shard(number)
            return [number] if shard is not None and shard.is_active else []
        found = []
        for number in sorted(group.held):
            shard = self._draft.shard(number)
            if shard is not None and shard.is_active:
                found.append(number)
        return found

    def homes(self) -> list[int] | None:
        """The only shards that ids which stand together with it leave open; None: all."""
        found: list[int] | None = None
        for group in self.joined:
            homes = self._homes(group)
            if homes:
                found = homes if found is None else [n for n in homes if n in found]
        return found

    def _groups(self, names: tuple[str, ...]) -> list[Group]:
        labels = self._draft.labels(self.id)
        groups = []
        for name in names:
            value = label(labels, name)
            if value is not None:
                groups.append(Group(name, value, self._others(name, value)))
        return groups

    def _others(self, name: str, value: str) -> Held:
        held = self._draft.held(name, value)
        if not self._here and not self._along:
            return held
        left = Counter(held)
        left.subtract(self._here)
        for resource_id in self._along:
            if resource_id != self.id and label(self._draft.labels(resource_id), name) == value:
                left.subtract(self._draft.standing_of(resource_id))
        return {number: count for number, count in left.items() if count > 0}


def _domains(draft: Overlay, over: str, held: Held) -> Counter[str | None]:
    counts: Counter[str | None] = Counter()
    for number, count in held.items():
        shard = draft.shard(number)
        if shard is not None:
            counts[label(shard.labels, over)] += count
    return counts


def _named(numbers: list[int]) -> str:
    return " or ".join(str(number) for number in numbers[:3]) + (" or more" if len(numbers) > 3 else "")


def forbids(draft: Overlay, resource_id: str, shard: Shard | int, along: Collection[str] = ()) -> Rule | None:
    """The first hard rule that keeps the id off the shard; None: it may stand there.

    ``along``: ids that would move with it. Requires: the shard is there.
    """
    where = draft.existing(shard) if isinstance(shard, int) else shard
    return Demands(draft, resource_id, along).forbids(where)


def score(draft: Overlay, resource_id: str, shard: Shard | int) -> float:
    """How good the shard is for the id, the lower the better, as placement chooses among those allowed."""
    where = draft.existing(shard) if isinstance(shard, int) else shard
    return Demands(draft, resource_id).score(where)
