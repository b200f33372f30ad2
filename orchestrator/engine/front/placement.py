"""What the engine answers of where people want ids to stand; with no leader, from the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from orchestrator.core.decisions import Refused
from orchestrator.core.draft import Draft
from orchestrator.core.hints import Claim
from orchestrator.core.placement.pinning import pin_state, set_pin, set_shard
from orchestrator.core.placement.pins import PAPER, pins_in
from orchestrator.engine.answers.placement import Pinned
from orchestrator.engine.answers.shard import ShardStatus
from orchestrator.engine.holdings import Holdings
from orchestrator.engine.placement_errands import Amend
from orchestrator.engine.status import shard_status
from orchestrator.engine.steward import Steward
from orchestrator.errors import NotNow, Unavailable


class PlacementFront(Holdings):
    """``orchestrator.engine.facade.placement``."""

    def pins(self, kind: str) -> Sequence[Pinned]:
        known, setup = self._recalled(kind), self._setups[kind]
        if known is not None:
            view, unlisted = known.view, frozenset[str]()
        else:
            tenure = self._steward(kind).tenure
            view, unlisted = tenure.view, tenure.findings.unlisted_pins.difference(tenure.findings.unplaced)
        draft = Draft(view, setup.policy, lambda: "", setup.limits)
        pins = sorted(pins_in(view.papers.get(PAPER)).items())
        return [_pinned(draft, one, at, is_listed=one not in unlisted) for one, at in pins]

    async def pin(
        self, kind: str, resource_id: str, *, shard: int, actor: str, dry_run: bool = False
    ) -> Pinned | Refused | None:
        steward = self._changeable(kind)
        try:
            listed = await steward.setup.catalog.lookup(kind, [resource_id])
        except Unavailable as error:
            raise NotNow(str(error)) from error
        if resource_id not in listed:
            return None
        if dry_run:
            trial = steward.tenure.draft()
            return set_pin(trial, resource_id, shard) or _pinned(trial, resource_id, shard)
        steward.tenure.recorder.input(kind, "pin", 1, (resource_id,), shard=shard, actor=actor)
        done = await _amended(steward, actor, lambda draft: set_pin(draft, resource_id, shard))
        if done is not None:
            return done
        steward.tenure.inbox.hint([resource_id], Claim.FOUND)
        return _pinned(steward.tenure.draft(), resource_id, shard)

    async def unpin(self, kind: str, resource_id: str, *, actor: str, dry_run: bool = False) -> bool:
        steward = self._changeable(kind)
        if resource_id not in pins_in(steward.tenure.view.papers.get(PAPER)):
            return False
        if dry_run:
            return True
        steward.tenure.recorder.input(kind, "unpin", 1, (resource_id,), actor=actor)
        await _amended(steward, actor, lambda draft: set_pin(draft, resource_id, None))
        return True

    async def set_shard(
        self,
        kind: str,
        shard: int,
        *,
        labels: Mapping[str, str | None],
        capacity: Mapping[str, int | None],
        actor: str,
        dry_run: bool = False,
    ) -> ShardStatus | Refused | None:
        steward = self._changeable(kind)
        tenure = steward.tenure
        if tenure.shard(shard) is None:
            return None

        def change(draft: Draft) -> Refused | None:
            if draft.shard(shard) is None:
                return Refused(detail=f"Shard {shard} was removed in the same moment.")
            return set_shard(draft, shard, labels, capacity)

        if dry_run:
            trial = tenure.draft()
            refused, changed = change(trial), trial.shard(shard)
            return refused or (None if changed is None else shard_status(tenure, steward.supervisor, changed))
        tenure.recorder.input(kind, "set-shard", 0, shard=shard, actor=actor)
        done = await _amended(steward, actor, change)
        if done is not None:
            return done
        found = tenure.shard(shard)
        return None if found is None else shard_status(tenure, steward.supervisor, found)


async def _amended(steward: Steward, actor: str, change: Callable[[Draft], Refused | None]) -> Refused | None:
    """Raises NotNow when it was not carried out, or it is not known whether it was."""
    answer: asyncio.Future[bool | Refused] = asyncio.get_running_loop().create_future()
    steward.tenure.inbox.ask(Amend(answer=answer, actor=actor, change=change))
    done = await steward.operator.answered(answer)
    return done if isinstance(done, Refused) else None


def _pinned(draft: Draft, resource_id: str, number: int, *, is_listed: bool = True) -> Pinned:
    state, detail = pin_state(draft, resource_id, number, is_listed=is_listed)
    return Pinned(id=resource_id, shard=number, state=state.value, detail=detail)
