"""Answers about the ids that are set apart."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.decisions import Refused
from orchestrator.core.poison.quarantine import Entry, quarantine_in
from orchestrator.engine.answers.quarantine import Quarantined
from orchestrator.engine.holdings import Holdings
from orchestrator.errors import NotNow, Unavailable


class QuarantineFront(Holdings):
    """``orchestrator.engine.facade.quarantine``."""

    def quarantine(self, kind: str) -> Sequence[Quarantined]:
        known = self._recalled(kind)
        papers = known.view.papers if known is not None else self._steward(kind).tenure.view.papers
        found = [_answer(resource_id, entry) for resource_id, entry in quarantine_in(papers).items()]
        return sorted(found, key=lambda one: (-one.since, one.id))

    async def quarantine_add(
        self,
        kind: str,
        resource_id: str,
        *,
        seconds: float | None,
        why: str,
        actor: str,
        dry_run: bool = False,
    ) -> Quarantined | Refused | None:
        steward = self._changeable(kind)
        try:
            listed = resource_id in await steward.setup.catalog.lookup(kind, [resource_id])
        except Unavailable as error:
            raise NotNow(str(error)) from error
        if not listed:
            return None
        if dry_run:
            trial = steward.poison.ward.proposed(resource_id, seconds=seconds, why=why, actor=actor)
            return trial if isinstance(trial, Refused) else _answer(resource_id, trial)
        steward.tenure.recorder.input(kind, "quarantine", 1, (resource_id,), actor=actor, detail=why)
        answer = steward.poison.ward.add(resource_id, seconds=seconds, why=why, actor=actor)
        if isinstance(answer, Refused):
            return answer
        await steward.operator.answered(answer)
        entry = quarantine_in(steward.tenure.view.papers).get(resource_id)
        if entry is None:
            raise NotNow(f"it was lifted again in the same moment: look at the quarantine of {kind}")
        return _answer(resource_id, entry)

    async def quarantine_lift(
        self, kind: str, resource_id: str, *, actor: str, dry_run: bool = False
    ) -> bool:
        steward = self._changeable(kind)
        if dry_run:
            return resource_id in steward.poison.ward.entries()
        answer = steward.poison.ward.lift(resource_id)
        if answer is None:
            return False
        steward.tenure.recorder.input(kind, "lift", 1, (resource_id,), actor=actor)
        await steward.operator.answered(answer)
        return True


def _answer(resource_id: str, entry: Entry) -> Quarantined:
    return Quarantined(
        id=resource_id,
        since=entry.since,
        until=entry.until,
        by=entry.by,
        evidence=entry.evidence,
        times=entry.times,
        tried=entry.tried,
    )
