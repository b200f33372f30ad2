"""Whatever happens to a kind, in whatever order: the laws hold, and it comes to rest where it should."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from orchestrator.core.balance.orchestration import Goal
from orchestrator.core.decisions import Reason
from orchestrator.core.hints import Claim
from orchestrator.core.lifecycle import Verdict
from orchestrator.core.model import Instance, KindState, Protocol
from orchestrator.core.policy import KindPolicy, Limits
from tests.core.worlds import World

MOST_SHARDS = 8
CUTS = st.none() | st.integers(0, 3)
"""A crash after so many transactions of a plan, or none."""


class AnyHistory(RuleBasedStateMachine):
    world: World

    @initialize(
        protocol=st.sampled_from(Protocol),
        chunk_size=st.sampled_from([2, 5, 128]),
        move_floor=st.integers(0, 9),
        operations=st.sampled_from([60, 480]),
        each=st.integers(2, 12),
        ids=st.integers(0, 30),
    )
    def begin(
        self, protocol: Protocol, chunk_size: int, move_floor: int, operations: int, each: int, ids: int
    ) -> None:
        policy = KindPolicy(
            protocol=protocol,
            chunk_size=chunk_size,
            move_floor=move_floor,
            init_instances=3,
            max_max_instances=MOST_SHARDS,
            removal_floor=5,
        )
        state = KindState(kind="Thing", resource_per_instance=each, max_instances=MOST_SHARDS)
        self.world = World(policy=policy, limits=Limits(operations=operations), state=state)
        self.next_id = 0
        self.create(ids, known=False, cut=None)

    @rule(number=st.integers(1, 12), known=st.booleans(), cut=CUTS)
    def create(self, number: int, known: bool, cut: int | None) -> None:
        ids = [f"t{self.next_id + i}" for i in range(number)]
        self.next_id += number
        self.world.add(*ids)
        if known:
            self.world.reconcile(dict.fromkeys(ids, Claim.CREATED), at_most=cut)

    @rule(data=st.data(), claim=st.sampled_from([None, *Claim]), cut=CUTS)
    def delete(self, data: st.DataObject, claim: Claim | None, cut: int | None) -> None:
        ids = self._some(data, sorted(self.world.catalog))
        self.world.drop(*ids)
        if claim is not None:
            self.world.reconcile(dict.fromkeys(ids, claim), at_most=cut)

    @rule(data=st.data(), known=st.booleans())
    def create_again(self, data: st.DataObject, known: bool) -> None:
        ids = self._some(data, sorted(self.world.view.index.keys() - self.world.catalog.keys()))
        self.world.add(*ids)
        if known:
            self.world.reconcile(dict.fromkeys(ids, Claim.CREATED))

    @rule(data=st.data(), claim=st.sampled_from(Claim))
    def hint_what_is_not_so(self, data: st.DataObject, claim: Claim) -> None:
        ids = self._some(data, sorted(self.world.view.index))
        self.world.reconcile(dict.fromkeys(ids, claim))

    @rule(
        most=st.none() | st.integers(3, MOST_SHARDS),
        each=st.none() | st.integers(1, 15),
        cut=CUTS,
    )
    def orchestrate(self, most: int | None, each: int | None, cut: int | None) -> None:
        self.world.orchestrate(most=most, each=each, at_most=cut)

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        for number in self._some(data, sorted(self.world.view.shards)):
            shard = self.world.view.shards[number]
            leaving = sorted(i for _, entry in shard.entries() for i in entry.ids)
            self.world.acknowledge(number, self._some(data, leaving))

    @rule(is_catalog_known=st.booleans(), seconds=st.integers(0, 20), cut=CUTS)
    def go_on(self, is_catalog_known: bool, seconds: int, cut: int | None) -> None:
        self.world.now += seconds
        self.world.reconcile(is_catalog_known=is_catalog_known, at_most=cut)

    @rule(data=st.data())
    def replace_instances(self, data: st.DataObject) -> None:
        shards = self.world.view.shards
        verdicts = {
            n: Verdict(incarnation=shards[n].incarnation - data.draw(st.integers(0, 1)), reason=Reason.SILENT)
            for n in self._some(data, sorted(shards))
        }
        stopping = sorted(n for n, s in shards.items() if s.instance is Instance.STOPPING)
        self.world.reconcile(
            verdicts=verdicts,
            fenced=self._some(data, stopping),
            waiting=self._some(data, sorted(shards)),
        )

    @rule(most=st.none() | st.integers(3, MOST_SHARDS), each=st.none() | st.integers(1, 15))
    def orchestrate_in_the_middle_and_rest(self, most: int | None, each: int | None) -> None:
        """What an earlier orchestration has under way does not spoil the shares of the next one."""
        if not self.world.catalog.keys() >= self.world.view.index.keys():
            return
        if isinstance(self.world.orchestrate(most=most, each=each), Goal):
            self.world.settle()
            assert self.world.spread() <= 1

    @rule()
    def lose_the_leader(self) -> None:
        self.world.load()
        self.world.reports.clear()
        self.world.seen.clear()

    @rule()
    def come_to_rest(self) -> None:
        self.world.settle()
        view = self.world.view
        assert view.state.rebalance is None or not self._room()
        placed, listed = self.world.owned(), set(self.world.catalog)
        assert placed <= listed
        if self._room() or not view.shards:
            assert not [n for n, shard in view.shards.items() if not shard.is_active]
            assert placed == listed or not view.shards
        assert not any(shard.releasing for shard in view.shards.values())
        if isinstance(self.world.orchestrate(), Goal):
            self.world.settle()
            assert self.world.owned() == listed
            assert self.world.spread() <= 1
            assert set(self.world.moves.values()) <= {1}
            done = self.world.transactions
            again = self.world.orchestrate()
            assert isinstance(again, Goal)
            assert not again.changed
            assert self.world.transactions == done

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.come_to_rest()

    def _room(self) -> bool:
        """Whether everything fits into the active shards that there are or may be."""
        view = self.world.view
        active = [shard for shard in view.shards.values() if shard.is_active]
        more = view.state.max_instances - len(active)
        room = sum(max(s.capacity[0], s.used) for s in active) + more * view.state.resource_per_instance
        return room >= len(self.world.catalog)

    def _some(self, data: st.DataObject, among: list[Any]) -> list[Any]:
        return data.draw(st.lists(st.sampled_from(among), unique=True, max_size=6)) if among else []


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
