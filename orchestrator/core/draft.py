"""A plan in the making: changes on top of a view, cut into transactions of bounded size.

Each change is atomic and leaves all invariants true, so the plan may be cut between any two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import filterfalse
from typing import Any

from orchestrator.core.decisions import Decision, Reason
from orchestrator.core.documents import (
    ENTRY_SIZE,
    NEW_SHARD_OPERATIONS,
    SHARD_OPERATIONS,
    chunk_size,
    chunk_with,
    head_size,
    ids_size,
)
from orchestrator.core.model import Chunk, Instance, Protocol, Releasing, Shard, ShardState, Vector
from orchestrator.core.series import Series
from orchestrator.core.standing import Place


class Draft(Series):
    """The changes that a plan may be made of; each requires what its own words say."""

    def create(self, number: int, capacity: Vector, reason: Reason) -> None:
        """Add an active shard without an instance."""
        if number in self._base:
            self.cut()
        new = Shard(
            number=number,
            capacity=capacity,
            labels=self.policy.rules.labels_of(number),
            revision=self.state.revision,
            chunks=(Chunk(),) if self.policy.protocol is Protocol.SEED else (),
        )
        self._make_room_for_shard(SHARD_OPERATIONS + NEW_SHARD_OPERATIONS, head_size(new))
        self._touch(number, NEW_SHARD_OPERATIONS)
        self._cost.size += head_size(new)
        if self._numbers is not None:
            # another list: someone may be going through this one
            self._numbers = sorted([*self._numbers, number])
        self._shards[number] = new
        self._loads[number] = self.load(number).copy()
        self.decide(Decision(verb="create-shard", reason=reason, shard=number))

    def remove(self, number: int, reason: Reason) -> None:
        """Take away a shard. Requires: it is empty and has no instance."""
        shard = self.existing(number)
        if not shard.is_empty or shard.instance is not Instance.NONE:
            raise ValueError(f"shard {number} of {self.state.kind} is not empty or has an instance")
        operations = NEW_SHARD_OPERATIONS + len(shard.chunks)
        self._make_room_for_shard(SHARD_OPERATIONS + operations)
        self._touch(number, operations)
        self._shards[number] = None
        self._numbers = None
        if (goal := self.state.rebalance) is not None:
            # the next shard of this number is another one, from which nothing is asked
            self.amend_state(rebalance=replace(goal, gives=tuple(g for g in goal.gives if g[0] != number)))
        self.decide(Decision(verb="remove-shard", reason=reason, shard=number))

    def amend(self, number: int, **fields: Any) -> None:
        """Change fields of a shard other than its ids."""
        before = self.existing(number)
        after = replace(before, **fields)
        more = head_size(after) if "labels" in fields or "bounds" in fields else 0
        self._make_room_for_shard(SHARD_OPERATIONS, more)
        self._touch(number)
        self._cost.size += more
        now = self.existing(number)
        # cut before it, its versions are others
        self._shards[number] = after if now is before else replace(now, **fields)

    def go_live(self, number: int, reason: Reason, detail: str = "") -> None:
        """Give the shard its next instance."""
        incarnation = self.state.next_incarnation
        self.amend(number, instance=Instance.LIVE, incarnation=incarnation, revision=self.state.revision)
        self.amend_state(next_incarnation=incarnation + 1)
        self.decide(Decision(verb="start", reason=reason, shard=number, detail=detail))

    def stop(self, number: int, reason: Reason, detail: str = "") -> None:
        self.amend(number, instance=Instance.STOPPING)
        self.decide(Decision(verb="stop", reason=reason, shard=number, detail=detail))

    def end(self, number: int, detail: str = "") -> None:
        """Record that the shard's instance provably runs no more."""
        self.amend(number, instance=Instance.NONE)
        self.decide(Decision(verb="fence", reason=Reason.FENCED, shard=number, detail=detail))

    def drain(self, number: int, reason: Reason) -> None:
        self.amend(number, state=ShardState.DRAINING)
        self.decide(Decision(verb="drain", reason=reason, shard=number))

    def book(self, number: int, resource_id: str) -> None:
        """Count an id as the shard's, which is to be assigned to it later in this plan."""
        self._book(number, (resource_id,), used=1)

    def assign(self, number: int, ids: Sequence[str], reason: Reason, *, is_booked: bool = False) -> None:
        """Place ids that stand nowhere. Requires: so it is, and the shard has room.

        ``is_booked``: each was booked there before.
        """
        start = 0
        while start < len(ids):
            end = self._fill(number, ids, start)
            block = ids[start:end]
            if not is_booked:
                self._book(number, block, used=1)
            self.note("assign", reason, block, shard=number)
            start = end

    def _fill(self, number: int, ids: Sequence[str], start: int) -> int:
        """Put the ids from ``start`` on into chunks of the shard, as many as fit into one transaction.

        Returns how far it came, at least one chunk.
        """
        limit, done = self._chunk_limit(), start
        filled: dict[int, Chunk] = {}
        for chunk_number in self._chunks_with_room(number):
            if done == len(ids):
                break
            chunk = self._chunk(number, chunk_number)
            part = tuple(ids[done : done + limit - chunk.size])
            size = chunk_size(chunk) + ids_size(part)
            if not self._has_room({(number, chunk_number): size}):
                if filled:
                    break
                self.cut()
                chunk = self._chunk(number, chunk_number)
            self._touch(number)
            self._cost.write((number, chunk_number), size)
            filled[chunk_number] = chunk_with(chunk, chunk.ids + part, chunk.releasing)
            self._move(part, Place(number, chunk_number))
            done += len(part)
        self._put(number, filled)
        return done

    def release(self, number: int, ids: Iterable[str], to: int | None, reason: Reason) -> None:
        """Have the owner let go of ids; ``to`` reserves room there, None: the ids are deleted.

        Requires: the shard owns them.
        """
        for chunk_number, block in self._by_chunk(number, ids).items():
            chunk = self.existing(number).chunks[chunk_number]
            # what it was written at last holds as well: ids only go from one list of it to another
            size = self._cost.chunks.get((number, chunk_number)) or chunk_size(chunk)
            self._make_room({(number, chunk_number): size + ENTRY_SIZE})
            gone = frozenset(block)
            kept = tuple(filterfalse(gone.__contains__, chunk.ids))
            entry = Releasing(generation=self._next_generation(number), to=to, ids=tuple(block))
            released = chunk_with(chunk, kept, merge(chunk.releasing, entry))
            size += ENTRY_SIZE * (len(released.releasing) - len(chunk.releasing))
            self._write(number, chunk_number, released, size)
            self._book(number, block, used=-1, leaving=1)
            self._reserve(to, block, 1)
            self.note("release", reason, block, shard=number, to=to)

    def settle(self, number: int, ids: Sequence[str], target: int | None, reason: Reason) -> None:
        """Take free ids off the source and place them: elsewhere, back, or nowhere (``target`` None).

        Requires: they stand in releasing entries of the shard, and are free.
        """
        for chunk_number, block in self._by_chunk(number, ids).items():
            if target is None:
                self._make_room({(number, chunk_number): chunk_size(self._chunk(number, chunk_number))})
                self._unlist(number, chunk_number, block)
                self._forget(block)
                self.note("drop", reason, block, shard=number)
            else:
                self._hand_over(number, chunk_number, block, target, reason)

    def _hand_over(
        self, number: int, chunk_number: int, block: Sequence[str], target: int, reason: Reason
    ) -> None:
        if target == number:
            self._give_back(number, chunk_number, block, reason)
            return
        done = 0
        for goal in self._chunks_with_room(target):
            if done == len(block):
                return
            source, chunk = self._chunk(number, chunk_number), self._chunk(target, goal)
            part = tuple(block[done : done + self._chunk_limit() - chunk.size])
            sizes = {
                (number, chunk_number): chunk_size(source),
                (target, goal): chunk_size(chunk) + ids_size(part),
            }
            if not self._fits(sizes):
                self._hand_over_in_two(number, chunk_number, part, target, reason)
                done += len(part)
                continue
            self._make_room(sizes)
            self._unlist(number, chunk_number, part)
            self._list(target, goal, part)
            self.note("move", reason, part, shard=number, to=target)
            done += len(part)

    def _give_back(self, number: int, chunk_number: int, block: Sequence[str], reason: Reason) -> None:
        """In one transaction, however large: the ids go from one list of the document to the other."""
        self._make_room({(number, chunk_number): chunk_size(self._chunk(number, chunk_number))})
        self._unlist(number, chunk_number, block)
        self._list(number, chunk_number, block)
        self.note("return", reason, block, shard=number, to=number)

    def _list(self, number: int, chunk_number: int, ids: Sequence[str]) -> None:
        chunk = self._chunk(number, chunk_number)
        self._write(number, chunk_number, chunk_with(chunk, (*chunk.ids, *ids), chunk.releasing))
        self._move(ids, Place(number, chunk_number))
        self._book(number, ids, used=1)

    def _hand_over_in_two(
        self, number: int, chunk_number: int, part: Sequence[str], target: int, reason: Reason
    ) -> None:
        """Where no transaction holds both documents the ids stand nowhere between the two.

        Cut off there, they are found unowned and placed like any other.
        """
        self._make_room({(number, chunk_number): chunk_size(self._chunk(number, chunk_number))})
        self._unlist(number, chunk_number, part)
        self._forget(part)
        self.note("move", reason, part, shard=number, to=target)
        self.cut()
        self.assign(target, part, reason)

    def _unlist(self, number: int, chunk_number: int, block: Sequence[str]) -> None:
        chunk = self._chunk(number, chunk_number)
        gone = frozenset(block)
        kept: list[Releasing] = []
        for entry in chunk.releasing:
            self._reserve(entry.to, [i for i in entry.ids if i in gone], -1)
            rest = tuple(i for i in entry.ids if i not in gone)
            if rest:
                kept.append(replace(entry, ids=rest))
        self._write(number, chunk_number, chunk_with(chunk, chunk.ids, tuple(kept)))
        self._book(number, block, leaving=-1)


def merge(entries: tuple[Releasing, ...], new: Releasing) -> tuple[Releasing, ...]:
    """Add an entry, joining it with one of the same generation and target."""
    for position, entry in enumerate(entries):
        if entry.generation == new.generation and entry.to == new.to:
            joined = replace(entry, ids=entry.ids + new.ids)
            return (*entries[:position], joined, *entries[position + 1 :])
    return (*entries, new)
