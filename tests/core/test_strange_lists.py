"""Lists of moves, and papers of plans, as only a hand can have written them."""

from __future__ import annotations

import pytest

from orchestrator.core.decisions import Move, ShardChange
from orchestrator.core.model import Chunk, Instance, KindState, Shard
from orchestrator.core.moves.papers import decode_moves
from orchestrator.core.moves.queue import MoveQueue, Step
from orchestrator.core.papers import Paper
from orchestrator.core.plans.papers import decode_proposal, register_of
from orchestrator.core.view import View

DEEP = b"[" * 100_000


def test_an_id_that_is_named_twice_is_moved_once_and_the_list_comes_to_its_end() -> None:
    view = View.of(KindState(kind="Thing", resource_per_instance=10, max_instances=5), {})
    for number, ids in ((0, ("a", "b")), (1, ())):
        shard = Shard(number=number, capacity=(10,), instance=Instance.LIVE, chunks=(Chunk(ids=ids),))
        view.put(ShardChange(before=None, after=shard))
    queue = MoveQueue.of([Move("a", 0, 1), Move("b", 0, 1), Move("a", 0, 1)], view)
    assert queue.tally.waiting == 2
    queue.note(Step(dropped=[Move("a", 0, 1), Move("b", 0, 1)]))
    assert queue.is_empty


@pytest.mark.parametrize("read", [decode_proposal, decode_moves])
def test_a_paper_nested_too_deep_is_a_value_error(read) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        read(DEEP)


def test_a_counter_that_cannot_be_read_stands_at_the_newest_plan() -> None:
    papers = {name: Paper(name=name, body=DEEP) for name in ("plans", "plan.7", "plan.3")}
    assert register_of(papers).newest == 7
