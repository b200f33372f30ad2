"""Several transactions of one plan under way at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from orchestrator.core.decisions import (
    Ambiguous,
    CommitResult,
    Committed,
    Conflict,
    Plan,
    Reason,
    Transaction,
)
from orchestrator.core.draft import Draft
from orchestrator.core.model import KindState
from orchestrator.core.policy import KindPolicy, Limits
from orchestrator.core.view import View
from orchestrator.engine.convoy import commit_in_order, in_convoys
from orchestrator.errors import Unavailable

REFUSED = Conflict(detail="somebody else")


def planned(count: int, *, releases: int | None = None) -> Plan:
    """One new id a transaction, each on the one shard; at ``releases`` the id before goes again."""
    names = iter(f"op-{number}" for number in range(100))
    draft = Draft(View(state=KindState(kind="Thing"), shards={}), KindPolicy(), names.__next__, Limits())
    draft.create(0, (5000,), Reason.ORCHESTRATED)
    for number in range(count):
        draft.assign(0, [f"id-{number}"], Reason.ORCHESTRATED)
        if number == releases:
            draft.release(0, [f"id-{number}"], None, Reason.DELETED)
        draft.cut()
    return draft.plan()


@dataclass
class Slow:
    """A store that answers when it is told to; what it was sent, what was taken over, what came astray.

    ``is_settling``: an answer of it is in doubt.
    """

    sent: list[Transaction] = field(default_factory=list)
    committed: list[Transaction] = field(default_factory=list)
    strays: list[Transaction] = field(default_factory=list)
    answers: list[asyncio.Future[CommitResult]] = field(default_factory=list)
    is_settling: bool = False

    async def commit(self, transaction: Transaction) -> CommitResult:
        self.sent.append(transaction)
        self.answers.append(asyncio.get_running_loop().create_future())
        return await self.answers[-1]

    def carry_out(self, plan: Plan, most: int) -> asyncio.Task[CommitResult]:
        return asyncio.create_task(
            commit_in_order(
                self.commit,
                plan.transactions,
                most,
                self.committed.append,
                self.strays.append,
                lambda: self.is_settling,
            )
        )


async def some_time() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_no_more_than_the_limit_are_sent_before_the_first_is_answered() -> None:
    store, plan = Slow(), planned(5)
    work = store.carry_out(plan, 3)
    await some_time()
    assert store.sent == list(plan.transactions[:3])
    store.answers[1].set_result(Committed())
    await some_time()
    assert (len(store.sent), store.committed) == (3, []), "they are taken over in order"
    store.answers[0].set_result(Committed())
    await some_time()
    assert (len(store.sent), store.committed) == (5, list(plan.transactions[:2]))
    for answer in store.answers[2:]:
        answer.set_result(Committed())
    assert await work == Committed()
    assert store.committed == list(plan.transactions)


@pytest.mark.parametrize("answer", [REFUSED, Ambiguous(detail="no reply")], ids=["refused", "in doubt"])
async def test_after_another_answer_nothing_is_sent_and_all_that_was_sent_is_waited_for(
    answer: CommitResult,
) -> None:
    store, plan = Slow(), planned(5)
    work = store.carry_out(plan, 3)
    await some_time()
    store.answers[1].set_result(answer)
    store.answers[0].set_result(Committed())
    await some_time()
    assert not work.done(), "what became of the third is not known yet"
    store.answers[2].set_result(REFUSED)
    assert await work is answer
    assert (len(store.sent), store.committed, store.strays) == (3, list(plan.transactions[:1]), [])


async def test_nothing_is_sent_while_an_answer_is_in_doubt() -> None:
    store, plan = Slow(), planned(5)
    work = store.carry_out(plan, 3)
    await some_time()
    store.is_settling = True
    store.answers[0].set_result(Committed())
    await some_time()
    assert (len(store.sent), store.committed) == (3, list(plan.transactions[:1]))
    store.is_settling = False
    doubt = Ambiguous(detail="no reply")
    store.answers[1].set_result(doubt)
    store.answers[2].set_result(REFUSED)
    assert await work is doubt
    assert (len(store.sent), store.committed) == (3, list(plan.transactions[:1]))


async def test_one_that_was_carried_out_after_a_refusal_is_told_of() -> None:
    store, plan = Slow(), planned(3)
    work = store.carry_out(plan, 3)
    await some_time()
    store.answers[0].set_result(REFUSED)
    store.answers[1].set_result(Committed())
    store.answers[2].set_result(REFUSED)
    assert await work is REFUSED
    assert (store.committed, store.strays) == ([], [plan.transactions[1]])


async def test_what_could_not_be_sent_is_raised_once_the_others_are_answered() -> None:
    store, plan = Slow(), planned(3)
    work = store.carry_out(plan, 2)
    await some_time()
    store.answers[0].set_exception(Unavailable("nothing was sent"))
    await some_time()
    assert not work.done()
    store.answers[1].set_result(REFUSED)
    with pytest.raises(Unavailable, match="nothing was sent"):
        await work
    assert len(store.sent) == 2


async def test_who_is_cancelled_leaves_none_under_way() -> None:
    store = Slow()
    work = store.carry_out(planned(3), 3)
    await some_time()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await some_time()
    assert all(answer.cancelled() for answer in store.answers)


def test_only_those_that_add_go_together() -> None:
    plan = planned(6, releases=2)
    numbers = [
        [plan.transactions.index(one) for one in convoy] for convoy in in_convoys(plan.transactions, 4)
    ]
    assert numbers == [[0, 1], [2], [3, 4, 5]]
    assert in_convoys(plan.transactions, 1) == [[one] for one in plan.transactions]
