"""One kind on a virtual clock: its view, what is known of its instances, and the passes over both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from types import MappingProxyType

from orchestrator.core.balance.orchestration import plan_orchestration
from orchestrator.core.balance.preview import planned_moves
from orchestrator.core.decisions import Plan, Refused, ShardChange
from orchestrator.core.draft import Draft
from orchestrator.core.hints import Claim
from orchestrator.core.lifecycle import Verdict, plan_instances
from orchestrator.core.model import Instance, Shard, id_fault
from orchestrator.core.moves.handoff import Freed
from orchestrator.core.poison.isolation import Orders, carry_out
from orchestrator.core.poison.quarantine import Entry
from orchestrator.core.policy import KindPolicy
from orchestrator.core.settling import plan_ids
from orchestrator.core.traits import PLAIN, Traits
from orchestrator.core.view import View
from orchestrator.replay.inputs import WHOLE, Aside, Cut, Wish
from orchestrator.replay.moving import Moving
from orchestrator.replay.score import Scorer
from orchestrator.replay.state import Checkpoint

DIGITS = 9

NOBODY: Mapping[str, Entry | None] = MappingProxyType({})


class ReplayedKind:
    """``changed``: is told of each shard that a commit changed. ``catalog``: what is known to be listed."""

    def __init__(self, start: Checkpoint, policy: KindPolicy, at: float) -> None:
        self.policy = policy
        self.limits = start.limits
        self.view: View = start.view(policy)
        self.awake: set[int] = set(start.awake)
        self.waiting: frozenset[int] = frozenset()
        self.failing: frozenset[int] = frozenset()
        self.verdicts: dict[int, Verdict] = {}
        self.fenced: dict[int, str] = {}
        self.catalog: dict[str, Traits] = {i: start.traits(i) for i in _listed(self.view, start.nowhere)}
        self.nowhere: set[str] = set(start.nowhere)
        self.aside: Aside = (None, frozenset())
        self.scorer = Scorer(at)
        self.changed: Callable[[ShardChange], None] = lambda change: None
        self._moving = Moving(policy)
        self._moving.take_up(self.view)
        self._names = count(1)

    def draft(self) -> Draft:
        return Draft(self.view, self.policy, lambda: f"op-{next(self._names):0{DIGITS}}", self.limits)

    def adopt(self, checkpoint: Checkpoint) -> None:
        """From now on the kind is as the checkpoint says."""
        self.view = checkpoint.view(self.policy)
        self.limits = checkpoint.limits
        self._moving.take_up(self.view)
        self.awake = set(checkpoint.awake)
        self.nowhere = set(checkpoint.nowhere)
        for resource_id in _listed(self.view, checkpoint.nowhere):
            self.catalog[resource_id] = checkpoint.traits(resource_id)

    # --- what comes in ---

    def listed(self, asked: Iterable[str], present: Mapping[str, Traits]) -> None:
        """The catalog was asked for these ids, and lists those that are present."""
        for resource_id in asked:
            if resource_id in present:
                self.catalog[resource_id] = present[resource_id]
            else:
                self.catalog.pop(resource_id, None)
                self.nowhere.discard(resource_id)

    def learn(self, traits: Mapping[str, Traits]) -> None:
        """The catalog says something else of these ids."""
        for resource_id, found in traits.items():
            self.view.tell(resource_id, found.weight, found.labels)
            if resource_id in self.catalog:
                self.catalog[resource_id] = found
        self.view.learn({})

    def write_paper(self, name: str, body: bytes | None) -> None:
        draft = self.draft()
        if body is None:
            draft.remove_paper(name)
        else:
            draft.write_paper(name, body)
        self._commit(draft.plan())

    # --- what follows ---

    def pass_(
        self,
        at: float,
        hints: Mapping[str, Claim],
        free: Mapping[int, Iterable[str]],
        *,
        is_known: bool = True,
        quarantine: Mapping[str, Entry | None] = NOBODY,
        cut: Cut = WHOLE,
    ) -> bool:
        """One pass; whether something was written. ``is_known``: the catalog answers. ``quarantine``: who is
        set apart from now on, None: let out."""
        gone = self._freed(free)
        asked = [*hints, *(i for one in gone for i in one.ids)]
        present = {i: self.catalog[i] for i in asked if i in self.catalog} if is_known else None
        draft = self.draft()
        home, aside = self.aside
        carry_out(draft, Orders(changes=quarantine, home=home, aside=aside))
        outcome = plan_ids(draft, self.view, gone, hints, present, self.limits, wall=at)
        plan_instances(draft, verdicts=self.verdicts, fenced=self.fenced, waiting=self.waiting)
        is_new = self._commit(draft.plan(), cut.plan)
        if cut.plan is None:
            self.nowhere.update(outcome.unplaced)
        if present is not None:
            self.nowhere.update(i for i in present if i not in self.view.index)
        self.nowhere = {i for i in self.nowhere if i not in self.view.index and i in self.catalog}
        return is_new

    def orchestrate(self, wish: Wish, more: Iterable[str] = ()) -> None:
        """``more``: ids of the catalog that stand nowhere here, beside those that did when recorded."""
        for resource_id in wish.fresh:
            self.catalog.setdefault(resource_id, PLAIN)
        known = dict.fromkeys([*wish.fresh, *more])
        fresh = [i for i in known if i not in self.view.index and id_fault(i) is None]
        draft = self.draft()
        goal = plan_orchestration(
            draft,
            fresh,
            wish.count,
            wish.plan_id,
            max_instances=wish.max_instances,
            resource_per_instance=wish.resource_per_instance,
            shards=wish.shards,
        )
        if isinstance(goal, Refused):
            self.scorer.refused.append(" ".join([goal.detail, *goal.reasons]))
            return
        plan = draft.plan()
        is_needed = goal.changed and draft.state.rebalance is not None
        moves = list(planned_moves(draft, goal)) if is_needed else []
        self._commit(plan, wish.cut.plan)
        if goal.changed and wish.cut.plan != 0:
            is_listed = wish.cut.plan is None and wish.cut.is_listed
            self._moving.begin(moves if is_listed else (), self.view)
        self.nowhere = {i for i in self.nowhere if i not in self.view.index}

    def step(self, at: float, cut: Cut = WHOLE) -> bool:
        """Take an orchestration under way on; whether something was written."""
        if self.view.state.rebalance is None or cut.step == 0:
            return False
        draft = self.draft()
        self._moving.step(draft, self.view, frozenset(self.answering()), self.coming(), at)
        is_new = self._commit(draft.plan(), cut.step)
        if cut.step is None:
            self._moving.note()
        return is_new

    def rest(self, *, paused: bool) -> None:
        draft = self.draft()
        draft.amend_state(paused=paused)
        self._commit(draft.plan())

    def is_as(self, checkpoint: Checkpoint) -> bool:
        """Whether all shards are as the checkpoint has them."""
        return {n: _form(s) for n, s in self.view.shards.items()} == {
            n: _form(s) for n, s in checkpoint.shards.items()
        }

    def answering(self) -> set[int]:
        shards = self.view.shards
        return {n for n in self.awake if n in shards and shards[n].instance is Instance.LIVE}

    def coming(self) -> frozenset[int]:
        live = {n for n, shard in self.view.shards.items() if shard.instance is Instance.LIVE}
        return frozenset(live - self.awake - self.failing)

    def shard(self, number: int) -> Shard | None:
        return self.view.shards.get(number)

    def owned(self) -> dict[str, int]:
        """Each id that a shard owns, with the shard."""
        return {i: number for number, shard in self.view.shards.items() for i in shard.ids()}

    def _freed(self, free: Mapping[int, Iterable[str]]) -> list[Freed]:
        found = []
        for number, shard in self.view.shards.items():
            if number not in free:
                continue
            gone = frozenset(free[number])
            for _, entry in shard.entries():
                ids = tuple(i for i in entry.ids if i in gone)
                if ids:
                    found.append(Freed(shard=number, to=entry.to, ids=ids))
        return found

    def _commit(self, plan: Plan, most: int | None = None) -> bool:
        """``most``: transactions that were written; None: all."""
        transactions = plan.transactions[:most]
        for transaction in transactions:
            self._moving.follow(transaction, self.view, self.scorer.at)
            self.view.apply(transaction)
            self.scorer.committed(transaction)
            for change in transaction.changes:
                self._follow(change)
                self.changed(change)
        return bool(transactions)

    def _follow(self, change: ShardChange) -> None:
        before, after = change.before, change.after
        is_same = before is not None and after is not None and before.incarnation == after.incarnation
        if not is_same:
            self.awake.discard(change.number)
            self.verdicts.pop(change.number, None)
        if after is None or after.instance is not Instance.STOPPING:
            self.fenced.pop(change.number, None)


def _listed(view: View, nowhere: Iterable[str]) -> Iterable[str]:
    """What the catalog lists when the recording begins: all but those that are let go of for good."""
    for shard in view.shards.values():
        yield from shard.ids()
        for _, entry in shard.entries():
            if entry.to is not None:
                yield from entry.ids
    yield from nowhere


def _form(shard: Shard) -> tuple[object, ...]:
    return shard.generation, shard.incarnation, shard.instance, shard.state, shard.used, shard.releasing
