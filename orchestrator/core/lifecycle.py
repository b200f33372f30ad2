"""What becomes of the instance of each shard (docs/states.md).

Replacing takes three commits, in this order: ``stopping``; then, with evidence gathered after that,
``none``; then the next incarnation as ``live``. What the runtime is to do follows from the store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from orchestrator.core.decisions import Reason
from orchestrator.core.draft import Draft
from orchestrator.core.model import Instance, Shard


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An incarnation is to be replaced, and why. It says nothing of any other incarnation."""

    incarnation: int
    reason: Reason
    detail: str = ""


def plan_instances(
    draft: Draft,
    *,
    verdicts: Mapping[int, Verdict],
    fenced: Mapping[int, str],
    waiting: Collection[int],
) -> None:
    """Take each shard's instance one step on.

    ``fenced``: shards whose stopping instance provably runs no more, with the evidence, gathered after
    ``stopping`` was committed; ``waiting``: shards that get no new instance yet (they back off).
    """
    for shard in list(draft.shards()):
        if shard.instance is Instance.LIVE:
            _plan_live(draft, shard, verdicts.get(shard.number))
        elif shard.instance is Instance.STOPPING:
            if shard.number in fenced:
                draft.end(shard.number, fenced[shard.number])
        elif not shard.is_active:
            if shard.is_empty:
                draft.remove(shard.number, Reason.DRAINED)
        elif shard.number not in waiting:
            draft.go_live(shard.number, Reason.NEEDED)


def _plan_live(draft: Draft, shard: Shard, verdict: Verdict | None) -> None:
    if not shard.is_active and shard.is_empty:
        draft.stop(shard.number, Reason.DRAINED)
    elif verdict is not None and verdict.incarnation == shard.incarnation:
        draft.stop(shard.number, verdict.reason, verdict.detail)
