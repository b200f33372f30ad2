"""What the engine answers of one shard in full, and how one is drained."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.instance import Drainable, InstanceDetail, MovesStatus, ShardDetail
from orchestrator.engine.drain_errand import DrainErrand
from orchestrator.engine.holdings import Holdings
from orchestrator.engine.reads.instance import instance_detail, told
from orchestrator.engine.reads.log_lines import MOST_READ, previous_lines
from orchestrator.engine.reads.moves import led_flows, moves_status, stored_flows
from orchestrator.engine.reads.stored import stored_detail
from orchestrator.engine.status import shard_status
from orchestrator.engine.stored import stored_shard


class ShardFront(Holdings):
    """``orchestrator.engine.facade.shard``."""

    def moves_under_way(self, kind: str) -> MovesStatus:
        policy = self._setup(kind).policy
        if (known := self._recalled(kind)) is not None:
            return moves_status(kind, known.view, policy, stored_flows(known.view))
        tenure = self._steward(kind).tenure
        return moves_status(kind, tenure.view, policy, led_flows(tenure))

    def shard_detail(self, kind: str, shard: int) -> ShardDetail | None:
        known = self._recalled(kind)
        tenure = None if known is not None else self._steward(kind).tenure
        view = known.view if known is not None else self._steward(kind).tenure.view
        found = view.shards.get(shard)
        if found is None:
            return None
        if tenure is None:
            status, flows = stored_shard(self._setup(kind), view, found), stored_flows(view)
        else:
            status = shard_status(tenure, self._steward(kind).supervisor, found)
            flows = led_flows(tenure)
        own = tuple(flow for flow in flows.values() if shard in (flow.source, flow.to))
        return ShardDetail(shard=status, flows=own)

    def instance_detail(self, kind: str, shard: int) -> InstanceDetail | None:
        if (known := self._recalled(kind)) is not None:
            there = shard in known.view.shards
            return stored_detail(self._setup(kind), known.view, shard) if there else None
        steward = self._steward(kind)
        found = steward.tenure.shard(shard)
        return None if found is None else instance_detail(steward.tenure, steward.supervisor, found)

    async def drain(
        self, kind: str, shard: int, *, actor: str, dry_run: bool = False
    ) -> Drainable | Refused | None:
        return await self._drain(kind, shard, "drain", actor=actor, dry_run=dry_run)

    async def undrain(
        self, kind: str, shard: int, *, actor: str, dry_run: bool = False
    ) -> Drainable | Refused | None:
        return await self._drain(kind, shard, "undrain", actor=actor, dry_run=dry_run)

    async def previous_logs(self, kind: str, shard: int, *, lines: int) -> Sequence[str] | None:
        found = previous_lines(await self._setup(kind).runtime.logs(kind, shard, lines=MOST_READ))
        return None if found is None else found[-lines:]

    async def _drain(
        self, kind: str, shard: int, verb: str, *, actor: str, dry_run: bool
    ) -> Drainable | Refused | None:
        steward = self._changeable(kind)
        if not dry_run:
            steward.tenure.recorder.input(kind, verb, 0, shard=shard, actor=actor)
        errand = DrainErrand(
            answer=asyncio.get_running_loop().create_future(),
            actor=actor,
            shard=shard,
            back=verb == "undrain",
            dry_run=dry_run,
        )
        steward.tenure.inbox.ask(errand)
        done = await steward.operator.answered(errand.answer)
        if isinstance(done, bool):
            return None
        return done if isinstance(done, Refused) else told(done)
