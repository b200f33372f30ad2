"""The versions of what people change: each covers what a person can set, and not what moves by itself."""

from __future__ import annotations

from aiohttp import web

from api.options import FACADE
from api.precondition import tag_of
from api.problem import Problem
from api.resource import resource_id
from api.shard_number import shard_number
from orchestrator.errors import NotNow, UnknownKind, UnknownPlan


def kind_version(request: web.Request) -> str | None:
    """Of a kind's settings: its size, whether it is paused, where it runs, the plan that it follows."""
    name = request.match_info.get("kind") or request.match_info["resource"]
    try:
        kind = request.app[FACADE].kind(name)
    except (UnknownKind, NotNow):
        return None
    return tag_of(
        kind.kind,
        kind.shards_wanted,
        kind.max_instances,
        kind.resource_per_instance,
        kind.paused,
        kind.place,
        kind.plan_id,
    )


def shard_version(request: web.Request) -> str | None:
    """Of a shard's labels and bounds, and whether it is being drained."""
    try:
        number = shard_number(request)
        found = request.app[FACADE].shards(request.match_info["kind"])
    except (UnknownKind, NotNow, Problem):
        return None
    for one in found:
        if one.number == number:
            return tag_of(number, one.state, dict(one.labels), dict(one.bounds))
    return None


def plan_version(request: web.Request) -> str | None:
    """Of a plan's stage; how far it has come is no part of it."""
    number = request.match_info["plan"]
    try:
        found = request.app[FACADE].plan(request.match_info["kind"], int(number[:10]))
    except (UnknownKind, UnknownPlan, NotNow, ValueError):
        return None
    return tag_of(found.proposal.id, found.stage, found.proposal.stage_at)


def pin_version(request: web.Request) -> str | None:
    try:
        wanted = resource_id(request)
        found = request.app[FACADE].pins(request.match_info["kind"])
    except (UnknownKind, NotNow, Problem):
        return None
    return next((tag_of(one.id, one.shard) for one in found if one.id == wanted), None)


def quarantine_version(request: web.Request) -> str | None:
    try:
        wanted = resource_id(request)
        found = request.app[FACADE].quarantine(request.match_info["kind"])
    except (UnknownKind, NotNow, Problem):
        return None
    of = (tag_of(one.id, one.since, one.until, one.by, one.evidence) for one in found if one.id == wanted)
    return next(of, None)


def removals_version(request: web.Request) -> str | None:
    """Of the removals that wait."""
    try:
        held = request.app[FACADE].kind(request.match_info["kind"]).held
    except (UnknownKind, NotNow):
        return None
    return None if held is None else tag_of(held.digest, held.count)
