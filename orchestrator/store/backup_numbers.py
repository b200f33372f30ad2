"""Numbers that are never given twice, though a backup knows only those that were given before it. Pure.

What was given since is not known. So a restore goes on from the clock: no installation takes numbers as
fast as it counts them, hence none that was given before the restore is as large, whether by the lost store
or after an earlier restore of the same file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from orchestrator.core.model import Chunk, KindState, Releasing, Shard
from orchestrator.store.archive import Archive, KindArchive

COMMITS_A_SECOND: Final = 1_000_000
INCARNATIONS_A_SECOND: Final = 1_000
GENERATIONS_SINCE: Final = 1_577_836_800
"""Counted one a second from the year 2020 on: they fit 31 bits for as long as anybody will ask."""
SECONDS_AN_EPOCH: Final = 3600
"""Epochs are counted in few bits: the ids of the stream hold one together with a number of its own."""


def renumbered(archive: Archive, at: float) -> Archive:
    """The archive with commits, next incarnations and generations above those given before ``at``.

    ``at``: wall-clock seconds, later than the backup. Ids and incarnations of shards stay. An instance that
    stayed has applied no such generation, so it is told all its ids when it asks first, and what it is to
    let go of is free once it has applied that.
    """
    return replace(archive, kinds={name: _kind(kind, at) for name, kind in archive.kinds.items()})


def epoch_after(known: int, at: float) -> int:
    """An epoch above those of all leaders before ``at``. ``known``: the highest one that is known of."""
    return max(known + 1, int(at // SECONDS_AN_EPOCH))


def _kind(kind: KindArchive, at: float) -> KindArchive:
    shards = {number: _told_anew(shard, at) for number, shard in kind.shards.items()}
    return replace(kind, state=_renumbered(kind.state, at), shards=shards)


def _told_anew(shard: Shard, at: float) -> Shard:
    generation = max(shard.generation + 1, int(at) - GENERATIONS_SINCE)
    chunks = tuple(replace(one, releasing=_releasing(one, generation)) for one in shard.chunks)
    return replace(shard, generation=generation, chunks=chunks)


def _releasing(chunk: Chunk, generation: int) -> tuple[Releasing, ...]:
    ids: dict[int | None, tuple[str, ...]] = {}
    for entry in chunk.releasing:
        ids[entry.to] = ids.get(entry.to, ()) + entry.ids
    return tuple(Releasing(generation=generation, to=to, ids=those) for to, those in ids.items())


def _renumbered(state: KindState, at: float) -> KindState:
    return replace(
        state,
        commit=max(state.commit + 1, int(at * COMMITS_A_SECOND)),
        next_incarnation=max(state.next_incarnation + 1, int(at * INCARNATIONS_A_SECOND)),
    )
