"""All that runs for one kind, and what people may ask of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence

import structlog

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers import OrchestrationSummary
from orchestrator.engine.answers.plans import PlanStatus
from orchestrator.engine.contact import Contact
from orchestrator.engine.coverage.watch import CoverageWatch
from orchestrator.engine.elastic import ACTOR, Elastic
from orchestrator.engine.exchange import Exchange
from orchestrator.engine.guard import keep_running
from orchestrator.engine.inbox import OrchestrateWish
from orchestrator.engine.operator import Operator
from orchestrator.engine.patience import Patience
from orchestrator.engine.plans.plans import Plans
from orchestrator.engine.poison.poison import Poison
from orchestrator.engine.reads.limits import LimitWatch
from orchestrator.engine.reconciler import Reconciler
from orchestrator.engine.resync import Resync
from orchestrator.engine.specs import Specs
from orchestrator.engine.status import kind_status
from orchestrator.engine.supervisor import Supervisor
from orchestrator.engine.tenure import Tenure
from orchestrator.errors import NotNow
from orchestrator.ports import Store

log = structlog.get_logger()

ORCHESTRATE_AGAIN_S = 1.0
REFUSED_AGAIN_S = 10.0


class Steward:
    def __init__(self, tenure: Tenure, store: Store) -> None:
        self.tenure = tenure
        self.setup = tenure.setup
        self.supervisor = Supervisor(tenure, Specs(tenure.setup, tenure.around, store))
        self.resync = Resync(tenure)
        self.contact = Contact(tenure, self.resync.request)
        self.operator = Operator(tenure, self.supervisor, self.contact, self.resync)
        self.exchange = Exchange(tenure)
        self.elastic = Elastic(tenure, self._resize, self._alarms)
        self.coverage = CoverageWatch(tenure, self.resync.request)
        self.patience = Patience(f"the catalog of {self.setup.kind}")
        self.limits = LimitWatch(tenure, self.supervisor)
        self.ready = asyncio.Event()
        self.poison = Poison(tenure)
        self._reconciler = Reconciler(tenure, self.poison)
        self.plans = Plans(tenure, self.operator, self._reconciler.course)
        self._clock = tenure.around.clock
        tenure.changed = self.supervisor.kick
        tenure.ended = self.poison.saw_end

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._kept("reconciler", self._reconciler.run))
            tasks.create_task(self._kept("supervisor", self.supervisor.run))
            await self._orchestrate_first()
            self.ready.set()
            self.tenure.inbox.wake()
            tasks.create_task(self._kept("resync", self.resync.run))
            tasks.create_task(self._kept("contact", self.contact.run))
            tasks.create_task(self._kept("poison", self.poison.run))
            tasks.create_task(self._kept("coverage", self.coverage.run))
            tasks.create_task(self._kept("orchestration", self._finish_orchestrations))
            tasks.create_task(self._kept("elastic", self.elastic.run))

    async def close(self) -> None:
        self._reconciler.close()
        self.poison.close()
        self.resync.close()
        self.tenure.desk.forget()
        await self.supervisor.close()

    async def orchestrate(
        self,
        *,
        max_instances: int | None,
        resource_per_instance: int | None,
        dry_run: bool,
        actor: str,
        shards: int | None = None,
        is_named: bool = False,
    ) -> OrchestrationSummary | Refused:
        """Raises NotNow when it could not be carried out, or it is not known whether it was.

        ``shards``: how many there are to be where the count asks for fewer. ``is_named``: it may move as
        many ids as it does.
        """
        await self.operator.require_catalog()
        answer: asyncio.Future[OrchestrationSummary | Refused]
        answer = asyncio.get_running_loop().create_future()
        self.tenure.inbox.wish(
            OrchestrateWish(
                max_instances=max_instances,
                resource_per_instance=resource_per_instance,
                dry_run=dry_run,
                actor=actor,
                answer=answer,
                shards=shards,
                is_named=is_named,
            )
        )
        return await self.operator.answered(answer)

    async def _resize(self, shards: int) -> OrchestrationSummary | Refused:
        return await self.orchestrate(
            max_instances=None, resource_per_instance=None, dry_run=False, actor=ACTOR, shards=shards
        )

    def _alarms(self) -> Sequence[str]:
        """What speaks against another size: who is in quarantine stays there whatever the size."""
        status = kind_status(self.tenure, self.supervisor, self.resync, ready=self.ready.is_set())
        return [alarm for alarm in status.alarms if alarm not in self.tenure.findings.apart]

    async def _orchestrate_first(self) -> None:
        """A kind that has no shards yet is orchestrated once, sized from its catalog.

        So is one whose last orchestration was cut off before its goal was written down.
        """
        while self._needs_orchestration():
            try:
                answer = await self._begin_again()
            except NotNow as error:
                self._wait_for(str(error))
                await self._clock.sleep(ORCHESTRATE_AGAIN_S)
                continue
            if isinstance(answer, Refused):
                self._wait_for(f"{answer.detail} {' '.join(answer.reasons)}")
                if self.tenure.view.shards:
                    # What has shards is served as they are; it is tried again beside all else.
                    return
                await self._clock.sleep(REFUSED_AGAIN_S)
        self.tenure.findings.waiting = ""

    async def _begin_again(self) -> OrchestrationSummary | PlanStatus | Refused:
        if (found := await self.plans.cut_off()) is not None:
            return await self.plans.go_on(found)
        return await self.orchestrate(
            max_instances=None,
            resource_per_instance=None,
            dry_run=False,
            actor="first-start",
            is_named=True,
        )

    async def _finish_orchestrations(self) -> None:
        """What failed after the first of its transactions is planned anew, as a successor would."""
        while True:
            refused = self.tenure.findings.waiting != ""
            await self._clock.sleep(REFUSED_AGAIN_S if refused else ORCHESTRATE_AGAIN_S)
            if not self._reconciler.is_orchestrating:
                await self._orchestrate_first()

    def _wait_for(self, why: str) -> None:
        if why != self.tenure.findings.waiting:
            log.warning("cannot orchestrate yet", kind=self.setup.kind, error=why)
        self.tenure.findings.waiting = why

    def _needs_orchestration(self) -> bool:
        view = self.tenure.view
        goal = view.state.rebalance
        if view.state.paused:
            # nothing is orchestrated until it is resumed; everything else goes on
            return False
        return not view.shards or (goal is not None and not goal.is_planned)

    def _kept(self, name: str, run: Callable[[], Awaitable[None]]) -> Coroutine[None, None, None]:
        counters = self.tenure.recorder.counters
        return keep_running(f"{name}.{self.setup.kind}", run, self._clock, counters)
