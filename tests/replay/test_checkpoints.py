"""A checkpoint holds all of a kind that decisions depend on."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from orchestrator.core.model import (
    Chunk,
    Instance,
    KindState,
    Rebalance,
    Releasing,
    RemovalBudget,
    Shard,
    ShardState,
    ShardVersions,
)
from orchestrator.core.papers import Paper
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.replay.packing import pack, unpack
from orchestrator.replay.state import Checkpoint

SHARD = Shard(
    number=4,
    capacity=(100, 7),
    labels=(("zone", "a"),),
    bounds=(("count", 90),),
    generation=9,
    incarnation=12,
    instance=Instance.STOPPING,
    revision=3,
    state=ShardState.DRAINING,
    op="op-1",
    chunks=(
        Chunk(
            ids=("a", "ключ", "\ud800"),
            releasing=(
                Releasing(generation=8, to=None, ids=("b",)),
                Releasing(generation=9, to=2, ids=("c", "d")),
            ),
            version=5,
        ),
        Chunk(version=1),
    ),
    versions=ShardVersions(head=6, reload=5, resources=2),
)
STATE = KindState(
    kind="Thing",
    commit=77,
    shards=5,
    resource_per_instance=100,
    max_instances=9,
    revision=3,
    paused=True,
    next_incarnation=13,
    removal_budget=RemovalBudget(since=1.5, spent=4),
    rebalance=Rebalance(id="p-1", gives=((4, 0),), takes=((2, 50),), is_planned=False, bound=700, left=9),
    store_id="store",
    place="host a",
    version=70,
)
OF_NO_DECISION = {"op", "store_id", "place", "beyond"}
"""Who wrote what, where it runs, and what only another version knows."""


def taken(**changed: object) -> Checkpoint:
    known: dict[str, object] = {
        "state": STATE,
        "shards": {4: SHARD},
        "weights": {"a": (1, 5), "nowhere": (1, 2)},
        "labels": {"a": (("tenant", "x"),)},
        "papers": {"pins": Paper(name="pins", body=b"\x00{}", version=3)},
        "settings": {"strategy": "weighted"},
        "nowhere": ("nowhere",),
        "awake": (4,),
        "limits": Limits(operations=25, size=10_000, shards_for_new_ids=1),
        "series": "Thing.3",
        "number": 17,
    }
    return Checkpoint(**{**known, **changed})  # type: ignore[arg-type]


def again(checkpoint: Checkpoint) -> Checkpoint:
    return Checkpoint.of(unpack(pack(checkpoint)))


def test_a_checkpoint_comes_back_as_it_was() -> None:
    found = again(taken())
    assert found.shards == {4: replace(SHARD, op="")}
    assert found.state == replace(STATE, store_id="", place="")
    same = {"weights", "labels", "papers", "settings", "nowhere", "awake", "limits", "series", "number"}
    assert {name: getattr(found, name) for name in same} == {name: getattr(taken(), name) for name in same}


@pytest.mark.parametrize("value", [SHARD, STATE, STATE.rebalance, SHARD.chunks[0], SHARD.versions])
def test_this_test_would_notice_a_field_that_is_new(value: object) -> None:
    plain = {
        field.name: field.default
        for field in fields(value)  # type: ignore[arg-type]
        if field.name not in OF_NO_DECISION
    }
    unset = [name for name, default in plain.items() if getattr(value, name) == default]
    assert not unset, f"give {unset} a value of its own above, and the codec a place for it"


def test_a_kind_of_many_ids_is_written_in_many_parts() -> None:
    weights = {f"id{n}": (1, 2) for n in range(12_000)}
    parts = unpack(pack(taken(weights=weights)))
    assert max(len(part.get("weights", ())) for part in parts) == 5_000
    assert again(taken(weights=weights)).weights == weights


def test_a_view_of_it_weighs_what_the_kind_weighed() -> None:
    view = again(taken()).view(KindPolicy(dimensions=("messages",), extra_capacity=(7,)))
    assert view.load(4).used == [3, 7]
    assert (view.load(4).leaving[0], view.load(2).reserved[0]) == (3, 2)


@pytest.mark.parametrize(
    "spoil",
    [lambda part: part.pop("state"), lambda part: part.update(state=7), lambda part: part.update(awake=None)],
)
def test_what_is_no_checkpoint_is_refused_with_a_sentence(spoil: object) -> None:
    parts = unpack(pack(taken()))
    spoil(parts[0])  # type: ignore[operator]
    with pytest.raises(ValueError, match="a checkpoint cannot be read"):
        Checkpoint.of(parts)
