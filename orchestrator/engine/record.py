"""Writes into the journal all that one kind takes in, so that its history can be run again.

Each input stands there with the clock at which it was taken, before what follows from it. What is written is
a payload beside the journal's lines (``orchestrator.replay``); a checkpoint, now and then, is where a replay
can begin. Nothing here waits, and nothing here decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orchestrator.core.decisions import Transaction
from orchestrator.core.hints import Claim
from orchestrator.core.lifecycle import Verdict
from orchestrator.core.model import Shard
from orchestrator.core.moves.handoff import Freed
from orchestrator.core.poison.isolation import Orders
from orchestrator.core.traits import Traits
from orchestrator.engine.answers.record import CheckpointTaken
from orchestrator.engine.news import News
from orchestrator.engine.progress import Progress
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

PLANS = ("plan.", "plans", "moves.")
"""Papers that follow from inputs, and are no wish of people."""


class Record:
    """Of one kind, for one term of office, which names the series of its inputs; they are numbered from 0."""

    def __init__(self, tenure: Tenure, recorder: Recorder) -> None:
        self._tenure = tenure
        self._recorder = recorder
        self._series = ""
        self._number = 0
        self._due_at_lines = self._due_at_ids = 0
        self._news = News()
        self._is_noted = False
        self._wishes = 0
        self._progress = Progress()

    def checkpoint(self, actor: str = "") -> CheckpointTaken:
        """Write the whole kind as it is believed to be."""
        tenure, view = self._tenure, self._tenure.view
        if not self._series:
            office = tenure.leadership.office
            self._series = f"{tenure.setup.kind}.{0 if office is None else office.epoch}"
        self._news = News()
        count = view.count()
        taken = Checkpoint(
            state=view.state,
            shards=dict(view.shards),
            weights=dict(view.weights),
            labels=dict(view.labels),
            papers=dict(view.papers),
            settings=tenure.setup.settings,
            limits=tenure.setup.limits,
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
        self._progress.end()
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
        part = self._news.of_pass(
            self._tenure.view, self._tenure.roster, hints, free, present, verdicts, fenced, waiting, orders
        )
        if not part:
            return
        given = sum(len(one.ids) for one in free)
        size = len(hints) + given + (len(orders.aside) if "aside" in part else 0)
        if self._wishes:
            part["wishes"] = self._wishes
        verb = "hints" if hints else "released" if free else "instances"
        shown = tuple(hints)[:128]
        self._input(verb, "pass", part, at=at, count=len(hints) or given, ids=shown, size=size)
        self._begin(is_stepped=not self._wishes)

    def stepping(self, at: float) -> None:
        """The next step of the moves under way is planned by what is known now, at the end of a pass."""
        of = self._progress.of
        if of is not None and (of + 1 < self._number or not self._progress.is_stepped):
            # it does not follow from that input alone
            self.cut_short()
            self._turn(at, is_step=True)

    def decided(self, at: float, *, is_step: bool = False) -> None:
        """Something is about to be written; where no new input led to it, the time had come.

        ``is_step``: the next step of the moves under way, at the end of a pass.
        """
        if not self._is_noted:
            self._turn(at, is_step=is_step)
        if is_step:
            self._progress.begin_step(self._tenure.view)

    def written(self) -> None:
        """What was decided is written to its end."""
        self._progress.written()

    def cut_short(self) -> None:
        """Nothing more follows from the last input of the pass: what was not written is planned anew."""
        if (part := self._progress.cut(self._tenure.view)) is not None:
            self._is_noted = False
            self._input("cut", "cut", part)

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
        if self._progress.is_stepped:
            self.cut_short()
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
        self._begin(plan_id=plan_id)

    def wrote(self, transaction: Transaction) -> None:
        """Papers in which people say what they wish, and whether the kind is to rest."""
        before, after = transaction.before, transaction.after
        if before is not None and before.paused is not after.paused:
            self._input("paused", "paused", {"paused": after.paused}, detail=str(after.paused).lower())
        for change in transaction.papers:
            if not change.name.startswith(PLANS):
                body = None if change.after is None else change.after.body.decode(errors="replace")
                self._input("paper", "paper", {"name": change.name, "body": body}, detail=change.name)

    def _turn(self, at: float, *, is_step: bool) -> None:
        self._input("turn", "pass", {"isStep": True} if is_step else {}, at=at)
        self._begin()

    def _begin(self, **how: Any) -> None:
        self._is_noted = True
        self._progress.begin(self._number - 1, self._tenure.view, **how)

    def _input(self, verb: str, type_: str, part: dict[str, Any], **more: Any) -> None:
        if not self._series:
            self.checkpoint()
        payload = ({"type": type_, "series": self._series, "n": self._number, **part},)
        self._number += 1
        self._recorder.input(self._tenure.setup.kind, verb, more.pop("count", 0), payload=payload, **more)
