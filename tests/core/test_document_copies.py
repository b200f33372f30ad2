"""Copies that are written out for speed leave no field behind."""

from __future__ import annotations

from dataclasses import fields, replace

from orchestrator.core.documents import chunk_with, shard_with
from orchestrator.core.model import Chunk, Instance, Releasing, Shard, ShardState, ShardVersions

ENTRY = Releasing(generation=3, to=1, ids=("b",))
CHUNK = Chunk(ids=("a",), releasing=(ENTRY,), version=4)
SHARD = Shard(
    number=7,
    capacity=(5, 6),
    labels=(("zone", "a"),),
    bounds=(("cpu", 6),),
    generation=8,
    incarnation=9,
    instance=Instance.LIVE,
    revision=2,
    state=ShardState.DRAINING,
    op="op-1",
    beyond='{"of a newer version": 1}',
    chunks=(CHUNK,),
    versions=ShardVersions(head=1, reload=2, resources=3),
)


def test_a_copy_of_a_shard_differs_in_what_was_said_and_nothing_else() -> None:
    plain = Shard(number=0, capacity=(0,))
    assert all(getattr(SHARD, one.name) != getattr(plain, one.name) for one in fields(Shard))
    assert shard_with(SHARD, ()) == replace(SHARD, chunks=())
    said = {"generation": 0, "op": "", "versions": ShardVersions()}
    assert shard_with(SHARD, (CHUNK,), generation=0, op="", versions=ShardVersions()) == replace(
        SHARD, **said
    )


def test_a_copy_of_a_chunk_differs_in_its_ids_and_nothing_else() -> None:
    assert all(getattr(CHUNK, one.name) != getattr(Chunk(), one.name) for one in fields(Chunk))
    assert chunk_with(CHUNK, ("c",), ()) == replace(CHUNK, ids=("c",), releasing=())
