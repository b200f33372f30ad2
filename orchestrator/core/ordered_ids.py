"""The ids of a kind in order, for whoever pages through them or asks for a prefix.

It follows immutable shards: what changed since it last looked is found by comparing chunks, so a commit
costs nothing, and nobody who does not ask pays anything.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterator, Mapping, Sequence

from orchestrator.core.model import Chunk, Shard

BLOCK = 1_000
"""Ids of a block: small, since a sort of many holds the interpreter for as long as it takes."""

SAMPLED = 8
"""Ids that are looked at for each block, so that all become about as large."""

_HIGHEST = 0x10FFFF


class OrderedIds:
    """In the order of code points. ``len``: how many. Not for two threads at once."""

    def __init__(self) -> None:
        self._blocks: list[list[str]] = []
        self._firsts: list[str] = []
        self._shards: dict[int, Shard] = {}

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    def lag(self, shards: Mapping[int, Shard]) -> int:
        """How many chunks may differ from those that it knows."""
        known = self._shards
        found = 0
        for number in known.keys() | shards.keys():
            before, after = known.get(number), shards.get(number)
            if before is not after:
                old, new = _chunks(before), _chunks(after)
                found += sum(a is not b for a, b in zip(old, new, strict=False)) + abs(len(old) - len(new))
        return found

    def follow(self, shards: Mapping[int, Shard], standing: Container[str]) -> None:
        """Hold the ids of these shards. ``standing``: holds every id that stands somewhere, now or later.

        Requires: nobody changes the mapping meanwhile (shards themselves never change).
        """
        gone: set[str] = set()
        new: list[str] = []
        for number in self._shards.keys() | shards.keys():
            _compare(self._shards.get(number), shards.get(number), gone, new)
        known = len(self)
        if len(new) + len(gone) > max(BLOCK, known // 4):
            self._rebuild(shards)
        else:
            for resource_id in gone.difference(new):
                if resource_id not in standing:
                    self._discard(resource_id)
            for resource_id in new:
                self._add(resource_id)
        self._shards = dict(shards)

    def after(self, last: str | None, prefix: str = "") -> Iterator[str]:
        """Those that begin with the prefix and come after ``last``, in order.

        Requires: it is not changed before the iterator is let go of.
        """
        end = _beyond(prefix)
        block, at = self._seek(prefix, bisect_left)
        if last is not None and last >= prefix:
            block, at = self._seek(last, bisect_right)
        while block < len(self._blocks):
            for resource_id in self._blocks[block][at:]:
                if end is not None and resource_id >= end:
                    return
                yield resource_id
            block, at = block + 1, 0

    def count(self, prefix: str = "") -> int:
        """How many begin with the prefix."""
        end = _beyond(prefix)
        first, start = self._seek(prefix, bisect_left)
        if end is None:
            return sum(map(len, self._blocks[first:])) - start
        final, stop = self._seek(end, bisect_left)
        return sum(map(len, self._blocks[first:final])) + stop - start

    def _seek(self, resource_id: str, side: Callable[[list[str], str], int]) -> tuple[int, int]:
        block = max(0, bisect_right(self._firsts, resource_id) - 1)
        if block >= len(self._blocks):
            return block, 0
        return block, side(self._blocks[block], resource_id)

    def _rebuild(self, shards: Mapping[int, Shard]) -> None:
        ids = [i for shard in shards.values() for chunk in shard.chunks for i in chunk.all_ids()]
        self._blocks = list(_blocks(ids))
        self._firsts = [block[0] for block in self._blocks]

    def _add(self, resource_id: str) -> None:
        if not self._blocks:
            self._blocks, self._firsts = [[resource_id]], [resource_id]
            return
        number, at = self._seek(resource_id, bisect_left)
        block = self._blocks[number]
        if at < len(block) and block[at] == resource_id:
            return
        block.insert(at, resource_id)
        if len(block) > 2 * BLOCK:
            self._blocks[number : number + 1] = [block[:BLOCK], block[BLOCK:]]
            self._firsts.insert(number + 1, block[BLOCK])
        self._firsts[number] = block[0]

    def _discard(self, resource_id: str) -> None:
        number, at = self._seek(resource_id, bisect_left)
        block = self._blocks[number] if number < len(self._blocks) else []
        if at >= len(block) or block[at] != resource_id:
            return
        del block[at]
        if block:
            self._firsts[number] = block[0]
        else:
            del self._blocks[number], self._firsts[number]


def _chunks(shard: Shard | None) -> Sequence[Chunk]:
    return () if shard is None else shard.chunks


def _compare(before: Shard | None, after: Shard | None, gone: set[str], new: list[str]) -> None:
    if before is after:
        return
    old, now = _chunks(before), _chunks(after)
    for number in range(max(len(old), len(now))):
        one = old[number] if number < len(old) else None
        other = now[number] if number < len(now) else None
        if one is other:
            continue
        # a kind that was read anew holds other objects, nearly all of them alike
        if one is not None and other is not None and (one.ids, one.releasing) == (other.ids, other.releasing):
            continue
        left = frozenset() if one is None else frozenset(one.all_ids())
        there = frozenset() if other is None else frozenset(other.all_ids())
        gone |= left - there
        new.extend(there - left)


def _blocks(ids: list[str]) -> Iterator[list[str]]:
    """The ids in order, each once, in blocks; sorted a block at a time."""
    if len(ids) <= 2 * BLOCK:
        if ordered := sorted(set(ids)):
            yield ordered
        return
    step = max(1, BLOCK // SAMPLED)
    bounds = sorted(set(ids[::step]))[SAMPLED::SAMPLED]
    parts: list[list[str]] = [[] for _ in range(len(bounds) + 1)]
    for resource_id in ids:
        parts[bisect_right(bounds, resource_id)].append(resource_id)
    for part in parts:
        if len(part) < len(ids):
            yield from _blocks(part)
            continue
        # no bound tells them apart: nearly all of them are the same one
        ordered = sorted(set(part))
        yield from (ordered[at : at + BLOCK] for at in range(0, len(ordered), BLOCK))


def _beyond(prefix: str) -> str | None:
    """The least text that comes after all that begin with the prefix; None: there is none."""
    for length in range(len(prefix), 0, -1):
        last = ord(prefix[length - 1])
        if last < _HIGHEST:
            return prefix[: length - 1] + chr(last + 1)
    return None
