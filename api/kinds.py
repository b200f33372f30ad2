"""Kinds, their shards, and a resync on demand."""

from __future__ import annotations

from aiohttp import web

from api.body import read_shape
from api.options import FACADE, OPTIONS
from api.orchestrations import actor_of
from api.query import read_query
from api.route import Route
from api.shapes.base import Wish
from api.shapes.kind import KindShape, KindsShape, ShardShape, ShardsShape, describe, summarise
from api.shapes.resource import ResyncedShape


class NoWish(Wish):
    """A body without fields."""


async def kinds(request: web.Request) -> web.Response:
    read_query(request)
    facade, bound = request.app[FACADE], request.app[OPTIONS].audit_bound
    return KindsShape(items=tuple(summarise(facade.kind(name), bound) for name in facade.kinds())).reply()


async def kind(request: web.Request) -> web.Response:
    read_query(request)
    status = request.app[FACADE].kind(request.match_info["kind"])
    return describe(status, request.app[OPTIONS].audit_bound).reply()


async def shards(request: web.Request) -> web.Response:
    read_query(request)
    found = request.app[FACADE].shards(request.match_info["kind"])
    ordered = sorted(found, key=lambda shard: shard.number)
    return ShardsShape(items=tuple(ShardShape.of(shard) for shard in ordered)).reply()


async def resync(request: web.Request) -> web.Response:
    read_query(request)
    await read_shape(request, NoWish, request.app[OPTIONS].body_limit)
    name = request.match_info["kind"]
    await request.app[FACADE].resync(name, actor=actor_of(request))
    return ResyncedShape(kind=name, resynced=True).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/kinds",
            handler=kinds,
            summary="All kinds, without their shards",
            answer=KindsShape,
            problems=(400,),
        ),
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}",
            handler=kind,
            summary="A kind with its shards",
            answer=KindShape,
            problems=(400, 404),
        ),
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/shards",
            handler=shards,
            summary="The shards of a kind",
            answer=ShardsShape,
            problems=(400, 404),
        ),
        Route(
            method="POST",
            path="/v1/api/kinds/{kind}/resync",
            handler=resync,
            summary="Compare catalog and store now",
            body=NoWish,
            answer=ResyncedShape,
            problems=(400, 404, 413, 415, 503),
        ),
    )
