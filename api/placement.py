"""Where people want resources to stand: pins, and the labels and bounds of shards."""

from __future__ import annotations

from aiohttp import web

from api.body import read_shape
from api.granted import granted
from api.instances import shard_number
from api.options import FACADE, OPTIONS
from api.orchestrations import actor_of
from api.problem import Problem
from api.query import read_query
from api.resource import resource_id
from api.route import Route
from api.shapes.kind import ShardShape
from api.shapes.placement import PinnedShape, PinsShape, PinWish, ShardWish, UnpinnedShape


async def listed(request: web.Request) -> web.Response:
    read_query(request)
    found = request.app[FACADE].pins(request.match_info["kind"])
    return PinsShape(items=tuple(PinnedShape.of(one) for one in found)).reply()


async def pin(request: web.Request) -> web.Response:
    read_query(request)
    wanted = resource_id(request)
    wish = await read_shape(request, PinWish, request.app[OPTIONS].body_limit)
    answer = await request.app[FACADE].pin(
        request.match_info["kind"], wanted, shard=wish.shard, actor=actor_of(request)
    )
    if answer is None:
        raise Problem(404, "the catalog does not list this id")
    return PinnedShape.of(granted(answer, 422)).reply()


async def unpin(request: web.Request) -> web.Response:
    read_query(request)
    kind, wanted = request.match_info["kind"], resource_id(request)
    if not await request.app[FACADE].unpin(kind, wanted, actor=actor_of(request)):
        raise Problem(404, "this id is not pinned")
    return UnpinnedShape(kind=kind, id=wanted).reply()


async def set_shard(request: web.Request) -> web.Response:
    read_query(request)
    kind, number = request.match_info["kind"], shard_number(request)
    wish = await read_shape(request, ShardWish, request.app[OPTIONS].body_limit)
    answer = await request.app[FACADE].set_shard(
        kind, number, labels=wish.labels, capacity=wish.capacity, actor=actor_of(request)
    )
    if answer is None:
        raise Problem(404, f"{kind} has no shard {number}")
    return ShardShape.of(granted(answer, 422)).reply()


def routes() -> tuple[Route, ...]:
    pins = "/v1/api/kinds/{kind}/pins"
    return (
        Route(
            method="GET",
            path=pins,
            handler=listed,
            summary="The pinned resources, and how far each pin is met",
            answer=PinsShape,
            problems=(400, 404),
        ),
        Route(
            method="PUT",
            path=f"{pins}/{{id}}",
            handler=pin,
            summary="Pin a resource to a shard; the next orchestration moves it there",
            body=PinWish,
            answer=PinnedShape,
            problems=(400, 404, 413, 415, 422),
        ),
        Route(
            method="DELETE",
            path=f"{pins}/{{id}}",
            handler=unpin,
            summary="Let a resource stand on any shard again",
            answer=UnpinnedShape,
            problems=(400, 404),
        ),
        Route(
            method="PATCH",
            path="/v1/api/kinds/{kind}/shards/{shard}",
            handler=set_shard,
            summary="Set labels and bounds of a shard; nothing moves before the next orchestration",
            body=ShardWish,
            answer=ShardShape,
            problems=(400, 404, 413, 415, 422),
        ),
    )
