"""What every store does alike about its layout: versions side by side, the way on, and who may not lead."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.core.decisions import CommitResult, Committed, Conflict, Deposed
from orchestrator.core.model import KindState, Revision
from orchestrator.core.papers import Paper, PaperChange
from orchestrator.errors import Permanent
from orchestrator.ports import Held, Loaded, Office, Span, Store, StoreLayout
from orchestrator.store import migration
from tests.contract.arena import Arena, MemoryArena
from tests.contract.changes import changed, lead, new_shard, put, step, there, with_ids
from tests.store.next_version import LATER, NEXT

TWO = StoreLayout(layout=2)


def content(loaded: Loaded) -> Any:
    """All but the versions of documents, which a conversion raises."""
    shards = {
        number: (shard.incarnation, shard.instance, shard.generation, list(shard.ids()), shard.op)
        for number, shard in loaded.shards.items()
    }
    return replace(loaded.state, version=0), shards, {name: one.body for name, one in loaded.papers.items()}


async def filled(store: Store, office: Office) -> Loaded:
    """Kinds of either protocol, each with shards, a revision and a paper."""
    revision = Revision(kind="Thing", number=1, digest="d", template="pod: 1")
    thing = [changed(None, new_shard(n, ["a" * 9 + str(n)], [f"b{n}"], incarnation=n + 1)) for n in range(4)]
    paper = PaperChange(before=None, after=Paper(name="pins", body=b'{"layout":1}'))
    first = replace(step(None, *thing, revision=revision), papers=(paper,))
    rule = replace(
        step(None, changed(None, new_shard(0, ["r1", "r2"]))), after=KindState(kind="Rule", commit=1)
    )
    assert await store.commit(rule, office) == Committed()
    return await put(store, office, first)


async def converted(store: Store, office: Office) -> Office:
    """From the first layout to the second, as a leader does it; the office that writes in it."""
    found = await store.layout()
    coming = replace(found, next=2)
    assert await store.declare(found, coming, office) == Committed()
    office = replace(office, layout=2)
    for kind in await store.kinds():
        assert await store.convert(kind, office) == Committed()
    assert await store.declare(await store.layout(), TWO, office) == Committed()
    return office


async def test_a_new_store_says_no_layout_and_then_the_one_that_was_declared(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    before = await store.layout()
    assert (before, office.layout, store.span) == (StoreLayout(), 1, Span(oldest=1, newest=1))
    assert await store.declare(before, StoreLayout(layout=1, next=2), office) == Committed()
    assert await store.layout() == StoreLayout(layout=1, next=2, at=0)
    assert isinstance(await store.declare(before, TWO, office), Conflict)


async def test_only_who_holds_the_office_declares_and_converts(arena: Arena) -> None:
    old, new = await arena.store(NEXT), await arena.store(NEXT)
    lost = await lead(old, "one")
    await filled(old, lost)
    await arena.unseat(old)
    await lead(new, "two")
    assert isinstance(await old.declare(await old.layout(), TWO, lost), Deposed)
    assert isinstance(await old.convert("Thing", replace(lost, layout=2)), Deposed)
    assert await new.layout() == StoreLayout()


async def test_a_newer_version_writes_what_an_older_one_reads_and_the_other_way_round(arena: Arena) -> None:
    old, new = await arena.store(), await arena.store(NEXT)
    before = await filled(old, await lead(old, "one"))
    await arena.unseat(old)
    office = await lead(new, "two")
    assert office.layout == 1
    loaded = await there(new)
    assert loaded == before
    shard = loaded.shards[2]
    await put(new, office, step(loaded.state, changed(shard, with_ids(shard, 0, "new")), shards=9))
    loaded = await there(old)
    assert list(loaded.shards[2].ids()) == ["new", "b2"] and loaded.state.shards == 9
    await arena.unseat(new)
    office = await lead(old, "three")
    shard = loaded.shards[2]
    await put(old, office, step(loaded.state, changed(shard, with_ids(shard, 0, "back"))))
    assert list((await there(new)).shards[2].ids()) == ["back", "b2"]


async def test_after_the_conversion_all_is_as_it_was_and_the_older_version_refuses(arena: Arena) -> None:
    old, new = await arena.store(), await arena.store(NEXT)
    office = await lead(new)
    before = await filled(new, office)
    rules = content(await there(new, "Rule"))
    assert content(await there(old)) == content(before)
    office = await converted(new, office)
    assert await new.layout() == StoreLayout(layout=2, at=1)
    assert content(await there(new)) == content(before) and content(await there(new, "Rule")) == rules
    assert (await new.revision("Thing", 1)) == Revision(kind="Thing", number=1, digest="d", template="pod: 1")
    for refused in (old.load("Thing"), old.load("Rule"), old.revision("Thing", 1)):
        with pytest.raises(Permanent, match="has layout 2, this program reads and writes layout 1"):
            await refused
    loaded = await there(new)
    shard = loaded.shards[1]
    after = await put(new, office, step(loaded.state, changed(shard, with_ids(shard, 0, "z"))))
    assert list(after.shards[1].ids()) == ["z", "b1"]
    assert await new.convert("Thing", office) == Committed()
    assert await there(new) == after, "nothing is left to convert"


async def test_who_is_too_old_or_too_new_takes_no_office_and_stands_in_nobodys_way(arena: Arena) -> None:
    old, new, later = await arena.store(), await arena.store(NEXT), await arena.store(LATER)
    refused = await later.campaign("later", "http://later")
    assert isinstance(refused, Held) and "it is too new to lead" in refused.unfit
    office = await lead(new, "new")
    if not isinstance(queued := await old.campaign("old", "http://old"), Held):
        office = await lead(new, "new")  # here the last to campaign holds the office
    else:
        assert queued.unfit == ""
    office = await converted(new, office)
    refused = await old.campaign("old", "http://old")
    assert isinstance(refused, Held) and refused.holder == "new"
    assert refused.unfit == (
        "the store has layout 2, and this program reads and writes layout 1: it is too old to lead,"
        " run the version of the other replicas"
    )
    assert "old" not in [one.holder for one in await new.candidates()]
    await arena.unseat(new)
    office = await lead(later, "later")
    assert (office.layout, later.span) == (2, Span(oldest=2, newest=3))


async def test_who_stands_for_the_office_is_known_with_the_layouts_that_it_knows(arena: Arena) -> None:
    new, old = await arena.store(NEXT), await arena.store()
    await lead(new, "new")
    await old.campaign("old", "http://old")
    found = {one.holder: (one.url, one.span) for one in await new.candidates()}
    assert found["new"] == ("http://new", Span(oldest=1, newest=2))
    assert found.get("old", ("http://old", Span(oldest=1, newest=1))) == (
        "http://old",
        Span(oldest=1, newest=1),
    )


async def test_what_a_version_does_not_know_it_writes_back_as_it_was(arena: Arena) -> None:
    store = await arena.store()
    office = await lead(store)
    later = replace(new_shard(0, ["a"]), beyond='{"tint":{"hue":7}}')
    first = step(None, changed(None, later), beyond='{"zone":["x",null]}')
    loaded = await put(store, office, first)
    assert (loaded.state.beyond, loaded.shards[0].beyond) == ('{"zone":["x",null]}', '{"tint":{"hue":7}}')
    shard = loaded.shards[0]
    after = await put(store, office, step(loaded.state, changed(shard, with_ids(shard, 0, "b")), paused=True))
    assert (after.state.beyond, after.shards[0].beyond) == (loaded.state.beyond, shard.beyond)
    assert after.state.paused and list(after.shards[0].ids()) == ["b"]


async def test_a_conversion_that_ends_after_any_of_its_writes_goes_on_with_the_next_leader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(migration, "MAX_OPERATIONS", 3)
    writes = 0
    for last in range(100):
        arena = MemoryArena()
        first = await arena.store(NEXT)
        office = await lead(first)
        before = content(await filled(first, office))
        apply, left = arena.documents.apply, last

        def dies(operations: Any, apply: Any = apply) -> Any:
            nonlocal left
            if not left:
                raise KeyboardInterrupt
            left -= 1
            return apply(operations)

        arena.documents.apply = dies  # type: ignore[method-assign]
        try:
            await converted(first, office)
        except KeyboardInterrupt:
            arena.documents.apply = apply  # type: ignore[method-assign]
        else:
            writes = last
            break
        await arena.unseat(first)
        second = await arena.store(NEXT)
        assert content(await there(second)) == before, "half converted, it reads as ever"
        after = await _finished(second)
        assert after == Committed() and content(await there(second)) == before
        states = [json.loads(d.body) for p, d in arena.documents.documents.items() if "/_kinds/" in p]
        assert {one["layout"] for one in states} == {2} and await second.layout() == replace(TWO, at=1)
        await arena.close()
    assert writes > 10, "there were that many writes to end after"


async def _finished(store: Store) -> CommitResult:
    """What the next leader does: it declares only what was not declared, and converts the rest."""
    office = await lead(store, "two")
    found = await store.layout()
    if found.next is None and found.layout == 1:
        office = await converted(store, office)
        return Committed()
    assert office.layout == 2
    for kind in await store.kinds():
        assert await store.convert(kind, office) == Committed()
    return Committed() if found.next is None else await store.declare(found, TWO, office)
