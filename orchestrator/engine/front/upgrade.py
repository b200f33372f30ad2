"""The layout of the store: what it is, and the word of a person that no older version will lead any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.core.decisions import Committed, Reason, Refused
from orchestrator.engine.answers.upgrade import LayoutStatus, ReplicaLayouts
from orchestrator.engine.holdings import Holdings
from orchestrator.errors import Doubtful, NotNow
from orchestrator.ports import Candidate, Span, StoreLayout


class UpgradeFront(Holdings):
    """``orchestrator.engine.facade.upgrade``."""

    async def store_layout(self) -> LayoutStatus:
        span = self._store.span
        return _status(await self._store.layout(), span, await self._store.candidates())

    async def finalize(self, *, actor: str, dry_run: bool = False) -> LayoutStatus | Refused:
        if not self.leadership.holds():
            raise NotNow(self.leadership.why_doubt or "this orchestrator does not lead")
        span = self._store.span
        found, candidates = await self._store.layout(), await self._store.candidates()
        status = _status(found, span, candidates)
        if fault := _unready(span, candidates):
            return Refused(reason=Reason.UNCHANGED, detail=f"Nothing was changed: {fault}.", reasons=(fault,))
        # Whoever asks again because the answer was lost hears that it is so.
        if dry_run or (found.written >= span.newest and found.next is None):
            return status
        for kind, steward in self._stewards.items():
            steward.tenure.recorder.note(
                kind, "finalize", Reason.OPERATOR.value, actor=actor, detail=f"layout {span.newest}"
            )
        if found.next is None:
            found = await self._declared(found, span.newest)
        await self.leadership.make_room(f"the store is converted to layout {found.next}")
        return _status(found, span, candidates)

    async def _declared(self, found: StoreLayout, coming: int) -> StoreLayout:
        """The layout of the store once it says that it is converted. Raises Doubtful."""
        result = await self.leadership.declare(found, replace(found, next=coming))
        now = await self._store.layout()
        if now.written < coming:
            why = "" if isinstance(result, Committed) else f": {result.detail}"
            raise Doubtful(f"the store is not converted, or not yet{why}")
        return now


def _status(found: StoreLayout, span: Span, candidates: Sequence[Candidate]) -> LayoutStatus:
    can_finalize, why = _judged(found, span, candidates)
    return LayoutStatus(
        layout=found.layout,
        next=found.next,
        oldest=span.oldest,
        newest=span.newest,
        replicas=[
            ReplicaLayouts(holder=one.holder, url=one.url, oldest=one.span.oldest, newest=one.span.newest)
            for one in candidates
        ],
        can_finalize=can_finalize,
        why=why,
    )


def _judged(found: StoreLayout, span: Span, candidates: Sequence[Candidate]) -> tuple[bool, str]:
    """Whether the store may be converted, and a sentence without its full stop."""
    if found.next is not None:
        return False, f"the store is being converted to layout {found.next}"
    if fault := _unready(span, candidates):
        return False, fault
    if found.layout >= span.newest:
        return False, f"the store has layout {found.layout}, and this program knows no newer one"
    return True, (
        f"the store has layout {found.layout}, and every replica that was seen knows layout {span.newest}"
    )


def _unready(span: Span, candidates: Sequence[Candidate]) -> str:
    """Who is of another version than this one: the store is converted when all are of one."""
    old = [one for one in candidates if one.span.newest < span.newest]
    if old:
        return f"not every replica knows layout {span.newest}: {_named(old)}"
    new = [one for one in candidates if one.span.newest > span.newest]
    return f"this program knows {span} only, and others know more: {_named(new)}" if new else ""


def _named(candidates: Sequence[Candidate]) -> str:
    return ", ".join(f"{one.holder or 'one that does not say who it is'} ({one.span})" for one in candidates)
