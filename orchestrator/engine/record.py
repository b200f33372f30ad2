"""Writes into the journal all that one kind takes in, so that its history can be run again.

Each input stands there with the clock at which it was taken, before what follows from it. What is written is
a payload beside the journal's lines (``orchestrator.replay``); a checkpoint, now and then, is where a replay
can begin. Nothing here waits, and nothing here decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from orchestrator.core.hints import Claim
from orchestrator.core.lifecycle import Verdict
from orchestrator.core.model import Shard
from orchestrator.core.moves.handoff import Freed
from orchestrator.core.plan import Transaction
from orchestrator.core.poison.isolation import Orders
from orchestrator.core.traits import Traits
from orchestrator.engine.answers.record import CheckpointTaken
from orchestrator.engine.recorder import Recorder
from orchestrator.replay.inputs import traits_parts
from orchestrator.replay.state import Checkpoint

if TYPE_CHECKING:
    from orchestrator.engine.tenure import Tenure

LINES_BETWEEN = 30_000
IDS_BETWEEN = 1_000_000
"""Lines of the journal, and ids in payloads, after which the next checkpoint is due: the journal, which is
bounded in both, then always holds one with much behind it."""

NOTHING = Orders()

NOBODY: tuple[int | None, frozenset[str]] = None, frozenset()

PLANS = ("plan.", "moves.")
"""Papers that follow from inputs, and are no wish of people."""


class Record:
    """Of one kind, for one term of office, which names the series of its inputs; they are numbered from 0."""

    def __init__(self, tenure: Tenure, recorder: Recorder) -> None:
        self._tenure = tenure
        self._recorder = recorder
        self._series = ""
        self._number = 0
        self._due_at_lines = self._due_at_ids = 0
        self._told_ended: set[tuple[int, int]] = set()
        self._told_fenced: set[tuple[int, int]] = set()
        self._told_waiting: frozenset[int] = frozenset()
        self._told_failing: frozenset[int] = frozenset()
        self._told_aside: tuple[int | None, frozenset[str]] = NOBODY
        self._is_noted = False
        self._wishes = 0

    def checkpoint(self, actor: str = "") -> CheckpointTaken:
        """Write the whole kind as it is believed to be."""
        tenure, view = self._tenure, self._tenure.view
        if not self._series:
            office = tenure.leadership.office
            self._series = f"{tenure.setup.kind}.{0 if office is None else office.epoch}"
        self._told_ended.clear()
        self._told_fenced.clear()
        self._told_waiting = self._told_failing = frozenset()
        self._told_aside = NOBODY
        count = view.count()
        taken = Checkpoint(
            state=view.state,
            shards=dict(view.shards),
            weights=dict(view.weights),
            labels=dict(view.labels),
            papers=dict(view.papers),
            settings=tenure.setup.settings,
            nowhere=tuple(tenure.findings.unplaced),
            awake=tuple(sorted(tenure.roster.awake(view.shards))),
            series=self._series,
            number=self._number,
        )
        self._number += 1
        name, kind = f"{self._series}:{taken.number}", tenure.setup.kind
        self._recorder.input(kind, "checkpoint", count, payload=taken, size=count, actor=actor, detail=name)
        self._due_at_lines = self._recorder.lines + LINES_BETWEEN
        self._due_at_ids = self._recorder.ids + IDS_BETWEEN
        return CheckpointTaken(kind=kind, name=name, ids=count)

    def begin_pass(self, wishes: int) -> None:
        """A pass of the reconciler begins, which is to carry out so many orchestrations.

        A checkpoint is taken where one is due.
        """
        self._is_noted = False
        self._wishes = wishes
        lines, ids = self._recorder.lines, self._recorder.ids
        if not self._series or lines > self._due_at_lines or ids > self._due_at_ids:
            self.checkpoint()

    def take(
        self,
        at: float,
        hints: Mapping[str, Claim],
        free: Sequence[Freed],
        present: Mapping[str, Traits] | None,
        verdicts: Mapping[int, Verdict],
        fenced: Mapping[int, str],
        waiting: Collection[int],
        orders: Orders = NOTHING,
    ) -> None:
        """What this pass goes by; nothing where it brings nothing new."""
        part: dict[str, Any] = {}
        if orders.changes:
            part["quarantine"] = {i: None if e is None else asdict(e) for i, e in orders.changes.items()}
        if (orders.home, orders.aside) != self._told_aside:
            self._told_aside = orders.home, orders.aside
            part["aside"] = [orders.home, sorted(orders.aside)]
        if hints:
            part["hints"] = _by_claim(hints)
        if free:
            part["free"] = [(one.shard, one.ids) for one in free]
        if present is None:
            part["answered"] = False
        elif hints or free:
            asked = [*hints, *(i for one in free for i in one.ids)]
            if absent := [i for i in asked if i not in present]:
                part["absent"] = absent
            part |= traits_parts(present)
        if ended := self._newly_ended(verdicts):
            part["ended"] = ended
        if new := [n for n in fenced if self._is_new(self._told_fenced, n)]:
            part["fenced"] = [(n, fenced[n]) for n in new]
        if waiting != self._told_waiting:
            self._told_waiting = frozenset(waiting)
            part["waiting"] = sorted(waiting)
        if self._tenure.view.state.rebalance is not None:
            failing = frozenset(n for n, one in self._tenure.roster.members.items() if one.failures)
            if failing != self._told_failing:
                self._told_failing = failing
                part["failing"] = sorted(failing)
        if not part:
            return
        given = sum(len(one.ids) for one in free)
        size = len(hints) + given + (len(orders.aside) if "aside" in part else 0)
        if self._wishes:
            part["wishes"] = self._wishes
        self._is_noted = True
        verb = "hints" if hints else "released" if free else "instances"
        shown = tuple(hints)[:128]
        self._input(verb, "pass", part, at=at, count=len(hints) or given, ids=shown, size=size)

    def decided(self, at: float) -> None:
        """Something is about to be written that no new input led to: the time had come."""
        if not self._is_noted:
            self._is_noted = True
            self._input("turn", "pass", {}, at=at)

    def heard(self, shard: Shard) -> None:
        """The shard's instance answered for the first time."""
        self._input("heard", "heard", {"shard": shard.number}, shard=shard.number)

    def weighed(self, changed: Mapping[str, Traits]) -> None:
        """The catalog says something else of these ids than it did."""
        if changed:
            part = {"ids": list(changed), **traits_parts(changed)}
            self._input("traits", "traits", part, count=len(changed), size=len(changed))

    def compared(self, count: int, detail: str) -> None:
        """Catalog and store were compared in full."""
        self._input("resync", "resync", {}, count=count, detail=detail)

    def wished(self, plan_id: str, fresh: Sequence[str], count: int, actor: str, **asked: int | None) -> None:
        """An orchestration, before it is written. ``fresh``: ids of the catalog that stand nowhere."""
        part = {
            "planId": plan_id,
            "fresh": fresh,
            "count": count,
            "maxInstances": asked.get("max_instances"),
            "resourcePerInstance": asked.get("resource_per_instance"),
            "shards": asked.get("shards"),
        }
        said = ", ".join(f"{name} {value}" for name, value in asked.items() if value is not None)
        self._input(
            "orchestrate", "orchestrate", part, count=count, actor=actor, detail=said, size=len(fresh)
        )

    def wrote(self, transaction: Transaction) -> None:
        """Papers in which people say what they wish, and whether the kind is to rest."""
        before, after = transaction.before, transaction.after
        if before is not None and before.paused is not after.paused:
            self._input("paused", "paused", {"paused": after.paused}, detail=str(after.paused).lower())
        for change in transaction.papers:
            if not change.name.startswith(PLANS):
                body = None if change.after is None else change.after.body.decode(errors="replace")
                self._input("paper", "paper", {"name": change.name, "body": body}, detail=change.name)

    def _newly_ended(self, verdicts: Mapping[int, Verdict]) -> list[tuple[int, str, str]]:
        found = []
        for number, verdict in verdicts.items():
            shard = self._tenure.view.shards.get(number)
            is_it = shard is not None and shard.incarnation == verdict.incarnation
            if is_it and self._is_new(self._told_ended, number):
                found.append((number, verdict.reason.value, verdict.detail))
        return found

    def _is_new(self, told: set[tuple[int, int]], number: int) -> bool:
        name = number, self._tenure.view.shards[number].incarnation
        if name in told:
            return False
        told.add(name)
        return True

    def _input(self, verb: str, type_: str, part: dict[str, Any], **more: Any) -> None:
        if not self._series:
            self.checkpoint()
        payload = ({"type": type_, "series": self._series, "n": self._number, **part},)
        self._number += 1
        self._recorder.input(self._tenure.setup.kind, verb, more.pop("count", 0), payload=payload, **more)


def _by_claim(hints: Mapping[str, Claim]) -> dict[str, list[str]]:
    by_claim: dict[str, list[str]] = {}
    for resource_id, claim in hints.items():
        by_claim.setdefault(claim.value, []).append(resource_id)
    return by_claim
