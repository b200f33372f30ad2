"""The rules that hold in every state of the store, and between one state and the next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from orchestrator.core.model import Instance, Protocol, Shard
from orchestrator.core.policy import KindPolicy
from orchestrator.ports import Loaded
from tests.simulation.ledger import Ledger
from tests.simulation.story import Story

ALLOWED = {
    (Instance.NONE, Instance.LIVE),
    (Instance.LIVE, Instance.STOPPING),
    (Instance.STOPPING, Instance.NONE),
}


@dataclass
class Seen:
    """One kind as it was after a write.

    ``owned``: each id with its shard; ``releasing``: each with its shard and where it goes (None: deleted).
    """

    loaded: Loaded
    owned: dict[str, int] = field(default_factory=dict)
    releasing: dict[str, tuple[int, int | None]] = field(default_factory=dict)


def step_of_hand_off(seen: Collection[Seen]) -> str:
    """How far a hand-off under way is: what a crash would interrupt now; empty where nothing is moving."""
    steps = {
        (shard.instance, entry.to is None)
        for one in seen
        for shard in one.loaded.shards.values()
        for _, entry in shard.entries()
    }
    for is_deleted, what in ((False, "move"), (True, "deletion")):
        for instance in (Instance.NONE, Instance.STOPPING, Instance.LIVE):
            if (instance, is_deleted) in steps:
                return f"{what} from a shard whose instance is {instance}"
    return ""


class Rules:
    """Judges one write at a time; only the shards that it touched can have come to break a rule."""

    def __init__(self, story: Story, ledger: Ledger, policy: KindPolicy) -> None:
        self._story = story
        self._ledger = ledger
        self._policy = policy
        self._most_ids: dict[str, int] = {}

    def judge(self, kind: str, before: Seen | None, loaded: Loaded, touched: set[int]) -> Seen:
        """What the kind is now. Raises Broken."""
        after = Seen(loaded)
        if before is not None:
            after.owned = {i: n for i, n in before.owned.items() if n not in touched}
            after.releasing = {i: at for i, at in before.releasing.items() if at[0] not in touched}
        for number in sorted(touched & loaded.shards.keys()):
            self._index(kind, loaded.shards[number], after)
        if before is not None:
            self._compare(kind, before, after, touched)
        active = sum(1 for shard in loaded.shards.values() if shard.is_active)
        most = loaded.state.max_instances
        self._story.require(active <= most, f"S4: {active} active shards of {kind}, at most {most}")
        self._check_budget(kind, after)
        return after

    def _index(self, kind: str, shard: Shard, after: Seen) -> None:
        if self._policy.protocol is Protocol.V1:
            for chunk in shard.chunks:
                fits = chunk.size <= self._policy.chunk_size
                self._story.require(fits, f"S18: a chunk of {kind}/{shard.number} has {chunk.size}")
        for resource_id in shard.ids():
            self._once(kind, resource_id, after)
            after.owned[resource_id] = shard.number
        for _, entry in shard.entries():
            for resource_id in entry.ids:
                self._once(kind, resource_id, after)
                after.releasing[resource_id] = (shard.number, entry.to)

    def _once(self, kind: str, resource_id: str, after: Seen) -> None:
        if resource_id in after.owned or resource_id in after.releasing:
            raise self._story.break_(f"S1: {resource_id} of {kind} stands twice in the store")

    def _check_budget(self, kind: str, after: Seen) -> None:
        """S9: removals on the word of the catalog alone stay within their share of the kind."""
        count = len(after.owned) + len(after.releasing)
        self._most_ids[kind] = most = max(count, self._most_ids.get(kind, 0))
        bound = max(self._policy.removal_floor, int(most * self._policy.removal_ratio))
        spent = after.loaded.state.removal_budget.spent
        self._story.require(
            spent <= bound, f"S9: {spent} removals of {kind} with one witness, at most {bound}"
        )
        if spent >= bound:
            self._story.meet("removal budget spent")

    def _compare(self, kind: str, before: Seen, after: Seen, touched: set[int]) -> None:
        old, new = before.loaded, after.loaded
        require = self._story.require
        require(new.state.commit >= old.state.commit, f"the commit of {kind} fell")
        fell = new.state.next_incarnation < old.state.next_incarnation
        require(not fell, f"the counter of {kind} fell")
        for number in sorted(touched & new.shards.keys()):
            shard = new.shards[number]
            if number in old.shards:
                self._compare_shards(kind, old.shards[number], shard)
            elif shard.incarnation:
                fresh = shard.incarnation >= old.state.next_incarnation
                require(fresh, f"S6: {kind}/{number} begins with incarnation {shard.incarnation}")
        for number in touched & old.shards.keys():
            gone = old.shards[number]
            if number not in new.shards:
                require(gone.instance is Instance.NONE, f"{kind}/{number} went while {gone.instance}")
        self._compare_places(kind, before, after, touched)

    def _compare_places(self, kind: str, before: Seen, after: Seen, touched: set[int]) -> None:
        for resource_id, number in before.owned.items():
            if number not in touched:
                continue
            stays = after.owned.get(resource_id) == number or (
                after.releasing.get(resource_id, (None,))[0] == number
            )
            if not stays:
                raise self._story.break_(f"S1: {resource_id} of {kind} left {number} without being released")
        for resource_id, (number, to) in before.releasing.items():
            if number not in touched:
                continue
            is_there = after.owned.get(resource_id) == number
            waits = after.releasing.get(resource_id, (None, None))
            if waits[0] == number and waits[1] == to:
                continue
            if not is_there and waits[0] != number:
                free = self._is_free(kind, resource_id, number)
                self._story.require(
                    free, f"S1: {resource_id} of {kind} was held on {number} when it moved on"
                )
            if to is None and is_there:
                free = self._is_free(kind, resource_id, number)
                self._story.require(free, f"deleted {resource_id} of {kind} came back while it was held")

    def _is_free(self, kind: str, resource_id: str, number: int) -> bool:
        if self._policy.protocol is Protocol.SEED:
            return True
        return resource_id not in self._ledger.held_by_shard(kind, number)

    def _compare_shards(self, kind: str, old: Shard, new: Shard) -> None:
        name, require = f"{kind}/{new.number}", self._story.require
        changed = set(old.ids()) != set(new.ids())
        grown = new.generation - old.generation
        require(grown == changed, f"S5: the generation of {name} grew by {grown}")
        require(new.incarnation >= old.incarnation, f"S6: the incarnation of {name} fell")
        step = (old.instance, new.instance)
        require(step[0] is step[1] or step in ALLOWED, f"S7: {name} went {step[0]} to {step[1]}")
        begins = step == (Instance.NONE, Instance.LIVE)
        grew = new.incarnation > old.incarnation
        require(grew == begins, f"S7: {name}: incarnation {new.incarnation}, {step}")
        if step == (Instance.STOPPING, Instance.NONE) and self._policy.protocol is Protocol.V1:
            # with protocol seed a create that lands late serves what the store says, until it is swept
            held = self._ledger.held_by_shard(kind, new.number)
            require(not held, f"S7: {name} is said to have ended, and holds {sorted(held)[:5]}")
