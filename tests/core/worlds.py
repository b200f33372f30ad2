"""A kind with its catalog, its instances and a clock, taken on by the core the way the engine does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count

from orchestrator.core.balance.orchestration import Goal, continue_rebalance, plan_orchestration
from orchestrator.core.decisions import Plan, Reason, Refused, ShardChange
from orchestrator.core.differences import compare
from orchestrator.core.draft import Draft
from orchestrator.core.hints import Claim, Outcome, plan_hints, release_deleted
from orchestrator.core.lifecycle import Verdict, plan_instances
from orchestrator.core.model import ONE, Instance, KindState, Protocol, Vector
from orchestrator.core.moves.handoff import Freed, Report, freed, settle
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.traits import Labels, Traits, labels_of
from orchestrator.core.view import View
from tests.core.laws import check_transaction, check_view, weight_on


@dataclass
class World:
    """``checked``: whether the laws are verified with each transaction."""

    policy: KindPolicy = field(default_factory=KindPolicy)
    limits: Limits = field(default_factory=Limits)
    state: KindState = field(default_factory=lambda: KindState(kind="Thing"))
    dimensions: int = 1
    checked: bool = True
    catalog: dict[str, Vector] = field(default_factory=dict)
    labels: dict[str, Labels] = field(default_factory=dict)
    reports: dict[int, Report] = field(default_factory=dict)
    now: float = 1000.0
    seen: dict[int, dict[int, float]] = field(default_factory=dict)
    moves: Counter[str] = field(default_factory=Counter)
    """How often each id was taken out of its shard to go elsewhere, since the last orchestration."""
    transactions: int = 0

    def __post_init__(self) -> None:
        self.view = View.of(self.state, {}, dimensions=self.dimensions)
        self._names = count()

    def draft(self) -> Draft:
        return Draft(self.view, self.policy, lambda: f"op-{next(self._names)}", self.limits)

    def add(self, *ids: str, weight: Vector = ONE, **labels: str) -> None:
        self.catalog.update(dict.fromkeys(ids, weight))
        if labels:
            self.labels.update(dict.fromkeys(ids, labels_of(labels)))

    def drop(self, *ids: str) -> None:
        for resource_id in ids:
            self.catalog.pop(resource_id, None)

    def said(self, ids: Iterable[str]) -> dict[str, Traits]:
        """What the catalog says of those of the ids that it lists."""
        return {i: Traits(self.catalog[i], self.labels.get(i, ())) for i in ids if i in self.catalog}

    # --- what the engine does ---

    def commit(self, plan: Plan, *, at_most: int | None = None) -> bool:
        """Apply the plan, or its beginning and then a load from the store, as after a crash."""
        free = self.free()
        for transaction in plan.transactions[:at_most]:
            over = {n: weight_on(self.view, n) for n in self.view.shards}
            if self.checked:
                check_transaction(self.view, transaction, self.policy, free)
            self._count_moves(transaction.changes)
            self.view.apply(transaction)
            self.transactions += 1
            if self.checked:
                check_view(self.view, self.policy, over=over)
        if at_most is None or at_most >= len(plan.transactions):
            return True
        self.load()
        return False

    def load(self) -> None:
        self.view = View.of(
            self.view.state,
            self.view.shards,
            dimensions=self.dimensions,
            weights=self.view.weights,
            labels=self.view.labels,
            watched=self.view.groups.watched,
            papers=self.view.papers,
        )

    def freed(self) -> list[Freed]:
        return [
            one
            for shard in self.view.shards.values()
            for one in freed(
                shard,
                self.reports.get(shard.number),
                self.policy,
                now=self.now,
                first_seen=self._watch(shard.number),
            )
        ]

    def free(self) -> set[tuple[int, str]]:
        return {(one.shard, i) for one in self.freed() for i in one.ids}

    def orchestrate(
        self,
        *,
        most: int | None = None,
        each: int | None = None,
        at_most: int | None = None,
    ) -> Goal | Refused:
        self.view.learn(self.said(self.catalog))
        fresh = [i for i in self.catalog if i not in self.view.index]
        draft = self.draft()
        goal = plan_orchestration(
            draft, fresh, len(self.catalog), "p", max_instances=most, resource_per_instance=each
        )
        if isinstance(goal, Goal):
            self.moves.clear()
            if goal.changed:
                continue_rebalance(draft)
            self.commit(draft.plan(), at_most=at_most)
        return goal

    def reconcile(
        self,
        hints: Mapping[str, Claim] | None = None,
        *,
        is_catalog_known: bool = True,
        verdicts: Mapping[int, Verdict] | None = None,
        fenced: Collection[int] = (),
        waiting: Collection[int] = (),
        at_most: int | None = None,
    ) -> Outcome:
        """One pass: free ids, hints, instances, then a step of the orchestration under way."""
        hints = hints or {}
        free = self.freed()
        asked = {*hints, *(i for one in free for i in one.ids)}
        present = self.said(asked) if is_catalog_known else None
        draft = self.draft()
        settle(draft, free, present)
        release_deleted(draft, [i for i in self.view.duplicates if draft.is_owned(i)], Reason.DOUBLED)
        outcome = Outcome()
        if hints and present is not None:
            outcome = plan_hints(draft, hints, present, self.limits, wall=self.now)
        plan_instances(draft, verdicts=verdicts or {}, fenced=dict.fromkeys(fenced, "ended"), waiting=waiting)
        if self.commit(draft.plan(), at_most=at_most):
            draft = self.draft()
            continue_rebalance(draft)
            self.commit(draft.plan(), at_most=at_most)
        return outcome

    # --- what the world does ---

    def acknowledge(self, number: int, pending: Iterable[str] = ()) -> None:
        """The shard's instance reports what it has applied, and what it has yet to let go of."""
        shard = self.view.shards[number]
        if shard.instance is not Instance.NONE:
            self.reports[number] = Report(
                incarnation=shard.incarnation, generation=shard.generation, pending=frozenset(pending)
            )

    def round(self) -> int:
        """Everybody does what is asked, and every difference is found; how many transactions it took."""
        before = self.transactions
        for number in self.view.shards:
            self._watch(number)
            self.acknowledge(number)
        self.now += self.policy.seed_release_wait + 1
        stopping = [n for n, s in self.view.shards.items() if s.instance is Instance.STOPPING]
        found = list(compare(self.view, list(self.catalog)))[-1]
        hints = dict.fromkeys(found.surplus, Claim.ACCEPTED) | dict.fromkeys(found.missing, Claim.FOUND)
        self.reconcile(hints, fenced=stopping)
        goal = self.view.state.rebalance
        if goal is not None and not goal.is_planned:
            self.orchestrate()
        return self.transactions - before

    def settle(self, rounds: int = 500) -> None:
        """Until there is nothing left to do. Fails when that never comes."""
        for _ in range(rounds):
            if self.round() == 0:
                return
        raise AssertionError(f"still at work after {rounds} rounds: {self.view.state}")

    def put_by_hand(self, change: ShardChange) -> None:
        """A change of the store that no transaction of ours made."""
        self.view.put(change)

    def spread(self) -> int:
        used = [shard.used for shard in self.view.shards.values() if shard.is_active]
        return max(used) - min(used)

    def owner(self, resource_id: str) -> int | None:
        place = self.view.index.get(resource_id)
        if place is None or resource_id not in self.view.shards[place.shard].chunks[place.chunk].ids:
            return None
        return place.shard

    def owned(self) -> set[str]:
        return {i for shard in self.view.shards.values() for i in shard.ids()}

    def uses(self) -> dict[int, int]:
        return {n: shard.used for n, shard in sorted(self.view.shards.items())}

    def _watch(self, number: int) -> dict[int, float]:
        shard = self.view.shards[number]
        known = self.seen.get(number, {})
        now = {e.generation: known.get(e.generation, self.now) for _, e in shard.entries()}
        self.seen[number] = now
        return now

    def _count_moves(self, changes: Iterable[ShardChange]) -> None:
        for change in changes:
            if change.before is not None and change.after is not None:
                old = {i for _, e in change.before.entries() for i in e.ids}
                new = {i for _, e in change.after.entries() if e.to is not None for i in e.ids}
                self.moves.update(new - old)


def world_of(
    ids: int, *, protocol: Protocol = Protocol.V1, each: int = 5000, most: int = 100, **fields: int
) -> World:
    """A settled kind of so many ids, ``t0`` and on. ``fields``: of the policy."""
    policy = KindPolicy(protocol=protocol, max_max_instances=200, **fields)  # type: ignore[arg-type]
    state = KindState(kind="Thing", resource_per_instance=each, max_instances=most)
    world = World(policy=policy, state=state)
    world.add(*(f"t{i}" for i in range(ids)))
    assert isinstance(world.orchestrate(), Goal)
    world.settle()
    return world


def asked(world: World, *, most: int | None = None, each: int | None = None) -> Goal:
    """Orchestrate; fails when that is refused."""
    goal = world.orchestrate(most=most, each=each)
    assert isinstance(goal, Goal), goal
    return goal
