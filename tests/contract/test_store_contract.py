"""What every store does alike: the office, versions, all or nothing, and what is read back."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from orchestrator.core.decisions import Committed, Conflict, Deposed, ShardChange, Transaction
from orchestrator.core.model import Chunk, Instance, KindState, Releasing, Revision, Shard
from orchestrator.core.papers import Paper, PaperChange
from orchestrator.errors import Permanent, TooLarge, Unavailable
from orchestrator.ports import Held, Loaded, Office, Store
from tests.contract.arena import Arena
from tests.contract.changes import (
    NEW,
    changed,
    empty_chunks,
    lead,
    new_shard,
    put,
    step,
    there,
    with_ids,
)
from tests.contract.kind_strategies import histories

EXAMPLES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


# --- the office ---


async def test_the_first_office_has_epoch_one_and_names_its_holder(arena: Arena) -> None:
    store = await arena.store()
    assert await store.leader() is None
    office = await lead(store, "one")
    assert (office.epoch, office.holder, office.url) == (1, "one", "http://one")
    assert await store.leader() == Held(holder="one", url="http://one", epoch=1)


async def test_epochs_grow_with_every_holder(arena: Arena) -> None:
    epochs: list[int] = []
    for name in ("one", "two", "three"):
        store = await arena.store()
        office = await lead(store, name)
        epochs.append(office.epoch)
        await arena.unseat(store)
    assert epochs == [1, 2, 3]


async def test_the_same_store_may_take_office_again_with_a_greater_epoch(arena: Arena) -> None:
    store = await arena.store()
    first, second = await lead(store), await lead(store)
    assert second.epoch == first.epoch + 1
    assert isinstance(await store.commit(step(None), first), Deposed)
    assert await store.commit(step(None), second) == Committed()


async def test_a_deposed_holder_can_neither_commit_nor_fence(arena: Arena) -> None:
    old, new = await arena.store(), await arena.store()
    lost = await lead(old, "one")
    await arena.unseat(old)
    office = await lead(new, "two")
    assert isinstance(await old.commit(step(None), lost), Deposed)
    assert isinstance(await old.fence(lost), Deposed)
    assert await new.load("Thing") is None
    assert await new.commit(step(None), office) == Committed()


async def test_a_holder_who_lost_the_office_before_fencing_learns_of_it_from_a_fence(arena: Arena) -> None:
    old, new = await arena.store(), await arena.store()
    lost = await lead(old, "one")
    await arena.unseat(old)
    await lead(new, "two")
    await arena.unseat(new)
    regained = await lead(old, "one")
    assert isinstance(await old.fence(lost), Deposed)
    assert isinstance(await old.fence(regained), Office)


async def test_of_two_candidates_never_both_can_commit(arena: Arena) -> None:
    first, second = await arena.store(), await arena.store()
    office = await lead(first, "one")
    answer = await second.campaign("two", "http://two")
    if isinstance(answer, Held):
        assert answer == Held(holder="one", url="http://one", epoch=1)
        assert await first.commit(step(None), office) == Committed()
    else:
        assert isinstance(await first.commit(step(None), office), Deposed)
        assert await second.commit(step(None), answer) == Committed()


async def test_no_time_is_promised_for_an_office_that_another_holds(arena: Arena) -> None:
    first, second = await arena.store(), await arena.store()
    office = await lead(first, "one")
    await arena.unseat(first)
    await lead(second, "two")
    assert first.valid_until(office) <= time.monotonic()


async def test_a_resigned_office_is_nobodys_and_free_for_the_next(arena: Arena) -> None:
    old, new = await arena.store(), await arena.store()
    office = await lead(old, "one")
    await old.resign(office)
    assert await new.leader() is None
    assert isinstance(await old.commit(step(None), office), Deposed)
    assert isinstance(await old.fence(office), Deposed)
    assert (await lead(new, "two")).epoch == 2


async def test_resigning_an_office_that_is_anothers_changes_nothing(arena: Arena) -> None:
    old, new = await arena.store(), await arena.store()
    lost = await lead(old, "one")
    await arena.unseat(old)
    office = await lead(new, "two")
    await old.resign(lost)
    assert await new.leader() == Held(holder="two", url="http://two", epoch=2)
    assert await new.commit(step(None), office) == Committed()


async def test_a_fence_ends_the_office_that_it_renews(arena: Arena) -> None:
    store = await arena.store()
    before = await lead(store)
    after = await store.fence(before)
    assert isinstance(after, Office)
    assert (after.epoch, after.holder, after.version) == (before.epoch, before.holder, before.version + 1)
    assert after.nonce != before.nonce
    assert isinstance(await store.commit(step(None), before), Deposed)
    assert await store.commit(step(None), after) == Committed()


async def test_a_fence_asked_again_with_the_old_office_answers_the_newest_one(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    first = await store.fence(office)
    assert isinstance(first, Office)
    second = await store.fence(office)
    assert second == first
    assert await store.commit(step(None), first) == Committed()


async def test_a_fence_of_another_store_object_is_foreign_even_under_the_same_name(arena: Arena) -> None:
    one, other = await arena.store(), await arena.store()
    office = await lead(one, "same")
    await arena.unseat(one)
    taken = await lead(other, "same")
    assert isinstance(await one.fence(office), Deposed)
    assert isinstance(await other.fence(taken), Office)


# --- reading back ---


async def test_a_kind_never_written_is_none_and_not_listed(arena: Arena) -> None:
    store = await arena.store()
    assert await store.load("Thing") is None
    assert list(await store.kinds()) == []
    assert await store.revision("Thing", 1) is None


async def test_kinds_lists_every_kind_that_was_written(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    await put(store, office, step(None))
    rule = KindState(kind="Rule", commit=1)
    shard = ShardChange(before=None, after=Shard(number=0, capacity=(5,), chunks=empty_chunks("Rule")))
    await put(store, office, Transaction(op="op", before=None, after=rule, changes=(shard,)))
    assert sorted(await store.kinds()) == ["Rule", "Thing"]


async def test_one_kind_says_nothing_of_another(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    loaded = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    rule = KindState(kind="Rule", commit=1)
    await put(store, office, Transaction(op="op", before=None, after=rule))
    assert await there(store) == loaded
    assert (await there(store, "Rule")).shards == {}


@EXAMPLES
@given(history=histories())
async def test_what_is_loaded_is_what_was_committed(
    arena_class: type[Arena], history: list[tuple[KindState, dict[int, Shard]]]
) -> None:
    arena = arena_class()
    try:
        store = await arena.store()
        office = await lead(store)
        state: KindState | None = None
        shards: dict[int, Shard] = {}
        for number, (wanted, wanted_shards) in enumerate(history):
            transaction = _transaction(state, shards, wanted, wanted_shards, f"op{number}")
            assert await store.commit(transaction, office) == Committed()
            state = transaction.after
            for change in transaction.changes:
                shards.pop(change.number, None)
                if change.after is not None:
                    shards[change.number] = change.after
            for handle in (store, await arena.store()):
                loaded = await there(handle, state.kind)
                assert loaded.state == state
                assert loaded.shards == shards
    finally:
        await arena.close()


def _transaction(
    state: KindState | None,
    shards: dict[int, Shard],
    wanted: KindState,
    wanted_shards: dict[int, Shard],
    op: str,
) -> Transaction:
    changes = []
    for number in sorted(shards.keys() | wanted_shards.keys()):
        before, after = shards.get(number), wanted_shards.get(number)
        if before is not None and after is not None:
            after = replace(after, generation=before.generation, op=before.op, versions=before.versions)
        change = changed(before, after, op)
        if change.before is not change.after:
            changes.append(change)
    commit, version = (1, 0) if state is None else (state.commit + 1, state.version + 1)
    return Transaction(
        op=op,
        before=state,
        after=replace(wanted, commit=commit, version=version),
        changes=tuple(changes),
    )


HOSTILE = [
    "plain", "ключ", "键/值", "🦊", "a b", " ", "..", "../../_leader", "/", "%2F", "\\", '"',
    "'; DROP TABLE x; --", "null", "0", "\u202e\u0000\n\t\x7f", "\ufeff", "\u2028", "e\u0301", "é", "x" * 512,
    "{}", "[]", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["Thing", "Rule"])
async def test_ids_of_any_text_come_back_as_they_were(arena: Arena, kind: str) -> None:
    store = await arena.store()
    office = await lead(store)
    chunk = Chunk(
        ids=tuple(HOSTILE), releasing=(Releasing(generation=1, to=None, ids=tuple(h + "!" for h in HOSTILE)),)
    )
    change = ShardChange(before=None, after=Shard(number=0, capacity=(100,), chunks=(chunk,)))
    state = KindState(kind=kind, commit=1)
    await put(store, office, Transaction(op="op", before=None, after=state, changes=(change,)))
    assert (await there(store, kind)).shards[0].chunks == (chunk,)


async def test_a_load_is_not_changed_by_what_is_committed_after_it(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    old = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    shard = old.shards[0]
    new = await put(store, office, step(old.state, changed(shard, with_ids(shard, 0, "b"))))
    assert list(old.shards[0].ids()) == ["a"]
    assert list(new.shards[0].ids()) == ["b"]


# --- versions ---


async def test_each_commit_raises_the_versions_of_what_it_touched_by_one(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    loaded = await put(store, office, step(None, changed(None, new_shard(0, ["a"], ["b"]))))
    for turn in range(1, 6):
        shard = loaded.shards[0]
        loaded = await put(store, office, step(loaded.state, changed(shard, with_ids(shard, 1, f"b{turn}"))))
        shard = loaded.shards[0]
        assert (loaded.state.version, loaded.state.commit) == (turn, turn + 1)
        assert (shard.versions.head, shard.versions.reload, shard.versions.resources) == (turn, turn, 0)
        assert [chunk.version for chunk in shard.chunks] == [0, turn]
        assert shard.generation == turn


async def test_a_change_that_leaves_the_ids_alone_leaves_generation_and_chunks_alone(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    loaded = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    live = replace(loaded.shards[0], instance=Instance.LIVE, incarnation=1)
    shard = (await put(store, office, step(loaded.state, changed(loaded.shards[0], live)))).shards[0]
    assert (shard.versions.head, shard.versions.reload, shard.chunks[0].version) == (1, 0, 0)
    assert shard.instance is Instance.LIVE


async def test_chunks_may_grow_and_shrink_in_number(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    loaded = await put(store, office, step(None, changed(None, new_shard(0))))
    for ids in (["a"], ["a", "b"], ["a", "b", "c"], ["a"], [], ["z"]):
        shard = loaded.shards[0]
        kept = tuple(
            replace(shard.chunks[n] if n < len(shard.chunks) else Chunk(), ids=(resource_id,))
            for n, resource_id in enumerate(ids)
        )
        change = changed(shard, replace(shard, chunks=kept, op=""), op=f"to {len(ids)}")
        loaded = await put(store, office, step(loaded.state, change))
        assert loaded.shards[0] == change.after
        assert list(loaded.shards[0].ids()) == ids


async def test_a_number_given_up_may_be_taken_by_a_new_shard(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    loaded = await put(store, office, step(None, changed(None, new_shard(0, ["a"], ["b"]))))
    loaded = await put(store, office, step(loaded.state, changed(loaded.shards[0], None)))
    assert loaded.shards == {}
    loaded = await put(store, office, step(loaded.state, changed(None, new_shard(0, ["c"]))))
    assert list(loaded.shards[0].ids()) == ["c"]
    assert loaded.shards[0].versions.head == 0


# --- conflicts: a stale version of any one document refuses all ---


def _stale_kind(state: KindState, shard: Shard) -> Transaction:
    return step(replace(state, version=state.version - 1), changed(shard, with_ids(shard, 0, "x")))


def _stale_head(state: KindState, shard: Shard) -> Transaction:
    old = replace(shard, versions=replace(shard.versions, head=shard.versions.head - 1))
    return step(state, changed(old, with_ids(old, 0, "x")))


def _stale_reload(state: KindState, shard: Shard) -> Transaction:
    old = replace(shard, versions=replace(shard.versions, reload=shard.versions.reload - 1))
    return step(state, changed(old, with_ids(old, 0, "x")))


def _stale_resources(state: KindState, shard: Shard) -> Transaction:
    old = replace(shard, versions=replace(shard.versions, resources=shard.versions.resources - 1))
    return step(state, changed(old, with_ids(old, 2, "x")))


def _stale_chunk(state: KindState, shard: Shard) -> Transaction:
    chunk = replace(shard.chunks[0], version=shard.chunks[0].version - 1)
    old = replace(shard, chunks=(chunk, *shard.chunks[1:]))
    return step(state, changed(old, with_ids(old, 0, "x")))


def _stale_removal(state: KindState, shard: Shard) -> Transaction:
    chunk = replace(shard.chunks[0], version=shard.chunks[0].version - 1)
    return step(state, changed(replace(shard, chunks=(chunk, *shard.chunks[1:])), None))


def _created_twice(state: KindState, shard: Shard) -> Transaction:
    return step(state, changed(None, new_shard(shard.number, ["x"])))


def _kind_created_twice(state: KindState, shard: Shard) -> Transaction:
    return step(None, changed(shard, with_ids(shard, 0, "x")))


def _removed_though_absent(state: KindState, shard: Shard) -> Transaction:
    return step(state, changed(new_shard(77, ["x"]), None))


def _chunk_that_was_added_meanwhile(state: KindState, shard: Shard) -> Transaction:
    fewer = replace(shard, chunks=shard.chunks[:1])
    return step(state, changed(fewer, with_ids(fewer, 1, "x")))


def _revision_that_exists(state: KindState, shard: Shard) -> Transaction:
    other = Revision(kind="Thing", number=1, digest="other", template="other")
    return step(state, changed(shard, with_ids(shard, 0, "x")), revision=other)


@pytest.mark.parametrize(
    ("stale", "refusing"),
    [
        (_stale_kind, "_kinds/Thing"),
        (_stale_head, "Thing/0"),
        (_stale_reload, "Thing/0/_reload"),
        (_stale_resources, "Thing/0/resources"),
        (_stale_chunk, "Thing/0/resources/0"),
        (_stale_removal, "Thing/0/resources/0"),
        (_created_twice, "Thing/0"),
        (_kind_created_twice, "_kinds/Thing"),
        (_removed_though_absent, "Thing/77/resources/0"),
        (_chunk_that_was_added_meanwhile, "Thing/0/resources/1"),
        (_revision_that_exists, "_revisions/Thing/1"),
    ],
)
async def test_one_document_at_another_version_refuses_the_whole_transaction(
    arena: Arena, stale: Callable[[KindState, Shard], Transaction], refusing: str
) -> None:
    store = await arena.store()
    office = await lead(store)
    before = await _worn(store, office)
    # What comes first in the transaction would be written, were it not one.
    transaction = stale(before.state, before.shards[0])
    fresh = changed(None, new_shard(1, ["fresh"]))
    transaction = replace(transaction, changes=(fresh, *transaction.changes))
    answer = await store.commit(transaction, office)
    assert isinstance(answer, Conflict), answer
    assert f"/iota/orchestration/{refusing}: " in answer.detail
    assert await there(store) == before
    assert await store.revision("Thing", 1) == _FIRST


_FIRST = Revision(kind="Thing", number=1, digest="d1", template="a: ☃\n")


async def _worn(store: Store, office: Office) -> Loaded:
    """A kind whose every document was set at least once."""
    loaded = await put(store, office, step(None, changed(None, new_shard(0, ["a"])), revision=_FIRST))
    shard = loaded.shards[0]
    grown = with_ids(with_ids(shard, 0, "a2"), 1, "b")
    return await put(store, office, step(loaded.state, changed(shard, grown)))


async def test_a_deposed_holder_hears_so_and_not_of_a_conflict(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    before = await _worn(store, office)
    await store.fence(office)
    stale = _stale_kind(before.state, before.shards[0])
    assert isinstance(await store.commit(stale, office), Deposed)
    assert await there(store) == before


async def test_of_two_handles_with_the_same_view_one_wins_and_one_meets_a_conflict(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    before = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    shard = before.shards[0]
    first = step(before.state, changed(shard, with_ids(shard, 0, "first")))
    second = step(before.state, changed(shard, with_ids(shard, 0, "second")))
    assert await store.commit(first, office) == Committed()
    assert isinstance(await store.commit(second, office), Conflict)
    assert list((await there(store)).shards[0].ids()) == ["first"]


# --- revisions ---


async def test_a_revision_is_read_back_and_stays(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    loaded = await put(store, office, step(None, revision=_FIRST))
    second = Revision(kind="Thing", number=2, digest="d2", template="b: 2\n")
    await put(store, office, step(loaded.state, revision=second))
    assert await store.revision("Thing", 1) == _FIRST
    assert await store.revision("Thing", 2) == second
    assert await store.revision("Thing", 3) is None


# --- bounds ---


async def test_a_transaction_of_too_many_bytes_is_refused_unsent(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    before = await put(store, office, step(None))
    shards = [changed(None, new_shard(n, ["x" * 500 + str(i) for i in range(128)])) for n in range(9)]
    with pytest.raises(TooLarge, match="bytes"):
        await store.commit(step(before.state, *shards), office)
    assert await there(store) == before
    assert await store.commit(step(before.state, *shards[:4]), office) == Committed()


async def test_a_transaction_of_too_many_operations_is_refused_unsent(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    before = await put(store, office, step(None))
    shards = [changed(None, new_shard(n)) for n in range(125)]
    with pytest.raises(TooLarge, match="operations"):
        await store.commit(step(before.state, *shards), office)
    assert await there(store) == before
    assert await store.commit(step(before.state, *shards[:124]), office) == Committed()


async def test_a_kind_that_is_not_configured_is_not_written(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    with pytest.raises(Permanent, match="Gadget"):
        await store.commit(Transaction(op="op", before=None, after=replace(NEW, kind="Gadget")), office)


@pytest.mark.parametrize("kind", ["", "..", "_kinds", "a/b", "a\nb", "\ud800"])
async def test_a_kind_whose_name_is_no_path_is_refused(arena: Arena, kind: str) -> None:
    store = await arena.store()
    with pytest.raises(Permanent, match="name of a kind"):
        await store.load(kind)


async def test_an_after_image_with_versions_that_will_not_be_is_a_bug_and_said_so(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    before = await put(store, office, step(None, changed(None, new_shard(0, ["a"]))))
    shard = before.shards[0]
    skewed = ShardChange(before=shard, after=with_ids(shard, 0, "b"))
    with pytest.raises(ValueError, match="version"):
        await store.commit(step(before.state, skewed), office)
    assert await there(store) == before


# --- closing ---


async def test_a_closed_store_is_unavailable_and_may_be_closed_again(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    await store.close()
    await store.close()
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: store.campaign("one", ""), lambda: store.resign(office), store.leader, store.kinds,
        lambda: store.load("Thing"), lambda: store.revision("Thing", 1),
        lambda: store.commit(step(None), office), lambda: store.fence(office),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Unavailable, match="closed"):
            await call()
    assert store.valid_until(office) == -math.inf


async def test_papers_are_written_with_their_kind_and_read_with_it(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    pins = Paper(name="pins", body=b'{"a":1}')
    first = await put(store, office, replace(step(None), papers=(PaperChange(before=None, after=pins),)))
    assert first.papers == {"pins": pins}
    newer = replace(pins, body=b"\x00\xff", version=1)
    again = replace(step(first.state), papers=(PaperChange(before=pins, after=newer),))
    second = await put(store, office, again)
    assert second.papers == {"pins": newer}
    gone = replace(step(second.state), papers=(PaperChange(before=newer, after=None),))
    assert (await put(store, office, gone)).papers == {}


async def test_a_paper_that_somebody_else_changed_is_a_conflict_and_nothing_is_written(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    pins = Paper(name="pins", body=b"1")
    first = await put(store, office, replace(step(None), papers=(PaperChange(before=None, after=pins),)))
    stale = PaperChange(before=replace(pins, version=4), after=replace(pins, body=b"2", version=5))
    assert isinstance(await store.commit(replace(step(first.state), papers=(stale,)), office), Conflict)
    twice = PaperChange(before=None, after=pins)
    assert isinstance(await store.commit(replace(step(first.state), papers=(twice,)), office), Conflict)
    assert await there(store) == first


async def test_the_papers_of_one_kind_are_not_those_of_another(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    pins = Paper(name="pins", body=b"1")
    await put(store, office, replace(step(None), papers=(PaperChange(before=None, after=pins),)))
    other = replace(step(None), after=replace(step(None).after, kind="Rule"))
    assert (await put(store, office, other)).papers == {}
    assert await store.kinds() == ["Rule", "Thing"]
