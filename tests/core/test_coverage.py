"""The ledger of coverage: its sums are those of an oracle that looks at every id at every moment."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.coverage.cover import ARRIVING, Cover
from orchestrator.core.coverage.ledger import Ledger
from orchestrator.core.coverage.worst import overdue, overdue_shards, worst, worst_in_window

SHARDS = 3


class Oracle:
    """A small kind, and each of its ids by itself. What happens is told to the ledger, too."""

    def __init__(self, chance: Random, *, acknowledges: bool) -> None:
        self.chance = chance
        self.acknowledges = acknowledges
        self.now = 0.0
        self.ledger = Ledger(self.now, acknowledges=acknowledges)
        self.cover = dict.fromkeys(range(SHARDS), Cover.COVERED)
        self.generation = dict.fromkeys(range(SHARDS), 0)
        self.need = dict.fromkeys(range(SHARDS), 0)
        self.owned: dict[int, dict[str, int]] = defaultdict(dict)
        self.leaving: dict[int, set[str]] = defaultdict(set)
        self.alone: dict[str, Cover] = {}
        self.missing: set[str] = set()
        self.since: dict[str, tuple[Cover, float]] = {}
        self.seconds: Counter[Cover] = Counter()
        self.made = 0
        for number in range(SHARDS):
            self.ledger.stand(number, Cover.COVERED, self.now, used=0)

    def state(self, number: int | None, resource_id: str) -> Cover:
        if resource_id in self.alone:
            return self.alone[resource_id]
        return Cover.COVERED if number is None or resource_id in self.leaving[number] else self.cover[number]

    def states(self) -> dict[str, Cover]:
        found = dict(self.alone)
        for number in range(SHARDS):
            for resource_id in self.owned[number]:
                found[resource_id] = self.state(number, resource_id)
        return {i: state for i, state in found.items() if state is not Cover.COVERED}

    def pass_(self, seconds: float) -> None:
        for state in self.states().values():
            self.seconds[state] += seconds
        self.now += seconds

    def act(self) -> None:
        chance = self.chance
        number = chance.randrange(SHARDS)
        acts = (
            (self.create, self.find, self.assign_missing, self.release, self.delete, self.doubt)
            if chance.random() < 0.6
            else (self.go, self.come, self.acknowledge, self.let_go, self.hand_over, self.strike)
        )
        chance.choice(acts)(number)
        for resource_id, state in self.states().items():
            if self.since.get(resource_id, (None,))[0] is not state:
                self.since[resource_id] = state, self.now

    # --- what may happen ---

    def new(self) -> list[str]:
        self.made += 3
        return [f"t{self.made - at}" for at in range(self.chance.randint(1, 3))]

    def create(self, number: int) -> None:
        self.place(number, self.new())

    def place(self, number: int, ids: list[str]) -> None:
        self.generation[number] += 1
        there = self.cover[number] is Cover.COVERED
        fold = self.chance.random() < 0.5 or not self.acknowledges
        for resource_id in ids:
            self.owned[number][resource_id] = self.generation[number]
            if there and not self.acknowledges:
                self.alone.pop(resource_id, None)
            elif there or not fold or resource_id in self.alone:
                self.alone[resource_id] = Cover.UNOWNED
            else:
                self.need[number] = self.generation[number]
        if fold and not there:
            self.need[number] = self.generation[number]
        self.missing.difference_update(ids)
        used = len(self.owned[number])
        self.ledger.assign(number, frozenset(ids), self.generation[number], used, self.now, fold=fold)

    def find(self, number: int) -> None:
        ids = self.new()
        self.missing.update(ids)
        self.alone.update(dict.fromkeys(ids, Cover.UNOWNED))
        self.ledger.miss(ids, self.now)

    def doubt(self, number: int) -> None:
        ids = self.new()
        self.missing.update(ids)
        self.alone.update(dict.fromkeys(ids, Cover.UNKNOWN))
        self.ledger.miss(ids, self.now, known=False)

    def strike(self, number: int) -> None:
        """A resync: of those that were nowhere, some are no resources any more."""
        kept = {i for i in self.missing if self.chance.random() < 0.5}
        for resource_id in self.missing - kept:
            del self.alone[resource_id]
        for resource_id in kept:
            self.alone[resource_id] = Cover.UNOWNED
        self.missing = kept
        self.ledger.miss_only(kept, self.now)

    def assign_missing(self, number: int) -> None:
        if self.missing:
            self.place(number, self.chance.sample(sorted(self.missing), 1))

    def some(self, number: int) -> list[str]:
        ids = sorted(self.owned[number])
        return self.chance.sample(ids, min(len(ids), 2))

    def delete(self, number: int) -> None:
        ids = self.some(number)
        self.generation[number] += 1
        for resource_id in ids:
            del self.owned[number][resource_id]
            self.alone.pop(resource_id, None)
        used = len(self.owned[number])
        self.ledger.withdraw(number, deleted=ids, leaving=(), used=used, now=self.now)

    def release(self, number: int) -> None:
        ids = self.some(number)
        self.generation[number] += 1
        for resource_id in ids:
            state = self.state(number, resource_id)
            del self.owned[number][resource_id]
            self.leaving[number].add(resource_id)
            if state is not Cover.COVERED:
                self.alone[resource_id] = state
            elif not self.acknowledges:
                self.alone[resource_id] = Cover.UNOWNED
        used = len(self.owned[number])
        self.ledger.withdraw(number, deleted=(), leaving=ids, used=used, now=self.now)

    def go(self, number: int) -> None:
        cover = self.chance.choice((Cover.UNOWNED, Cover.UNKNOWN))
        if self.cover[number] is Cover.COVERED:
            self.need[number] = 0
        self.cover[number] = cover
        for resource_id in self.leaving[number]:
            if self.alone.get(resource_id) is not Cover.UNOWNED:
                self.alone[resource_id] = cover
        self.ledger.stand(
            number,
            cover,
            self.now,
            used=len(self.owned[number]),
            leaving=sorted(self.leaving[number]),
            why="x",
        )

    def come(self, number: int) -> None:
        self.cover[number] = Cover.COVERED
        leaving = sorted(self.leaving[number])
        self.ledger.stand(number, Cover.COVERED, self.now, used=len(self.owned[number]), leaving=leaving)
        if self.acknowledges:
            self.tell(number, max(self.need[number], self.generation[number] - self.chance.randint(0, 1)))
            return
        for resource_id in self.owned[number]:
            self.alone.pop(resource_id, None)
        self.alone.update(dict.fromkeys(leaving, Cover.UNOWNED))

    def acknowledge(self, number: int) -> None:
        if self.cover[number] is Cover.COVERED and self.acknowledges:
            self.tell(number, max(self.need[number], self.generation[number] - self.chance.randint(0, 2)))

    def tell(self, number: int, generation: int) -> None:
        for resource_id, since in self.owned[number].items():
            if since <= generation:
                self.alone.pop(resource_id, None)
        held = sorted(self.leaving[number])
        for resource_id in held:
            self.alone.pop(resource_id, None)
        self.ledger.acknowledge(number, generation, self.now, held=held)

    def let_go(self, number: int) -> None:
        free = sorted(self.leaving[number])
        if self.cover[number] is Cover.COVERED and self.acknowledges:
            self.alone.update(dict.fromkeys(free, Cover.UNOWNED))
            self.ledger.acknowledge(number, 0, self.now, free=free)

    def hand_over(self, number: int) -> None:
        """Free ids go to another shard, or are no resources any more."""
        free = sorted(i for i in self.leaving[number] if self.alone.get(i) is Cover.UNOWNED)
        self.leaving[number].difference_update(free)
        if self.chance.random() < 0.3:
            for resource_id in free:
                del self.alone[resource_id]
            self.ledger.drop(free, self.now)
        elif free:
            self.place(self.chance.randrange(SHARDS), free)


@pytest.mark.parametrize("acknowledges", [True, False])
@settings(max_examples=300)
@given(chance=st.randoms(use_true_random=False), steps=st.integers(1, 60))
def test_the_sums_are_those_of_an_oracle_that_looks_at_every_id(
    acknowledges: bool, chance: Random, steps: int
) -> None:
    oracle = Oracle(chance, acknowledges=acknowledges)
    for _ in range(steps):
        oracle.act()
        states, ledger = oracle.states(), oracle.ledger
        for state in (Cover.UNOWNED, Cover.UNKNOWN):
            assert ledger.open.count(state) == sum(1 for one in states.values() if one is state)
        oracle.pass_(chance.choice((0.0, 0.5, 2.0)))
        for state in (Cover.UNOWNED, Cover.UNKNOWN):
            assert ledger.open.seconds(state, oracle.now) == pytest.approx(oracle.seconds[state])
    ledger = oracle.ledger
    for name, one in ledger.open.named.items():
        assert oracle.alone[name] == one.state
    for number, arrival in ledger.arrivals():
        for name in arrival.ids - arrival.left:
            assert oracle.alone[name] is Cover.UNOWNED
            assert name in oracle.owned[number]


def ledger(**given: int) -> Ledger:
    made = Ledger(0.0, **given)
    made.stand(0, Cover.COVERED, 0.0, used=0)
    return made


def test_what_is_covered_costs_no_memory() -> None:
    one = ledger()
    one.assign(0, frozenset(f"t{number}" for number in range(5_000)), 1, 5_000, 0.0)
    one.acknowledge(0, 1, 1.0)
    assert not one.open.named
    assert not one._shards[0].arriving
    assert one.open.seconds(Cover.UNOWNED, 9.0) == 5_000.0


def test_a_shard_without_its_instance_is_one_mark() -> None:
    one = ledger()
    one.stand(0, Cover.UNOWNED, 0.0, used=0, why="away")
    one.assign(0, frozenset(f"t{number}" for number in range(5_000)), 1, 5_000, 1.0)
    assert not one.open.named
    assert one.open.count(Cover.UNOWNED) == 5_000
    assert [(found.shard, found.count, found.for_s) for found in worst(one, 3.0, 5)] == [(0, 5_000, 3.0)]


def test_more_ids_than_are_named_are_counted_all_the_same() -> None:
    one = ledger(named_at_most=10)
    one.assign(0, frozenset(f"t{number}" for number in range(25)), 1, 25, 0.0)
    one.miss([f"m{number}" for number in range(15)], 0.0)
    assert (one.open.count(Cover.UNOWNED), sum(one.open.unnamed.values())) == (40, 5)
    one.acknowledge(0, 1, 2.0)
    assert one.open.count(Cover.UNOWNED) == 15
    one.assign(0, frozenset(f"m{number}" for number in range(15)), 2, 40, 3.0)
    assert one.open.count(Cover.UNOWNED) == 15
    one.acknowledge(0, 2, 4.0)
    assert one.open.count(Cover.UNOWNED) == 0
    assert one.open.seconds(Cover.UNOWNED, 9.0) == 25 * 2.0 + 15 * 4.0


def test_the_worst_are_named_with_what_they_were_before() -> None:
    one = ledger()
    one.miss(["old"], 0.0)
    one.miss(["again"], 10.0)
    one.strike(["again"], 17.0)
    one.miss(["again", "new"], 20.0)
    running = worst(one, 22.0, 2)
    assert [(found.id, found.for_s, found.total_s) for found in running] == [
        ("old", 22.0, 22.0),
        ("again", 2.0, 9.0),
    ]
    one.strike(["old"], 22.0)
    assert [(found.id, found.state) for found in worst_in_window(one, 23.0, 2)] == [
        ("old", ""),
        ("again", "unowned"),
    ]


def test_what_ended_long_ago_is_forgotten() -> None:
    one = ledger(window=40.0)
    one.miss(["old"], 0.0)
    one.strike(["old"], 5.0)
    assert [found.id for found in worst_in_window(one, 30.0, 2)] == ["old"]
    assert worst_in_window(one, 50.0, 2) == ()


def test_of_many_that_ended_the_longest_are_kept() -> None:
    one = ledger()
    one.miss([f"t{number}" for number in range(3_000)], 0.0)
    for number in range(3_000):
        one.strike([f"t{number}"], float(number))
    assert [found.id for found in worst_in_window(one, 3_000.0, 2)] == ["t2999", "t2998"]
    assert len(one.open.ended.largest(10_000, 3_000.0)) <= 4 * 1_001


def test_overdue_is_what_nobody_serves_for_longer_and_is_not_known_otherwise() -> None:
    one = ledger()
    one.miss(["full", "lost"], 0.0)
    one.miss(["doubted"], 0.0, known=False)
    one.stand(1, Cover.UNOWNED, 1.0, used=7, why="away")
    one.stand(2, Cover.UNOWNED, 1.0, used=0, why="away, and empty")
    one.miss(["fresh"], 25.0)
    assert overdue(one, 40.0, 30.0, {"full"}, 5)[0] == 1
    assert [late.id for late in overdue(one, 40.0, 30.0, {"full"}, 5)[1]] == ["lost"]
    assert [(late.shard, late.count) for late in overdue_shards(one, 40.0, 30.0)] == [(1, 7)]


def test_what_is_not_acknowledged_is_known_by_name() -> None:
    one = ledger()
    one.assign(0, frozenset({"a", "b"}), 1, 2, 0.0)
    assert one.since("a", 0) == (Cover.UNOWNED, 0.0, ARRIVING)
    assert {late.id for late in overdue(one, 40.0, 30.0, (), 5)[1]} == {"a", "b"}
    assert {late.id for late in worst(one, 40.0, 5)} == {"a", "b"}
    one.acknowledge(0, 1, 40.0)
    assert one.since("a", 0) is None
    assert {late.id for late in worst_in_window(one, 41.0, 5)} == {"a", "b"}


def test_two_at_once_are_counted_by_id_and_by_shard() -> None:
    one = ledger()
    one.doubles.exactly({"a", "b"}, "twice in the store", 0.0)
    one.doubles.mark(0, Cover.DOUBLE, 10, 1.0, "two instances")
    assert one.doubles.count(Cover.DOUBLE) == 12
    one.doubles.exactly({"b"}, "twice in the store", 2.0)
    one.doubles.unmark(0, 3.0)
    assert one.doubles.count(Cover.DOUBLE) == 1
    assert one.doubles.seconds(Cover.DOUBLE, 3.0) == 2 * 2.0 + 10 * 2.0 + 1.0


def test_a_moment_that_lies_before_the_latest_counts_as_the_latest() -> None:
    one = ledger()
    one.miss(["a"], 5.0)
    one.miss(["b"], 3.0)
    assert one.open.seconds(Cover.UNOWNED, 6.0) == 2.0
