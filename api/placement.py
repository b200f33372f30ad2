"""Where people want resources to stand: pins, and the labels and bounds of shards."""

from __future__ import annotations

from aiohttp import web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.granted import granted, known
from api.options import FACADE
from api.problem import Problem
from api.query import DRY_RUN, read_dry_run, read_query
from api.resource import NOT_LISTED, resource_id
from api.route import Route
from api.shapes.kind import ShardShape
from api.shapes.placement import PinnedShape, PinsShape, PinWish, ShardWish, UnpinnedShape
from api.shard_number import no_such_shard, shard_number
from api.versions import pin_version, shard_version
from orchestrator.engine.answers.shard import ShardStatus


async def listed(request: web.Request) -> web.Response:
    read_query(request)
    found = request.app[FACADE].pins(request.match_info["kind"])
    return PinsShape(items=tuple(PinnedShape.of(one) for one in found)).reply()


async def pin(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    wanted = resource_id(request)
    wish = await read_shape(request, PinWish)
    audited(request, before=_pinned(request, wanted))
    answer = await request.app[FACADE].pin(
        request.match_info["kind"], wanted, shard=wish.shard, actor=actor_of(request), dry_run=dry_run
    )
    done = known(granted(answer, 422), NOT_LISTED)
    audited(request, after={"shard": done.shard})
    return PinnedShape.of(done).reply()


def _pinned(request: web.Request, wanted: str) -> dict[str, int | None]:
    pins = request.app[FACADE].pins(request.match_info["kind"])
    return {"shard": next((one.shard for one in pins if one.id == wanted), None)}


async def unpin(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    kind, wanted = request.match_info["kind"], resource_id(request)
    audited(request, before=_pinned(request, wanted), after={"shard": None})
    if not await request.app[FACADE].unpin(kind, wanted, actor=actor_of(request), dry_run=dry_run):
        raise Problem(404, "this id is not pinned")
    return UnpinnedShape(kind=kind, id=wanted).reply()


async def set_shard(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    kind, number = request.match_info["kind"], shard_number(request)
    wish = await read_shape(request, ShardWish)
    found = (one for one in request.app[FACADE].shards(kind) if one.number == number)
    audited(request, before=next((_set(one) for one in found), None))
    answer = await request.app[FACADE].set_shard(
        kind,
        number,
        labels=wish.labels,
        capacity=wish.capacity,
        actor=actor_of(request),
        dry_run=dry_run,
    )
    done = known(granted(answer, 422), no_such_shard(kind, number))
    audited(request, after=_set(done))
    return ShardShape.of(done).reply()


def _set(shard: ShardStatus) -> dict[str, dict[str, str] | dict[str, int]]:
    return {"labels": dict(shard.labels), "capacity": dict(shard.bounds)}


def routes() -> tuple[Route, ...]:
    pins = "/v1/api/kinds/{kind}/pins"
    return (
        Route(
            method="GET",
            path=pins,
            handler=listed,
            summary="The pinned resources, and how far each pin is met",
            answer=PinsShape,
        ),
        Route(
            method="PUT",
            path=f"{pins}/{{id}}",
            handler=pin,
            summary="Pin a resource to a shard; the next orchestration moves it there",
            query=(DRY_RUN,),
            body=PinWish,
            version=pin_version,
            answer=PinnedShape,
            problems=(422,),
        ),
        Route(
            method="DELETE",
            path=f"{pins}/{{id}}",
            handler=unpin,
            summary="Let a resource stand on any shard again",
            query=(DRY_RUN,),
            answer=UnpinnedShape,
            version=pin_version,
        ),
        Route(
            method="PATCH",
            path="/v1/api/kinds/{kind}/shards/{shard}",
            handler=set_shard,
            summary="Set labels and bounds of a shard; nothing moves before the next orchestration",
            query=(DRY_RUN,),
            body=ShardWish,
            version=shard_version,
            answer=ShardShape,
            problems=(422,),
        ),
    )
