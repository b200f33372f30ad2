"""The one writer of a kind: takes what is waiting, asks the catalog, plans, commits, passes on.

All that arrives while a transaction is in flight goes into the next pass (group commit).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

import structlog
from structlog.contextvars import bind_contextvars

from orchestrator.core.decisions import Plan
from orchestrator.core.draft import Draft
from orchestrator.core.hints import Claim, Outcome
from orchestrator.core.lifecycle import plan_instances
from orchestrator.core.moves.handoff import Freed, freed
from orchestrator.core.poison.isolation import Orders, carry_out, kept_aside
from orchestrator.core.settling import plan_ids
from orchestrator.core.traits import Traits
from orchestrator.engine.asking import ask, settled_on
from orchestrator.engine.inbox import Batch, OrchestrateWish
from orchestrator.engine.orchestrate import answer_wishes
from orchestrator.engine.plans.course import Course
from orchestrator.engine.plans.errand import Errand, carry_out_errands
from orchestrator.engine.poison.poison import Poison
from orchestrator.engine.second_looks import Looks
from orchestrator.engine.tenure import Tenure
from orchestrator.engine.timers import Timers
from orchestrator.errors import Doubtful, NotNow, Permanent, Unavailable

log = structlog.get_logger()

CONFLICTS_IN_A_ROW = 5
PAUSE_AFTER_FAILURE_S = 0.5
LARGE = 1_000
"""Ids beyond which a pass is planned away from the event loop."""


class Reconciler:
    def __init__(self, tenure: Tenure, poison: Poison) -> None:
        self._tenure = tenure
        self._poison = poison
        self._setup = tenure.setup
        self._clock = tenure.around.clock
        self._timers = Timers()
        self._looks = Looks(self._timers, tenure.setup.look_again_after, tenure.inbox.hint)
        self._looks_soon = False
        self._passed_at = 0.0
        self._passes = 0
        self._taken: list[OrchestrateWish | Errand] = []
        self.course = Course(tenure)

    async def run(self) -> None:
        """Reconcile for ever, or until the office is lost."""
        while not self._tenure.leadership.lost.is_set():
            await self._wait()
            await self._one_pass()

    def close(self) -> None:
        """At the end of the office: no timer goes off any more, and nobody is left without an answer."""
        self._timers.close()
        self._tenure.moves.close()
        self._tenure.weighing.close()
        self._tenure.inbox.give_up_accepted("this orchestrator is not the leader any more")
        why = "this orchestrator is not the leader any more"
        for taken in self._taken:
            if not taken.answer.done():
                taken.answer.set_exception(Doubtful(f"{why}: look whether it was carried out"))
        for wish in self._tenure.inbox.close():
            if not wish.answer.done():
                wish.answer.set_exception(NotNow(why))

    @property
    def is_orchestrating(self) -> bool:
        """Whether somebody waits for an orchestration that is being carried out."""
        return any(not wish.answer.done() for wish in self._taken)

    async def _wait(self) -> None:
        tenure = self._tenure
        at = tenure.roster.wake_at(self._passed_at)
        if at is None:
            await tenure.inbox.wait()
            return
        try:
            async with asyncio.timeout(max(0.0, at - self._clock.monotonic())):
                await tenure.inbox.wait()
        except TimeoutError:
            return

    async def _one_pass(self) -> None:
        findings, recorder = self._tenure.findings, self._tenure.recorder
        self._passed_at = self._clock.monotonic()
        self._passes += 1
        # Every line of the log that this pass causes can be found by it.
        bind_contextvars(stimulus=f"{self._setup.kind}-pass-{self._passes}")
        batch = self._tenure.inbox.take()
        self._taken = [*batch.orchestrate, *batch.errands]
        wishes = sum(not wish.dry_run for wish in batch.orchestrate)
        self._tenure.beside("record", self._tenure.record.begin_pass, wishes)
        try:
            if batch.reread:
                await self._tenure.reload()
            self._tenure.weighing.take_over()
            await self._carry_out(batch)
            findings.trouble = ""
        except NotNow as error:
            findings.trouble = str(error)
            self._retry(batch)
            await self._clock.sleep(PAUSE_AFTER_FAILURE_S)
        except (Unavailable, Permanent) as error:
            recorder.counters["passes.failed"] += 1
            if findings.trouble != str(error):
                log.warning("pass failed", kind=self._setup.kind, error=str(error))
            findings.trouble = str(error)
            self._retry(batch)
            await self._clock.sleep(PAUSE_AFTER_FAILURE_S)
        except Exception:
            # a bug: nothing of the batch is lost, and what is believed of the kind is read anew
            findings.trouble = "an error of ours; see the log"
            self._retry(batch)
            await self._tenure.reload()
            raise

    def _retry(self, batch: Batch) -> None:
        self._tenure.beside("record", self._tenure.record.cut_short)
        self._tenure.inbox.put_back(batch.hints)
        self._tenure.inbox.give_up_accepted(self._tenure.findings.trouble)
        if batch.reread:
            self._tenure.inbox.reread()
        for wish in self._taken:
            if not wish.answer.done():
                wish.answer.set_exception(NotNow(self._tenure.findings.trouble))
        self._tenure.inbox.wake()

    async def _carry_out(self, batch: Batch) -> None:
        """One pass; planned again from a fresh load when somebody else's write was in the way."""
        wishes, errands = list(batch.orchestrate), list(batch.errands)
        for _ in range(CONFLICTS_IN_A_ROW):
            self._tenure.beside("record", self._tenure.record.cut_short)
            orders = self._poison.orders()
            free = settled_on(self._tenure, kept_aside(self._freed(), orders))
            present, asked = await ask(self._tenure, batch.hints, free)
            hints = batch.hints if asked else {}
            draft, outcome = await self._plan(hints, free, present, orders)
            if not asked:
                self._tenure.inbox.put_back(batch.hints)
                self._tenure.inbox.give_up_accepted(self._tenure.findings.trouble)
                self._tenure.beside("coverage", self._tenure.coverage.catalog.doubted, batch.hints)
                self._look_soon()
            if not await self._commit(draft.plan()):
                continue
            self._poison.committed(orders)
            self._tenure.inbox.settle(hints, present or ())
            await self._note(outcome, hints)
            looked_up = self._tenure.coverage.catalog.looked_up
            self._tenure.beside("coverage", looked_up, hints, present or (), outcome.unplaced)
            if wishes and not await answer_wishes(self._tenure, self.course, wishes):
                batch = Batch(orchestrate=wishes)
                continue
            if errands and not await carry_out_errands(self._tenure, errands):
                batch = Batch()
                continue
            if await self._step():
                return
            batch = Batch()
        raise Unavailable(f"{self._setup.kind}: {CONFLICTS_IN_A_ROW} conflicts in a row; trying again")

    async def _step(self) -> bool:
        """Take an orchestration under way on, as far as the limit of moves lets."""
        return await self.course.step(partial(self._commit, is_step=True))

    async def _commit(self, plan: Plan, *, is_step: bool = False) -> bool:
        if plan.transactions:
            wall = self._clock.wall()
            self._tenure.beside("record", self._tenure.record.decided, wall, is_step=is_step)
        return await self._tenure.commit(plan)

    def _freed(self) -> list[Freed]:
        tenure, now = self._tenure, self._clock.monotonic()
        found: list[Freed] = []
        for shard in tenure.view.shards.values():
            if tenure.is_leaving(shard.number):
                seen = tenure.roster.watch_entries(shard, now)
                report = tenure.roster.reports.get(shard.number)
                found.extend(freed(shard, report, self._setup.policy, now=now, first_seen=seen))
        return found

    async def _plan(
        self,
        hints: Mapping[str, Claim],
        free: Sequence[Freed],
        present: Mapping[str, Traits] | None,
        orders: Orders,
    ) -> tuple[Draft, Outcome]:
        tenure, roster = self._tenure, self._tenure.roster
        wall = self._clock.wall()
        # taken here and not in the plan, which may run in a thread while beats come in
        verdicts, fenced = roster.verdicts(), roster.fenced(tenure.view.shards)
        waiting = roster.waiting(self._clock.monotonic())
        taken = hints, free, present, verdicts, fenced, waiting, orders
        tenure.beside("record", tenure.record.take, wall, *taken)

        def plan() -> tuple[Draft, Outcome]:
            draft = tenure.draft()
            carry_out(draft, orders)
            outcome = plan_ids(draft, tenure.view, free, hints, present, self._setup.limits, wall=wall)
            tenure.name_place(draft)
            plan_instances(draft, verdicts=verdicts, fenced=fenced, waiting=waiting)
            return draft, outcome

        if len(hints) + sum(len(one.ids) for one in free) > LARGE:
            answer: tuple[Draft, Outcome] = await tenure.around.offload(plan)
            return answer
        return plan()

    # --- what could not be done at once ---

    async def _note(self, outcome: Outcome, hints: Mapping[str, Claim]) -> None:
        findings = self._tenure.findings
        findings.forget_unplaced(hints)
        self._looks.forget(one for one in hints if one not in outcome.again)
        findings.note_unplaced(outcome.unplaced, outcome.details)
        self._looks.again(outcome.again)
        if outcome.held:
            await self._tenure.hold(outcome.held, outcome.held_reason)

    def _look_soon(self) -> None:
        """Once, however often it is asked for: each pass may ask, and each time there is a pass."""
        if not self._looks_soon:
            self._looks_soon = True
            self._timers.later(PAUSE_AFTER_FAILURE_S, self._look_now)

    def _look_now(self) -> None:
        self._looks_soon = False
        self._tenure.inbox.wake()
