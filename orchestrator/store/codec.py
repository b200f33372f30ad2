"""Documents from values and values from documents, one at a time. Pure.

Member names are those of README, store layout, in the newest layout (``migration`` knows the others). A
document of the seed, which lacks ours, decodes to what its absence means; anything else that does not fit
raises Permanent, which names the path. States and heads of shards keep members that this version does not
know.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, TypeVar

from orchestrator.core.model import (
    Chunk,
    Instance,
    KindState,
    Rebalance,
    Releasing,
    RemovalBudget,
    Revision,
    Shard,
    ShardState,
    Vector,
)
from orchestrator.store.document import Document, Fields, encode

Choice = TypeVar("Choice", bound=StrEnum)

_OF_A_STATE = frozenset(
    {
        *("layout", "commit", "shards", "resourcePerInstance", "maxInstances", "revision", "paused"),
        *("nextIncarnation", "removalBudget", "plan", "storeId", "place"),
    }
)
_OF_A_HEAD = frozenset(
    {
        *("layout", "used", "count", "incarnation", "instance", "revision", "state", "op"),
        *("capacity", "labels", "bounds"),
    }
)


def encode_kind(state: KindState) -> bytes:
    """The state of a kind; the place of its instances only where one is known."""
    plan: dict[str, Any] | None = None
    if state.rebalance is not None:
        goal = state.rebalance
        plan = {"id": goal.id, "gives": goal.gives, "takes": goal.takes, "planned": goal.is_planned}
        if goal.bound:
            plan |= {"bound": goal.bound, "left": goal.left}
    place = {"place": state.place} if state.place else {}
    return encode(
        {
            "commit": state.commit,
            "shards": state.shards,
            "resourcePerInstance": state.resource_per_instance,
            "maxInstances": state.max_instances,
            "revision": state.revision,
            "paused": state.paused,
            "nextIncarnation": state.next_incarnation,
            "removalBudget": {"since": state.removal_budget.since, "spent": state.removal_budget.spent},
            "plan": plan,
            "storeId": state.store_id,
            **place,
            **_beyond(state.beyond),
        }
    )


def decode_kind(kind: str, path: str, document: Document) -> KindState:
    fields = Fields.of(path, document.body)
    unset = KindState(kind=kind)
    budget = fields.inner("removalBudget")
    return KindState(
        kind=kind,
        commit=fields.integer("commit"),
        shards=fields.integer("shards", unset.shards),
        resource_per_instance=fields.integer("resourcePerInstance", unset.resource_per_instance),
        max_instances=fields.integer("maxInstances", unset.max_instances),
        revision=fields.integer("revision", unset.revision),
        paused=fields.flag("paused", unset.paused),
        next_incarnation=fields.integer("nextIncarnation"),
        removal_budget=RemovalBudget()
        if budget is None
        else RemovalBudget(since=budget.number("since", 0.0), spent=budget.integer("spent", 0)),
        rebalance=_decode_plan(fields.inner("plan")),
        store_id=fields.text("storeId", ""),
        place=fields.text("place", ""),
        version=document.version,
        beyond=fields.beyond(_OF_A_STATE),
    )


def _decode_plan(fields: Fields | None) -> Rebalance | None:
    if fields is None:
        return None
    return Rebalance(
        id=fields.text("id"),
        gives=fields.integer_pairs("gives"),
        takes=fields.integer_pairs("takes"),
        is_planned=fields.flag("planned", True),
        bound=(bound := fields.integer("bound", 0)),
        left=fields.integer("left", 0) if bound else 0,
    )


def encode_head(shard: Shard) -> bytes:
    """The shard's own document; labels and capacity beyond the count of ids only where there are any."""
    members: dict[str, Any] = {
        "used": shard.used,
        "count": shard.capacity[0],
        "incarnation": shard.incarnation,
        "instance": shard.instance,
        "revision": shard.revision,
        "state": shard.state,
        "op": shard.op,
    }
    if len(shard.capacity) > 1:
        members["capacity"] = shard.capacity[1:]
    if shard.labels:
        members["labels"] = dict(shard.labels)
    if shard.bounds:
        members["bounds"] = dict(shard.bounds)
    return encode(members | _beyond(shard.beyond))


def decode_head(number: int, path: str, document: Document) -> Shard:
    """A shard without its generation, chunks and versions. The stored ``used`` is not believed."""
    fields = Fields.of(path, document.body)
    capacity: Vector = (fields.integer("count"), *fields.integers("capacity"))
    return Shard(
        number=number,
        capacity=capacity,
        labels=fields.texts("labels"),
        bounds=fields.bounds("bounds"),
        incarnation=fields.integer("incarnation", 0),
        instance=_choose(Instance, fields, "instance", Instance.NONE),
        revision=fields.integer("revision", 1),
        state=_choose(ShardState, fields, "state", ShardState.ACTIVE),
        op=fields.text("op", ""),
        beyond=fields.beyond(_OF_A_HEAD),
    )


def encode_reload(generation: int) -> bytes:
    return encode({"times": generation})


def decode_reload(path: str, document: Document) -> int:
    return Fields.of(path, document.body).integer("times")


def encode_count(chunks: int) -> bytes:
    """What ``resources`` itself holds where the chunks are its children."""
    return encode({"chunks": chunks})


def encode_chunk(chunk: Chunk) -> bytes:
    members: dict[str, Any] = {"ids": chunk.ids}
    if chunk.releasing:
        members["releasing"] = [
            {"g": entry.generation, "to": entry.to, "ids": entry.ids} for entry in chunk.releasing
        ]
    return encode(members)


def decode_chunk(fields: Fields, version: int) -> Chunk:
    """A chunk in which each id stands once: what is owned there is not on its way elsewhere, too."""
    ids = fields.ids("ids")
    entries: list[Releasing] = []
    known: set[str] | None = None
    for entry in fields.objects("releasing"):
        known = set(ids) if known is None else known
        listed = entry.ids("ids")
        leaving = tuple(i for i in listed if i not in known)
        known.update(leaving)
        generation, to = entry.integer("g"), entry.integer("to") if entry.has("to") else None
        if leaving or not listed:
            entries.append(Releasing(generation=generation, to=to, ids=leaving))
    return Chunk(ids=ids, releasing=tuple(entries), version=version)


def encode_revision(revision: Revision) -> bytes:
    return encode({"digest": revision.digest, "template": revision.template})


def decode_revision(kind: str, number: int, path: str, document: Document) -> Revision:
    fields = Fields.of(path, document.body)
    return Revision(kind=kind, number=number, digest=fields.text("digest"), template=fields.text("template"))


def _beyond(text: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(text) if text else {}
    return members


def _choose(choices: type[Choice], fields: Fields, name: str, default: Choice) -> Choice:
    value = fields.text(name, default)
    if value not in set(choices):
        fields.reject(name, "one of " + ", ".join(choices))
    return choices(value)
