"""History under other settings: what was done to the kind stays, what follows from it is worked out anew.

An instance takes as long as it was recorded to take for the same event, else the usual time.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import NamedTuple

from orchestrator.core.decisions import Reason, ShardChange
from orchestrator.core.hints import Claim
from orchestrator.core.model import Instance, Protocol, ShardState
from orchestrator.core.policy import KindPolicy
from orchestrator.core.view import touched_chunks
from orchestrator.replay.expected import NEVER, Expected
from orchestrator.replay.inputs import WHOLE, Compared, Cut, Heard, Input, Pass, Taken, Wish
from orchestrator.replay.kind import ReplayedKind
from orchestrator.replay.outcome import Replayed, outcome_of
from orchestrator.replay.recording import Recording
from orchestrator.replay.state import Checkpoint
from orchestrator.replay.taking import give_up, learn, tell

PASSES_AT_ONCE = 12
"""Passes that may follow from one another at one moment."""

LOOK_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What is asked of the kind from the beginning on; None: as recorded."""

    max_instances: int | None = None
    resource_per_instance: int | None = None


class _Event(NamedTuple):
    at: float
    number: int
    verb: str
    shard: int
    ids: tuple[str, ...] = ()


class Modelled:
    """Run it once."""

    def __init__(self, recording: Recording, policy: KindPolicy, sizes: Sizes) -> None:
        self._recording = recording
        self._policy = policy
        self._kind = ReplayedKind(_sized(recording, sizes), policy, recording.since)
        self._sizes = sizes
        self._expected = Expected(recording)
        self._events: list[_Event] = []
        self._numbers = count()
        self._now = recording.since
        self._calls_for_more = False
        self._kind.changed = self._follow

    def run(self) -> Replayed:
        kind = self._kind
        for shard in kind.view.shards.values():
            self._follow(ShardChange(before=None, after=shard))
        self._look(balance=True)
        for one in self._recording.inputs:
            self._until(one.at)
            self._at(one.at)
            self._take(one)
            self._look()
        self._until(self._recording.until)
        self._at(self._recording.until)
        return outcome_of(kind, self._recording, 0)

    def _take(self, one: Input) -> None:
        kind = self._kind
        match one:
            case Pass():
                learn(kind, one)
                give_up(kind, {n: why for n, why in one.ended.items() if why[0] is not Reason.OVERDUE})
                if one.cut.plan != 0:
                    self._pass(one.hints)
            case Wish(cut=Cut(plan=0)):
                # whoever asked was told that it was not done
                return
            case Wish():
                wish = replace(
                    one,
                    max_instances=one.max_instances or self._sizes.max_instances,
                    resource_per_instance=one.resource_per_instance or self._sizes.resource_per_instance,
                    cut=WHOLE,
                )
                kind.orchestrate(wish, sorted(kind.nowhere))
                self._pass({})
            case Compared():
                self._pass(dict.fromkeys(sorted(kind.nowhere), Claim.FOUND))
            case Heard() | Taken():
                return
            case _:
                tell(kind, one)

    def _until(self, at: float) -> None:
        """What instances do before that moment."""
        while self._events and self._events[0].at < at:
            event = heapq.heappop(self._events)
            self._at(event.at)
            free: dict[int, Collection[str]] = {}
            if event.verb == "heard":
                free = self._heard(event)
            elif event.verb == "fence":
                self._kind.fenced[event.shard] = "replayed"
            elif event.verb == "free":
                free = self._let_go(event)
            elif not self._is_overdue(event):
                continue
            self._pass({}, free)
            self._look()

    def _heard(self, event: _Event) -> dict[int, Collection[str]]:
        """An instance that has just begun holds nothing that it was to let go of."""
        shard = self._kind.shard(event.shard)
        if shard is None or shard.instance is not Instance.LIVE:
            return {}
        self._kind.awake.add(event.shard)
        return {event.shard: [i for _, entry in shard.entries() for i in entry.ids]}

    def _let_go(self, event: _Event) -> dict[int, Collection[str]]:
        shard = self._kind.shard(event.shard)
        is_there = shard is not None and event.shard in self._kind.answering()
        return {event.shard: event.ids} if is_there else {}

    def _is_overdue(self, event: _Event) -> bool:
        """Whether a draining shard is to lose its instance; one that still owns ids is looked at again."""
        shard = self._kind.shard(event.shard)
        if shard is None or shard.is_active or shard.instance is not Instance.LIVE:
            return False
        if shard.used:
            self._push(event.at + LOOK_AGAIN_S, "overdue", event.shard)
            return False
        give_up(self._kind, {event.shard: (Reason.OVERDUE, "replayed")})
        return True

    def _pass(self, hints: Mapping[str, Claim], free: Mapping[int, Collection[str]] | None = None) -> None:
        """A pass, and those that follow from it at once."""
        kind, wanted = self._kind, free or {}
        for _ in range(PASSES_AT_ONCE):
            self._calls_for_more = False
            kind.pass_(self._now, hints, wanted)
            kind.step(self._now)
            if not self._calls_for_more:
                return
            # An instance that is no more holds nothing.
            hints, wanted = (
                {},
                {
                    number: [i for _, entry in shard.entries() for i in entry.ids]
                    for number, shard in kind.view.shards.items()
                    if shard.instance is Instance.NONE and kind.view.load(number).leaving[0]
                },
            )

    def _follow(self, change: ShardChange) -> None:
        """What the shard's instance is going to do after this change."""
        before, after = change.before, change.after
        if after is None:
            return
        number = after.number
        instance = None if before is None else before.instance
        if instance is not after.instance:
            self._calls_for_more = True
            if after.instance is Instance.LIVE and number not in self._kind.awake:
                self._push(self._expected.heard(number, self._now), "heard", number)
            elif after.instance is Instance.STOPPING:
                self._push(self._expected.fenced(number, self._now), "fence", number)
        if after.state is ShardState.DRAINING and (before is None or before.is_active):
            self._push(self._now + self._policy.drain_deadline, "overdue", number)
        if after.instance is Instance.NONE:
            return
        due: dict[float, list[str]] = {}
        for position, chunk in touched_chunks(after, before):
            known = set[str]()
            if before is not None and position < len(before.chunks):
                known = {i for entry in before.chunks[position].releasing for i in entry.ids}
            for entry in chunk.releasing:
                for resource_id in entry.ids:
                    if resource_id not in known:
                        due.setdefault(self._freed_at(number, resource_id), []).append(resource_id)
        for at, ids in due.items():
            self._push(at, "free", number, tuple(ids))

    def _freed_at(self, number: int, resource_id: str) -> float:
        if self._policy.protocol is Protocol.SEED:
            return self._now + self._policy.seed_release_wait
        return self._expected.freed(number, resource_id, self._now)

    def _push(self, at: float, verb: str, shard: int, ids: tuple[str, ...] = ()) -> None:
        if at != NEVER:
            heapq.heappush(self._events, _Event(at, next(self._numbers), verb, shard, ids))

    def _at(self, at: float) -> None:
        self._now = max(self._now, at)
        self._kind.scorer.pass_to(at)

    def _look(self, *, balance: bool = False) -> None:
        kind = self._kind
        kind.scorer.look(kind.view, kind.answering(), len(kind.nowhere), balance=balance)


def _sized(recording: Recording, sizes: Sizes) -> Checkpoint:
    state = recording.start.state
    return replace(
        recording.start,
        state=replace(
            state,
            max_instances=sizes.max_instances or state.max_instances,
            resource_per_instance=sizes.resource_per_instance or state.resource_per_instance,
        ),
    )
