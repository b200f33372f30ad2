"""Documents as the seed and others left them, read and written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.core.decisions import ShardChange, Transaction
from orchestrator.core.model import (
    Chunk,
    Instance,
    KindState,
    Protocol,
    Rebalance,
    Releasing,
    Shard,
    ShardState,
    ShardVersions,
)
from orchestrator.errors import Permanent
from orchestrator.ports import Loaded
from orchestrator.store.document import Document
from orchestrator.store.layout import Layout
from orchestrator.store.memory import MemoryDocuments
from orchestrator.store.operations import Check, Create, Delete, Operation, Set, size_of
from orchestrator.store.transaction import encode_transaction
from orchestrator.store.tree import decode_tree

ROOT = "/iota/orchestration"
LAYOUT = Layout()


def read(documents: dict[str, Any], protocol: Protocol | None = None) -> Loaded:
    stored = {
        f"{ROOT}/{path}": Document(value if isinstance(value, bytes) else json.dumps(value).encode(), 3)
        for path, value in documents.items()
    }
    loaded = decode_tree("Thing", stored, LAYOUT, protocol)
    assert loaded is not None
    return loaded


def written(transaction: Transaction, protocol: Protocol = Protocol.V1) -> list[Operation]:
    return list(encode_transaction(transaction, LAYOUT, protocol, office_version=9))


SEED_TREE: dict[str, Any] = {
    "Thing/0": {"used": 2, "count": 5000},
    "Thing/0/tmp": b"",
    "Thing/0/_reload": {"times": 4},
    "Thing/0/resources": {"ids": ["1", "2"]},
}
KIND = {"commit": 7, "nextIncarnation": 12}
V1_TREE: dict[str, Any] = {
    "_kinds/Thing": KIND,
    "Thing/4": {"used": 3, "count": 10},
    "Thing/4/_reload": {"times": 0},
    "Thing/4/resources": {"chunks": 2},
    "Thing/4/resources/0": {"ids": ["a"], "releasing": []},
    "Thing/4/resources/1": {"ids": ["b", "c"]},
}


# --- reading ---


def test_a_tree_of_the_seed_reads_with_what_it_does_not_say_left_at_its_beginning() -> None:
    loaded = read(SEED_TREE)
    assert loaded.shards[0] == Shard(
        number=0,
        capacity=(5000,),
        generation=4,
        chunks=(Chunk(ids=("1", "2"), version=3),),
        versions=ShardVersions(head=3, reload=3),
    )


def test_shards_without_a_state_come_with_one_that_is_created_by_the_first_transaction() -> None:
    state = read(SEED_TREE).state
    assert state == KindState(kind="Thing", shards=1, next_incarnation=1, version=-1)
    operations = written(Transaction(op="op", before=state, after=replace(state, version=0)), Protocol.SEED)
    assert isinstance(operations[1], Create)


def test_a_count_that_drifted_from_the_list_is_not_believed() -> None:
    assert read({**SEED_TREE, "Thing/0": {"used": 77, "count": 5000}}).shards[0].used == 2


def test_numeric_ids_of_the_seed_are_read_as_text() -> None:
    assert list(read({**SEED_TREE, "Thing/0/resources": {"ids": [1, "2"]}}).shards[0].ids()) == ["1", "2"]


def test_chunks_are_read_in_the_order_of_their_numbers() -> None:
    tree = {**V1_TREE, "Thing/4/resources": {"chunks": 12}}
    tree.update({f"Thing/4/resources/{n}": {"ids": [f"id{n}"]} for n in range(12)})
    assert list(read(tree).shards[4].ids()) == [f"id{n}" for n in range(12)]


def test_a_state_that_says_little_reads_with_defaults() -> None:
    assert read(V1_TREE).state == KindState(kind="Thing", commit=7, next_incarnation=12, version=3)


def test_what_workers_put_under_tmp_is_not_looked_at() -> None:
    assert read({**SEED_TREE, "Thing/0/tmp/a/b": b"\xff"}) == read(SEED_TREE)


def test_no_documents_are_no_kind() -> None:
    assert decode_tree("Thing", {}, LAYOUT, None) is None


def test_a_kind_whose_name_begins_like_anothers_is_another() -> None:
    loaded = read({**SEED_TREE, "Things/1": b"?", "_kinds/Things": b"?"})
    assert set(loaded.shards) == {0}


def broken(path: str, value: Any, tree: dict[str, Any] = V1_TREE) -> Any:
    left = {**tree, path: value}
    if value is None:
        del left[path]
    return pytest.param(left, path, id=f"{path}={value!r}"[:60])


@pytest.mark.parametrize(
    ("tree", "path"),
    [
        broken("Thing/4", b""),
        broken("Thing/4", b"\xff\xfe\xff"),
        broken("Thing/4", b"[" * 100_000),
        broken("Thing/4", None),
        broken("Thing/4", []),
        broken("Thing/4", {"used": 1}),
        broken("Thing/4", {"count": "5"}),
        broken("Thing/4", {"count": -1}),
        broken("Thing/4", {"count": True}),
        broken("Thing/4", {"count": 5, "instance": "dead"}),
        broken("Thing/4", {"count": 5, "state": 1}),
        broken("Thing/4", {"count": 5, "capacity": [1, "x"]}),
        broken("Thing/4/_reload", None),
        broken("Thing/4/_reload", {}),
        broken("Thing/4/_reload", {"times": None}),
        broken("Thing/4/resources", None),
        broken("Thing/4/resources", {"chunks": "2"}),
        broken("Thing/4/resources", {}),
        broken("Thing/4/resources/1", None),
        broken("Thing/4/resources/1", {}),
        broken("Thing/4/resources/1", {"ids": "abc"}),
        broken("Thing/4/resources/1", {"ids": ["a", None]}),
        broken("Thing/4/resources/1", {"ids": ["a", True]}),
        broken("Thing/4/resources/1", {"ids": [], "releasing": [{"ids": []}]}),
        broken("Thing/4/resources/1", {"ids": [], "releasing": [5]}),
        broken("Thing/4/resources/1", {"ids": [], "releasing": [{"g": 1, "to": "x", "ids": []}]}),
        broken("Thing/4/resources/1", {"ids": [], "releasing": [{"g": 1, "to": None}]}),
        broken("Thing/4/resources/2", {"ids": ["lost"]}),
        broken("Thing/4/resources/01", {"ids": ["lost"]}),
        broken("Thing/4/resources/0/0", {"ids": ["lost"]}),
        broken("Thing/04", {"used": 0, "count": 1}),
        broken("Thing/notes", b""),
        broken("Thing/-1", {"used": 0, "count": 1}),
        broken("_kinds/Thing", {"commit": 1}),
        broken("_kinds/Thing", {"nextIncarnation": 1}),
        broken("_kinds/Thing", {**KIND, "paused": "no"}),
        broken("_kinds/Thing", {**KIND, "removalBudget": 5}),
        broken("_kinds/Thing", {**KIND, "removalBudget": {"since": "today"}}),
        broken("_kinds/Thing", {**KIND, "plan": {"id": "p", "gives": [[1]]}}),
        broken("_kinds/Thing", {**KIND, "plan": {"id": "p", "takes": {"1": 2}}}),
        broken("Thing/0/resources", {}, SEED_TREE),
        broken("Thing/0/resources/0", {"ids": ["lost"]}, SEED_TREE),
    ],
)
def test_a_document_that_is_none_of_ours_is_refused_by_its_path(tree: dict[str, Any], path: str) -> None:
    with pytest.raises(Permanent, match=f"{ROOT}/{path}"):
        read(tree)


@pytest.mark.parametrize(("tree", "set_to"), [(SEED_TREE, Protocol.V1), (V1_TREE, Protocol.SEED)])
def test_a_shard_in_the_form_of_the_other_protocol_is_refused(tree: dict[str, Any], set_to: Protocol) -> None:
    with pytest.raises(Permanent, match="protocol"):
        read(tree, set_to)


# --- writing ---


def test_the_documents_have_the_members_that_the_design_names() -> None:
    state = KindState(
        kind="Thing", commit=1, rebalance=Rebalance(id="p", gives=((1, 5),), takes=((2, 6),)), store_id="s"
    )
    chunk = Chunk(ids=("ä",), releasing=(Releasing(generation=58, to=7, ids=("b",)),))
    shard = Shard(number=3, capacity=(10, 20), op="o", instance=Instance.LIVE, chunks=(chunk,))
    change = ShardChange(before=None, after=shard)
    created = [
        op
        for op in written(Transaction(op="o", before=None, after=state, changes=(change,)))
        if isinstance(op, Create)
    ]
    assert {op.path.removeprefix(ROOT + "/"): op.body.decode() for op in created} == {
        "_kinds/Thing": '{"commit":1,"shards":0,"resourcePerInstance":5000,"maxInstances":100,"revision":1,'
        '"paused":false,"nextIncarnation":1,"removalBudget":{"since":0.0,"spent":0},'
        '"plan":{"id":"p","gives":[[1,5]],"takes":[[2,6]],"planned":true},"storeId":"s"}',
        "Thing/3": '{"used":1,"count":10,"incarnation":0,"instance":"live","revision":1,"state":"active",'
        '"op":"o","capacity":[20]}',
        "Thing/3/tmp": "",
        "Thing/3/_reload": '{"times":0}',
        "Thing/3/resources": '{"chunks":1}',
        "Thing/3/resources/0": '{"ids":["ä"],"releasing":[{"g":58,"to":7,"ids":["b"]}]}',
    }


def test_the_list_of_the_seed_stands_in_resources_itself() -> None:
    shard = Shard(number=0, capacity=(10,), chunks=(Chunk(ids=("a",)),))
    change = ShardChange(before=None, after=shard)
    operations = written(
        Transaction(op="o", before=None, after=KindState(kind="Thing"), changes=(change,)), Protocol.SEED
    )
    assert operations[-1] == Create(f"{ROOT}/Thing/0/resources", b'{"ids":["a"]}')


HELD = Shard(
    number=0,
    capacity=(10,),
    chunks=(Chunk(ids=("a",), version=5), Chunk(ids=("b",), version=6)),
    versions=ShardVersions(head=7, reload=8, resources=9),
)
STATE = KindState(kind="Thing", version=2)


def after(change: ShardChange, protocol: Protocol = Protocol.V1) -> list[Operation]:
    transaction = Transaction(op="o", before=STATE, after=replace(STATE, version=3), changes=(change,))
    operations = written(transaction, protocol)
    assert operations[0] == Check(f"{ROOT}/_leader", 9)
    assert isinstance(operations[1], Set)
    assert (operations[1].path, operations[1].version) == (f"{ROOT}/_kinds/Thing", 2)
    return operations[2:]


def bumped(**versions: int) -> ShardVersions:
    return replace(HELD.versions, head=8, **versions)


def test_only_the_chunk_that_differs_is_written() -> None:
    chunks = (HELD.chunks[0], Chunk(ids=(), version=7))
    changed = replace(HELD, generation=1, chunks=chunks, versions=bumped(reload=9))
    operations = after(ShardChange(before=HELD, after=changed))
    assert [(type(op), op.path, op.version) for op in operations if not isinstance(op, Create)] == [
        (Set, f"{ROOT}/Thing/0", 7),
        (Set, f"{ROOT}/Thing/0/_reload", 8),
        (Set, f"{ROOT}/Thing/0/resources/1", 6),
    ]


def test_a_changed_head_alone_is_one_document() -> None:
    changed = replace(HELD, state=ShardState.DRAINING, versions=bumped())
    assert [op.path for op in after(ShardChange(before=HELD, after=changed))] == [f"{ROOT}/Thing/0"]


def test_a_change_that_changes_nothing_writes_nothing() -> None:
    assert after(ShardChange(before=HELD, after=replace(HELD))) == []


def test_another_number_of_chunks_is_written_with_the_chunks() -> None:
    more = replace(HELD, chunks=(*HELD.chunks, Chunk(ids=("c",))), versions=bumped(resources=10))
    assert after(ShardChange(before=HELD, after=more))[1:] == [
        Set(f"{ROOT}/Thing/0/resources", b'{"chunks":3}', 9),
        Create(f"{ROOT}/Thing/0/resources/2", b'{"ids":["c"]}'),
    ]
    fewer = replace(HELD, chunks=HELD.chunks[:1], versions=bumped(resources=10))
    assert after(ShardChange(before=HELD, after=fewer))[1:] == [
        Set(f"{ROOT}/Thing/0/resources", b'{"chunks":1}', 9),
        Delete(f"{ROOT}/Thing/0/resources/1", 6),
    ]


def test_a_removed_shard_goes_with_its_children_first() -> None:
    assert after(ShardChange(before=HELD, after=None)) == [
        Delete(f"{ROOT}/Thing/0/resources/0", 5),
        Delete(f"{ROOT}/Thing/0/resources/1", 6),
        Delete(f"{ROOT}/Thing/0/resources", 9),
        Delete(f"{ROOT}/Thing/0/_reload", 8),
        Delete(f"{ROOT}/Thing/0/tmp", -1),
        Delete(f"{ROOT}/Thing/0", 7),
    ]


@pytest.mark.parametrize(
    "skewed",
    [
        replace(HELD, op="x"),
        replace(HELD, generation=1, versions=bumped()),
        replace(HELD, versions=bumped(reload=9)),
        replace(HELD, chunks=HELD.chunks[:1], versions=bumped()),
        replace(HELD, versions=bumped(resources=10)),
        replace(HELD, chunks=(*HELD.chunks, Chunk(version=1)), versions=bumped(resources=10)),
        replace(HELD, chunks=(Chunk(version=7), HELD.chunks[1]), versions=bumped()),
    ],
)
def test_versions_that_will_not_be_are_a_bug_of_the_planner(skewed: Shard) -> None:
    with pytest.raises(ValueError, match="planned to be at version"):
        after(ShardChange(before=HELD, after=skewed))


@pytest.mark.parametrize("chunks", [(), (Chunk(), Chunk())])
def test_under_seed_a_shard_without_its_one_list_is_a_bug_of_the_planner(chunks: tuple[Chunk, ...]) -> None:
    shard = Shard(number=1, capacity=(1,), chunks=chunks)
    with pytest.raises(ValueError, match="one chunk"):
        after(ShardChange(before=None, after=shard), Protocol.SEED)


def test_the_size_counts_bytes_and_not_characters() -> None:
    assert size_of([Create("/a", "é".encode())]) == 64 + 2 + 2


def test_operations_see_those_before_them_and_a_refused_one_undoes_them() -> None:
    documents = MemoryDocuments()
    assert documents.apply([Create("/a", b""), Set("/a", b"1", 0), Check("/a", 1)]) is None
    before = dict(documents.documents)
    assert documents.apply([Delete("/a", 1), Create("/a", b"2"), Set("/a", b"3", 1)]) is not None
    assert documents.documents == before
