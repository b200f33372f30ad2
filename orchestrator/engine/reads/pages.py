"""One page of the resources of a kind, in order, and the resources whose id begins in a certain way.

Nothing here holds the loop for long: what may be the whole kind is gone through in steps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge, nsmallest
from itertools import chain, islice

from orchestrator.core.model import Shard
from orchestrator.engine.answers.reads import ListedResource, ResourcePage, ResourceQuery
from orchestrator.engine.reads.directory import Directory
from orchestrator.engine.reads.states import States

STEP = 500
"""Ids that are looked at before others have their turn."""

MOST_LOOKED_AT = 20_000
"""Ids in order of which the state is asked for one page; with more, the page is short and has a next."""


async def page(wanted: ResourceQuery, states: States, directory: Directory) -> ResourcePage:
    """Requires: the shard of the query is there."""
    if wanted.shard is not None:
        ids = _ids_of(states.view.shards[wanted.shard])
        return _of_shard(wanted, states, ids) if wanted.state is None else await _of_few(wanted, states, ids)
    if wanted.state is not None and (few := states.rare(wanted.state)) is not None:
        return await _of_few(wanted, states, few)
    return await _in_order(wanted, states, directory)


async def beginning_with(
    prefix: str, limit: int, states: States, directory: Directory
) -> Sequence[ListedResource]:
    """The first so many, and those that are known and stand nowhere among them."""
    nowhere = await _matching(list(states.nowhere()), prefix)
    ordered = await directory.ordered(states.view)
    both = merge(islice(ordered.after(None, prefix), limit), nsmallest(limit, nowhere))
    found = (states.of(resource_id) for resource_id in dict.fromkeys(both))
    return list(islice((one for one in found if one is not None), limit))


def _of_shard(wanted: ResourceQuery, states: States, ids: Iterator[str]) -> ResourcePage:
    """Of these ids, whatever their state."""
    after, prefix = wanted.after, wanted.prefix
    found = [one for one in ids if one.startswith(prefix)]
    left = found if after is None else [one for one in found if one > after]
    first = nsmallest(wanted.limit, left)
    items = tuple(one for i in first if (one := states.of(i)) is not None)
    return ResourcePage(items=items, next=first[-1] if len(left) > len(first) else None, total=len(found))


async def _of_few(wanted: ResourceQuery, states: States, ids: Iterator[str]) -> ResourcePage:
    """Of these ids, each of which is looked at."""
    first: list[ListedResource] = []
    total = more = 0
    while step := list(islice(ids, STEP)):
        found = [one for one in _those(wanted, states, step) if _fits(one, wanted)]
        total += len(found)
        kept = [one for one in found if wanted.after is None or one.id > wanted.after]
        more += len(kept)
        first = sorted((*first, *kept), key=_by_id)[: wanted.limit]
        await asyncio.sleep(0)
    is_last = more == len(first)
    return ResourcePage(items=tuple(first), next=None if is_last else first[-1].id, total=total)


def _those(wanted: ResourceQuery, states: States, ids: Iterable[str]) -> Iterator[ListedResource]:
    for resource_id in ids:
        if resource_id.startswith(wanted.prefix) and (one := states.of(resource_id)) is not None:
            yield one


def _fits(one: ListedResource, wanted: ResourceQuery) -> bool:
    return wanted.shard in (None, one.shard) and wanted.state in (None, one.state)


@dataclass(slots=True)
class _Walk:
    """``at``: the last id that was looked at."""

    at: str | None
    items: list[ListedResource]
    looked_at: int = 0
    is_over: bool = False


async def _in_order(wanted: ResourceQuery, states: States, directory: Directory) -> ResourcePage:
    nowhere: Sequence[str] = ()
    if wanted.state is None:
        nowhere = await _matching(list(states.nowhere()), wanted.prefix)
    walk = _Walk(wanted.after, [])
    total: int | None = None
    while not walk.is_over and len(walk.items) < wanted.limit and walk.looked_at < MOST_LOOKED_AT:
        if walk.looked_at:
            await asyncio.sleep(0)
        ordered = await directory.ordered(states.view)
        if total is None:
            total = _total(wanted, states, ordered.count(wanted.prefix), nowhere)
        after = walk.at
        # one more than fits tells whether there is a next page
        most = min(STEP, wanted.limit - len(walk.items) + 1)
        step = list(islice(ordered.after(after, wanted.prefix), most))
        others = nsmallest(most, (i for i in nowhere if after is None or i > after))
        _take(walk, wanted, states, list(dict.fromkeys(merge(step, others)))[:most], most)
    more = not walk.is_over
    return ResourcePage(items=tuple(walk.items), next=walk.at if more else None, total=total)


def _take(walk: _Walk, wanted: ResourceQuery, states: States, ids: Sequence[str], most: int) -> None:
    walk.is_over = len(ids) < most
    for resource_id in ids:
        if len(walk.items) == wanted.limit:
            walk.is_over = False
            return
        walk.at, walk.looked_at = resource_id, walk.looked_at + 1
        one = states.of(resource_id)
        if one is not None and wanted.state in (None, one.state):
            walk.items.append(one)


def _total(wanted: ResourceQuery, states: States, counted: int, nowhere: Sequence[str]) -> int | None:
    if not wanted.prefix:
        return states.total(wanted.state)
    if wanted.state is not None:
        return None
    index = states.view.index
    return counted + sum(resource_id not in index for resource_id in nowhere)


async def _matching(ids: Sequence[str], prefix: str) -> list[str]:
    found: list[str] = []
    for start in range(0, len(ids), 10 * STEP):
        if start:
            await asyncio.sleep(0)
        found.extend(i for i in ids[start : start + 10 * STEP] if i.startswith(prefix))
    return found


def _ids_of(shard: Shard) -> Iterator[str]:
    return chain.from_iterable(chunk.all_ids() for chunk in shard.chunks)


def _by_id(one: ListedResource) -> str:
    return one.id
