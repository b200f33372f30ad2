"""Several transactions of one plan under way at once, where each of them only adds.

Each is planned on what its predecessors leave, so it checks versions that they are to write: where one of
them is refused or lost, those behind it are refused as well. The store carries them out in order.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from orchestrator.core.decisions import CommitResult, Committed, Transaction

ADDING = frozenset({"assign", "create-shard"})
"""Decisions that leave every invariant true even if none before them was carried out: ids that stand nowhere
are placed, empty shards are made. A version of the kind that a hand wrote just then may let one of these
pass whose predecessor was refused; of a move, that would leave an id in two places or in none."""

Commit = Callable[[Transaction], Coroutine[Any, Any, CommitResult]]


def only_adds(transaction: Transaction) -> bool:
    has_others = transaction.before is None or bool(transaction.papers)
    return not has_others and all(d.verb in ADDING for d in transaction.decisions)


def in_convoys(transactions: Sequence[Transaction], most: int) -> list[list[Transaction]]:
    """The transactions in their order, those together that may be under way at once.

    ``most``: how many the store takes at once; with one, each is alone.
    """
    convoys: list[list[Transaction]] = []
    joins = False
    for transaction in transactions:
        adds = most > 1 and only_adds(transaction)
        if adds and joins:
            convoys[-1].append(transaction)
        else:
            convoys.append([transaction])
        joins = adds
    return convoys


async def commit_in_order(
    commit: Commit,
    transactions: Sequence[Transaction],
    most: int,
    committed: Callable[[Transaction], None],
    stray: Callable[[Transaction], None],
    is_settling: Callable[[], bool],
) -> CommitResult:
    """Have at most ``most`` under way, each sent before the answer to the one before it is there.

    ``committed``: is told of each, in order. After the first other answer nothing more is sent; it is
    returned once all that were sent are answered, so that a load shows what became of them. ``stray``: is
    told of one that was carried out after it all the same. ``is_settling``: whether an answer of ``commit``
    is in doubt; until that is settled, none is sent behind those under way. Raises what ``commit`` raises.
    """
    if len(transactions) == 1:
        # Nearly always: without a task of its own.
        result = await commit(transactions[0])
        if isinstance(result, Committed):
            committed(transactions[0])
        return result
    waiting = deque(transactions)
    under_way: deque[tuple[Transaction, asyncio.Task[CommitResult]]] = deque()
    try:
        while waiting or under_way:
            while waiting and len(under_way) < most:
                if under_way and (is_settling() or any(_failed(task) for _, task in under_way)):
                    break
                begun = asyncio.Event()
                task = asyncio.create_task(_begin(commit, waiting[0], begun))
                under_way.append((waiting.popleft(), task))
                await begun.wait()
            transaction, first = under_way[0]
            await asyncio.wait({first})
            under_way.popleft()
            if _failed(first):
                await _end(under_way, stray)
                return first.result()
            committed(transaction)
    finally:
        # Nothing is left here, unless whoever waits for this was cancelled.
        for _, task in under_way:
            task.cancel()
    return Committed()


async def _begin(commit: Commit, transaction: Transaction, begun: asyncio.Event) -> CommitResult:
    # The store gives each its turn before it waits for anything: the order is that in which they begin.
    begun.set()
    return await commit(transaction)


def _failed(task: asyncio.Task[CommitResult]) -> bool:
    if not task.done():
        return False
    return task.cancelled() or task.exception() is not None or not isinstance(task.result(), Committed)


async def _end(
    under_way: deque[tuple[Transaction, asyncio.Task[CommitResult]]], stray: Callable[[Transaction], None]
) -> None:
    if under_way:
        await asyncio.wait({task for _, task in under_way})
    while under_way:
        transaction, task = under_way.popleft()
        if not _failed(task):
            stray(transaction)
