"""The part of the facade's double that is about the layout of the store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orchestrator.core.decisions import Refused
from orchestrator.engine.answers.upgrade import LayoutStatus, ReplicaLayouts

LAYOUT = LayoutStatus(
    layout=1,
    next=None,
    oldest=1,
    newest=2,
    replicas=(ReplicaLayouts(holder="one", url="http://one", oldest=1, newest=2),),
    can_finalize=True,
    why="every replica that was seen knows layout 2",
)


class UpgradeDouble:
    async def store_layout(self: Any) -> LayoutStatus:
        self._may_fail()
        return LAYOUT

    async def finalize(self: Any, *, actor: str, dry_run: bool = False) -> LayoutStatus | Refused:
        self.calls.append(("finalize", (actor,)))
        self._may_fail()
        if self.refusal is not None:
            refusal: Refused = self.refusal
            return refusal
        return LAYOUT if dry_run else replace(LAYOUT, next=2, can_finalize=False, why="being converted")
