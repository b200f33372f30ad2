"""What is said of one shard in full where nobody leads: its instance is heard of by nobody."""

from __future__ import annotations

from orchestrator.core.view import View
from orchestrator.engine.answers.instance import Drainable, InstanceDetail
from orchestrator.engine.recalled import recalled_instances
from orchestrator.engine.setup import KindSetup


def stored_detail(setup: KindSetup, view: View, number: int) -> InstanceDetail:
    """Requires: the shard is there."""
    shard = view.shards[number]
    status = next(one for one in recalled_instances(setup, view) if one.shard == number)
    return InstanceDetail(
        instance=status,
        node="",
        beats=(),
        interval=setup.health.interval,
        deadline=setup.health.deadline if setup.health.heart else None,
        lane=(),
        generation=shard.generation,
        acknowledged=None,
        previous=(),
        can_drain=Drainable(
            ok=False, reason="Nobody leads: nothing can be changed.", ids=shard.used, to_shards=0, each=0
        ),
    )
