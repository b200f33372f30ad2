"""What a store holds, carried to another one: nothing is lost, nothing moves, nothing half is served."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.core.decisions import CommitResult, Committed, ShardChange, Transaction
from orchestrator.core.documents import finish
from orchestrator.core.model import (
    Chunk,
    Instance,
    KindState,
    Protocol,
    Rebalance,
    Releasing,
    RemovalBudget,
    Revision,
    Shard,
    ShardState,
)
from orchestrator.core.papers import Paper, PaperChange
from orchestrator.errors import Permanent, TooLarge, Unavailable
from orchestrator.ports import Loaded, Office, Store
from orchestrator.store.archive import Archive, KindArchive, read_archive, write_archive
from orchestrator.store.filling import fill, gather
from tests.contract.arena import ARENAS, PROTOCOLS, Arena
from tests.contract.changes import lead, put, there

STATE = KindState(
    kind="Thing",
    commit=40,
    shards=2,
    resource_per_instance=700,
    max_instances=17,
    revision=2,
    paused=True,
    next_incarnation=31,
    removal_budget=RemovalBudget(since=12.5, spent=3),
    rebalance=Rebalance(id="plan-1", gives=((0, 100),), takes=((7, 4),)),
    store_id="store-1",
    place="namespace iot (uid-1)",
)
REVISIONS = tuple(
    Revision(kind="Thing", number=n, digest=f"d{n}", template=f"kind: Pod\n# ü {n}\n") for n in (1, 2)
)
LEAVING = Releasing(generation=9, to=7, ids=("x", "y"))
PAPERS = (Paper(name="pins", body=b'{"a":1}'), Paper(name="moves.1.0", body=b"\x00\xff"))
SHARDS = {
    0: Shard(
        number=0,
        capacity=(700, 3),
        generation=9,
        incarnation=30,
        instance=Instance.LIVE,
        revision=2,
        chunks=(
            Chunk(ids=tuple(f"a{n}" for n in range(126)), releasing=(LEAVING,)),
            Chunk(ids=tuple(f"b{n}" for n in range(60))),
        ),
    ),
    7: Shard(
        number=7,
        capacity=(700, 3),
        generation=2,
        incarnation=12,
        instance=Instance.STOPPING,
        state=ShardState.DRAINING,
        chunks=(Chunk(ids=("ü", '"')), Chunk(releasing=(Releasing(generation=1, to=None, ids=("gone",)),))),
    ),
    9: Shard(number=9, capacity=(700, 3)),
}


@pytest.fixture(params=["sqlite", "zookeeper"])
async def arena(request: pytest.FixtureRequest) -> AsyncIterator[Arena]:
    arena = ARENAS[request.param]()
    yield arena
    await arena.close()


@pytest.fixture(params=["sqlite", "zookeeper"])
async def other(request: pytest.FixtureRequest) -> AsyncIterator[Arena]:
    arena = ARENAS[request.param]()
    yield arena
    await arena.close()


async def written(store: Store, office: Office) -> Loaded:
    """A kind with something of everything, under version numbers of its own."""
    state = replace(STATE, commit=1)
    papers = tuple(PaperChange(before=None, after=paper) for paper in PAPERS)
    transaction = Transaction(op="op", before=None, after=state, revision=REVISIONS[0], papers=papers)
    assert await store.commit(transaction, office) == Committed()
    for revision, shards in ((REVISIONS[1], (0, 7)), (None, (9,))):
        after = replace(state, commit=40, version=state.version + 1)
        changes = tuple(ShardChange(before=None, after=SHARDS[n]) for n in shards)
        step = Transaction(op="op", before=state, after=after, changes=changes, revision=revision)
        assert await store.commit(step, office) == Committed()
        state = after
    shard = (await there(store)).shards[7]
    # Once more, so that versions differ from those of a store that is written at one go.
    after = replace(state, commit=41, version=state.version + 1)
    change = ShardChange(before=shard, after=finish(shard, replace(shard, revision=2), "op"))
    return await put(store, office, Transaction(op="op", before=state, after=after, changes=(change,)))


def plain(loaded: Loaded) -> dict[int, Any]:
    """All of the shards but what is the store's own."""
    return {
        number: (
            replace(shard, chunks=(), versions=SHARDS[9].versions, op=""),
            list(shard.ids()),
            [(e.generation, e.to, e.ids) for _, e in shard.entries()],
        )
        for number, shard in loaded.shards.items()
    }


async def archived(store: Store) -> Archive:
    return read_archive(list(write_archive(await gather(store, await store.kinds()))))


async def test_a_kind_comes_over_with_all_that_it_is(arena: Arena, other: Arena) -> None:
    source, target = await arena.store(), await other.store()
    before = await written(source, await lead(source))
    assert await fill(target, await lead(target), await archived(source), PROTOCOLS, "store-1") == "store-1"
    after = await there(target)
    assert plain(after) == plain(before)
    assert {name: paper.body for name, paper in after.papers.items()} == {p.name: p.body for p in PAPERS}
    assert after.state.place == "", "who leads from it first says where instances run"
    moved = {"commit": before.state.commit, "version": before.state.version, "place": before.state.place}
    kept = replace(after.state, **moved)
    assert kept == before.state
    assert after.state.commit > before.state.commit, "a token given from now on is greater"
    assert [await target.revision("Thing", n) for n in (1, 2, 3)] == [*REVISIONS, None]
    assert all(chunk.size <= 128 for shard in after.shards.values() for chunk in shard.chunks)


async def test_nothing_is_written_into_a_store_that_holds_something(arena: Arena, other: Arena) -> None:
    source, target = await arena.store(), await other.store()
    await written(source, await lead(source))
    archive = await archived(source)
    office = await lead(target)
    for name in ("Rule", "Thing"):
        transaction = Transaction(op="op", before=None, after=KindState(kind=name, store_id="store-1"))
        loaded = await put(target, office, transaction)
        with pytest.raises(Permanent, match=f"holds {min('Rule', name)} already"):
            await fill(target, office, archive, PROTOCOLS, "store-1")
        assert await there(target, name) == loaded


class Ending:
    """A store whose connection ends after so many commits, done or not when it does."""

    def __init__(self, store: Store, commits: int) -> None:
        self._store = store
        self._left = commits

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, transaction: Transaction, office: Office) -> CommitResult:
        if not self._left:
            raise Unavailable("cut off")
        self._left -= 1
        return await self._store.commit(transaction, office)


def archive_of(*kinds: KindArchive) -> Archive:
    return read_archive(list(write_archive(kinds)))


TWO = archive_of(
    KindArchive(state=STATE, revisions=REVISIONS, shards=SHARDS),
    KindArchive(
        state=replace(STATE, kind="Rule"),
        revisions=(),
        shards={0: replace(SHARDS[0], chunks=(Chunk(ids=("r",)),))},
    ),
)


async def test_an_import_that_was_cut_off_belongs_to_nobody_and_goes_on() -> None:
    for commits in range(9):
        arena = ARENAS["memory"]()
        store = await arena.store()
        office = await lead(store)
        with pytest.raises(Unavailable):
            await fill(Ending(store, commits), office, TWO, PROTOCOLS, "first")  # type: ignore[arg-type]
        loaded = [await there(store, kind) for kind in await store.kinds()]
        unfinished = [each.state.kind for each in loaded if each.state.store_id != "first"]
        if unfinished:
            with pytest.raises(Permanent, match="in part only"):
                await gather(store, unfinished)
        other = replace(TWO, digest="another")
        if loaded:
            with pytest.raises(Permanent, match="already"):
                await fill(store, office, other, PROTOCOLS, "first")
        begun = commits > 0
        assert await fill(store, office, TWO, PROTOCOLS, "second") == ("first" if begun else "second")
        after = await there(store)
        assert plain(after) == plain(Loaded(state=STATE, shards=SHARDS)), commits
        assert list((await there(store, "Rule")).shards[0].ids()) == ["r"]
        with pytest.raises(Permanent, match="already"):
            await fill(store, office, TWO, PROTOCOLS, "first")


async def test_a_kind_of_the_seed_may_become_one_of_ours_and_the_other_way_round() -> None:
    ids = tuple(f"{n:06d}" for n in range(5000))
    shards = {3: Shard(number=3, capacity=(5000,), generation=8, chunks=(Chunk(ids=ids),))}
    archive = archive_of(KindArchive(state=STATE, revisions=(), shards=shards))
    for protocol in Protocol:
        arena = ARENAS["memory"]()
        store = await arena.store()
        store._protocols = {"Thing": protocol}  # type: ignore[attr-defined]
        await fill(store, await lead(store), archive, {"Thing": protocol}, "s")
        shard = (await there(store)).shards[3]
        assert (tuple(shard.ids()), shard.generation) == (ids, 8)
        assert len(shard.chunks) == (1 if protocol is Protocol.SEED else 40)


async def test_a_shard_that_does_not_fit_one_transaction_is_written_in_several() -> None:
    ids = tuple(f"{n:06d}" + "x" * 400 for n in range(5000))
    shards = {0: Shard(number=0, capacity=(5000,), generation=5, chunks=(Chunk(ids=ids),))}
    archive = archive_of(KindArchive(state=STATE, revisions=(), shards=shards))
    arena = ARENAS["zookeeper"]()
    try:
        store = await arena.store()
        office = await lead(store)
        for commits in (2, 4):
            with pytest.raises(Unavailable):
                await fill(Ending(store, commits), office, archive, PROTOCOLS, "s")  # type: ignore[arg-type]
        await fill(store, office, archive, PROTOCOLS, "s")
        shard = (await there(store)).shards[0]
        assert (tuple(shard.ids()), shard.generation) == (ids, 5)
        whole = archive_of(KindArchive(state=replace(STATE, kind="Rule"), revisions=(), shards=shards))
        second = ARENAS["memory"]()
        small = await second.store()
        with pytest.raises(TooLarge, match=r"Rule: shard 0 is too large .* protocol: v1"):
            await fill(small, await lead(small), whole, PROTOCOLS, "s")
    finally:
        await arena.close()


async def test_a_kind_that_is_not_configured_is_not_imported() -> None:
    store = await ARENAS["memory"]().store()
    with pytest.raises(Permanent, match="'Thing' is not configured here"):
        await fill(store, await lead(store), TWO, {"Rule": Protocol.SEED}, "s")
    assert list(await store.kinds()) == []


# --- the file ---


LINES = list(write_archive([KindArchive(state=STATE, revisions=REVISIONS, shards=SHARDS)]))


def with_line(number: int, **members: Any) -> Sequence[bytes]:
    """The export with another line, under a digest that is right."""
    import hashlib

    body = [json.loads(line) for line in LINES[:-1]]
    body[number] = {**body[number], **members}
    lines = [json.dumps(line).encode() + b"\n" for line in body]
    end = {"end": {"lines": len(lines), "digest": hashlib.sha256(b"".join(lines)).hexdigest()}}
    return [*lines, json.dumps(end).encode()]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "no last line"),
        (LINES[:-1], "no last line"),
        ([LINES[0], *LINES[2:]], "line 2: 'state' must be there"),
        ([*LINES[:-2], LINES[-1]], "should have 7 lines before its last, not 6"),
        ([*LINES[:-2], LINES[-2].replace(b"times", b"tImes"), LINES[-1]], "line 7: 'times'"),
        ([*LINES[:-2], LINES[-2].replace(b'"used":0', b'"used":1'), LINES[-1]], "was changed"),
        ([b"{}\n", *LINES[1:]], "line 1: this is no export"),
        ([b"\x00\xff"], "line 1: the document is not JSON"),
        ([b"[1]"], "line 1: expected a JSON object"),
        (with_line(0, format=2), "line 1: the export has format 2, this version reads 1"),
        (with_line(1, kind="_kinds"), "'_kinds' cannot be the name of a kind"),
        (with_line(1, state=7), "line 2: expected a JSON object"),
        (with_line(1, shards=4), "Thing has 3 shards, it should have 4"),
        (with_line(6, shard=0), "line 7: shard 0 of Thing stands there twice"),
        (with_line(6, lists={"ids": ["b1"]}), "line 7: 'b1' of Thing stands in two places"),
        (with_line(6, lists={"ids": ["a\n"]}), "line 7: .* control character"),
        (with_line(6, lists=None), "line 7: 'lists' must be an object"),
        (with_line(6, head=None), "line 7: expected a JSON object"),
        (with_line(6, times=-1), "line 7: 'times' must be an integer"),
    ],
)
def test_what_is_not_a_whole_and_true_export_is_refused_by_its_line(
    lines: Sequence[bytes], said: str
) -> None:
    with pytest.raises(Permanent, match=said):
        read_archive(lines)
