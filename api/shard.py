"""One shard in full: its moves, its instance, and its end when a person asks for it."""

from __future__ import annotations

from aiohttp import web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.granted import granted, known
from api.options import FACADE
from api.query import DRY_RUN, read_dry_run, read_query
from api.route import Route
from api.shapes.base import NoWish
from api.shapes.shard import (
    DrainedShape,
    InstanceDetailShape,
    MovesShape,
    ShardDetailShape,
    UndrainedShape,
    drained_shape,
    instance_shape,
    moves_shape,
    shard_shape,
)
from api.shard_number import no_such_shard, shard_number
from api.versions import shard_version


async def moves(request: web.Request) -> web.Response:
    read_query(request)
    return moves_shape(request.app[FACADE].moves_under_way(request.match_info["kind"])).reply()


async def shard(request: web.Request) -> web.Response:
    read_query(request)
    kind, number = request.match_info["kind"], shard_number(request)
    found = request.app[FACADE].shard_detail(kind, number)
    return shard_shape(known(found, no_such_shard(kind, number))).reply()


async def instance(request: web.Request) -> web.Response:
    read_query(request)
    kind, number = request.match_info["kind"], shard_number(request)
    found = request.app[FACADE].instance_detail(kind, number)
    return instance_shape(known(found, no_such_shard(kind, number))).reply()


async def drain(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    kind, number = request.match_info["kind"], shard_number(request)
    await read_shape(request, NoWish)
    audited(request, target=f"{kind} {number}", after={"state": "draining"})
    answer = await request.app[FACADE].drain(kind, number, actor=actor_of(request), dry_run=dry_run)
    done = known(granted(answer, 409), no_such_shard(kind, number))
    return drained_shape(kind, number, done, dry_run=dry_run).reply()


async def undrain(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    kind, number = request.match_info["kind"], shard_number(request)
    await read_shape(request, NoWish)
    audited(request, target=f"{kind} {number}", after={"state": "active"})
    answer = await request.app[FACADE].undrain(kind, number, actor=actor_of(request), dry_run=dry_run)
    done = known(granted(answer, 409), no_such_shard(kind, number))
    return UndrainedShape(kind=kind, shard=number, dry_run=dry_run, ids=done.ids).reply()


def routes() -> tuple[Route, ...]:
    one = "/v1/api/kinds/{kind}/shards/{shard}"
    return (
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/moves",
            handler=moves,
            summary="What is on its way between the shards of a kind, and how much may be at once",
            answer=MovesShape,
        ),
        Route(
            method="GET",
            path=one,
            handler=shard,
            summary="A shard, and what is on its way from it and to it",
            answer=ShardDetailShape,
            version=shard_version,
        ),
        Route(
            method="GET",
            path=f"{one}/instance",
            handler=instance,
            summary="The instance of a shard: its beats, what it came through, and whether it can be drained",
            answer=InstanceDetailShape,
        ),
        Route(
            method="POST",
            path=f"{one}/drain",
            handler=drain,
            summary="Have a shard hand its resources to the others, and end",
            query=(DRY_RUN,),
            body=NoWish,
            answer=DrainedShape,
            version=shard_version,
            problems=(409,),
        ),
        Route(
            method="POST",
            path=f"{one}/undrain",
            handler=undrain,
            summary="Have a shard that is being drained stay, with what it still has",
            query=(DRY_RUN,),
            body=NoWish,
            answer=UndrainedShape,
            version=shard_version,
            problems=(409,),
        ),
    )
