"""The paper of the quarantine, and what a plan does with those who are in it."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.balance.orchestration import Goal, plan_orchestration
from orchestrator.core.decisions import Reason, ShardChange
from orchestrator.core.draft import Draft
from orchestrator.core.hints import Claim
from orchestrator.core.model import ONE, Instance, KindState, Shard, id_fault
from orchestrator.core.moves.handoff import Freed
from orchestrator.core.papers import MAX_PAPER_BYTES, Paper
from orchestrator.core.poison.isolation import Orders, carry_out, kept_aside
from orchestrator.core.poison.quarantine import (
    MOST,
    PAPER,
    Entry,
    apart_in,
    decode_quarantine,
    encode_quarantine,
    fault_in,
    quarantine_in,
)
from orchestrator.core.policy import KindPolicy, Limits, PoisonPolicy
from orchestrator.core.settling import plan_ids
from orchestrator.core.traits import Traits
from orchestrator.core.view import View

NOTHING = Orders()
ENTRY = Entry(since=1.0, until=61.0, by="shardwright", evidence=("it ended",))


def make_view(*, ids: int = 6, shards: int = 2) -> View:
    view = View.of(KindState(kind="Thing", resource_per_instance=10, max_instances=5), {})
    for number in range(shards):
        shard = Shard(number=number, capacity=(10,), instance=Instance.LIVE)
        view.put(ShardChange(before=None, after=shard))
    names = [f"t{n}" for n in range(ids)]
    draft = make_draft(view)
    for number in range(shards):
        draft.assign(number, names[number::shards], Reason.CREATED)
    return apply(view, draft)


def make_draft(view: View) -> Draft:
    numbers = count()
    return Draft(view, KindPolicy(), lambda: f"op-{next(numbers)}", Limits())


def apply(view: View, draft: Draft) -> View:
    for transaction in draft.plan().transactions:
        view.apply(transaction)
    return view


def owner(view: View, resource_id: str) -> int | None:
    place = view.index.get(resource_id)
    return None if place is None else place.shard


def free_of(view: View) -> list[Freed]:
    return [
        Freed(shard=shard.number, to=entry.to, ids=entry.ids)
        for shard in view.shards.values()
        for _, entry in shard.entries()
    ]


def settle(view: View, orders: Orders = NOTHING, **hints: Claim) -> dict[str, Reason]:
    """One pass in which everything that is released is let go of, and the catalog lists everything."""
    draft = make_draft(view)
    free = kept_aside(free_of(view), orders)
    carry_out(draft, orders)
    there = {*view.index, *hints, *(i for one in free for i in one.ids)}
    present = dict.fromkeys(there, Traits(weight=ONE, labels=()))
    outcome = plan_ids(draft, view, free, hints, present, Limits(), wall=0.0)
    apply(view, draft)
    return outcome.unplaced


entries = st.builds(
    Entry,
    since=st.floats(0, 1e10),
    until=st.floats(0, 1e10),
    by=st.text(max_size=120),
    evidence=st.lists(st.text(max_size=250), max_size=8).map(tuple),
    times=st.integers(1, 20),
    tried=st.none() | st.floats(0, 1e10),
)


names = st.text(min_size=1, max_size=40).filter(lambda name: id_fault(name) is None)


@given(st.dictionaries(names, entries, max_size=10))
def test_what_is_written_is_read_again(given_entries: dict[str, Entry]) -> None:
    assert decode_quarantine(encode_quarantine(given_entries)) == given_entries


@pytest.mark.parametrize("letter", ["x", '"', "\\", "\0", "ü", "€", "🧵", "\udcff"])
def test_a_full_quarantine_of_the_longest_ids_fits_a_paper(letter: str) -> None:
    line = letter * 600
    longest = Entry(since=1e9 / 7, until=1e9 / 7, by=line, evidence=(line,) * 9, times=10**6, tried=1e9 / 7)
    ids = [f"{n:03}" + '"' * 509 for n in range(MOST)]
    assert len(encode_quarantine(dict.fromkeys(ids, longest))) < MAX_PAPER_BYTES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"a": 1}',
        b'{"a": {}}',
        b'{"a": {"since": 1, "until": "x", "by": "b", "evidence": [], "times": 1}}',
        b'{"a": {"since": 1, "until": 2, "by": 3, "evidence": [], "times": 1}}',
        b'{"a": {"since": 1, "until": 2, "by": "b", "evidence": [1], "times": 1}}',
    ],
)
def test_a_paper_of_somebody_else_keeps_nobody_apart_and_says_so(body: bytes) -> None:
    with pytest.raises(ValueError, match="the paper quarantine"):
        decode_quarantine(body)
    papers = {PAPER: Paper(name=PAPER, body=body)}
    assert (quarantine_in(papers), apart_in(papers)) == ({}, frozenset())
    assert "keeps no resource apart" in fault_in(papers)


def test_an_id_in_quarantine_leaves_its_owner_and_is_placed_nowhere() -> None:
    view = make_view()
    assert settle(view, Orders(changes={"t3": ENTRY})) == {}
    assert view.index["t3"].shard == 1
    assert "t3" not in set(view.shards[1].ids())
    assert settle(view) == {"t3": Reason.QUARANTINED}
    assert owner(view, "t3") is None
    assert settle(view, t3=Claim.FOUND) == {"t3": Reason.QUARANTINED}
    assert settle(view, t3=Claim.CREATED) == {"t3": Reason.QUARANTINED}
    assert owner(view, "t3") is None
    assert [owner(view, f"t{n}") for n in (0, 1, 2, 4, 5)] == [0, 1, 0, 0, 1]


def test_one_that_is_tried_again_or_lifted_is_placed_like_any_other() -> None:
    view = make_view()
    for _ in range(2):
        settle(view, Orders(changes={"t3": ENTRY, "t4": ENTRY}))
    settle(view, Orders(changes={"t3": replace(ENTRY, tried=70.0), "t4": None}))
    settle(view, t3=Claim.FOUND, t4=Claim.FOUND)
    assert owner(view, "t3") is not None
    assert owner(view, "t4") is not None
    settle(view, Orders(changes={"t3": None}))
    assert PAPER not in view.papers


def test_one_that_is_on_its_way_to_another_shard_arrives_nowhere() -> None:
    view = make_view()
    draft = make_draft(view)
    draft.release(1, ["t3"], 0, Reason.REBALANCED)
    apply(view, draft)
    assert settle(view, Orders(changes={"t3": ENTRY})) == {"t3": Reason.QUARANTINED}
    assert owner(view, "t3") is None
    assert view.load(0).reserved == [0]


def test_an_orchestration_leaves_it_where_it_is() -> None:
    view = make_view()
    for _ in range(2):
        settle(view, Orders(changes={"t3": ENTRY}))
    draft = make_draft(view)
    goal = plan_orchestration(draft, ["t3", "new"], 7, "p")
    assert isinstance(goal, Goal)
    apply(view, draft)
    assert owner(view, "t3") is None
    assert owner(view, "new") is not None


def test_what_is_set_aside_keeps_its_room_and_comes_back_to_its_shard() -> None:
    view = make_view(ids=20)
    orders = Orders(home=1, aside=frozenset({"t1", "t3", "t0"}))
    settle(view, orders)
    assert settle(view, orders) == {}
    assert not {"t1", "t3"} & set(view.shards[1].ids())
    assert "t0" in set(view.shards[0].ids())
    assert view.load(1).expected == 10
    assert view.load(1).room((10,)) <= 0
    settle(view, replace(orders, aside=frozenset({"t3"})))
    assert "t1" in set(view.shards[1].ids())
    assert "t3" not in set(view.shards[1].ids())


def test_a_leader_that_knows_of_no_trial_sends_back_what_was_set_aside() -> None:
    view = make_view(ids=20)
    settle(view, Orders(home=1, aside=frozenset({"t1", "t3"})))
    settle(view)
    assert {"t1", "t3"} <= set(view.shards[1].ids())
    assert view.load(1).leaving == view.load(1).reserved == [0]


@pytest.mark.parametrize(("count_", "most"), [(1, 1), (99, 1), (100, 1), (500, 5), (100_000, 10)])
def test_no_more_than_one_in_a_hundred_is_set_apart_without_being_asked(count_: int, most: int) -> None:
    assert PoisonPolicy().room(count_) == most
