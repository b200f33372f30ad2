"""Kinds, their shards, and a resync on demand."""

from __future__ import annotations

from aiohttp import web

from api.access.sight import seen
from api.actor import actor_of
from api.body import read_shape
from api.options import FACADE, OPTIONS
from api.query import DRY_RUN, read_dry_run, read_query
from api.route import Route
from api.shapes.base import NoWish
from api.shapes.kind import KindShape, KindsShape, ShardShape, ShardsShape, describe, summarise
from api.shapes.resource import ResyncedShape
from api.versions import kind_version


async def kinds(request: web.Request) -> web.Response:
    read_query(request)
    facade, bound = request.app[FACADE], request.app[OPTIONS].audit_bound
    names = seen(request, facade.kinds(), str)
    return KindsShape(items=tuple(summarise(facade.kind(name), bound) for name in names)).reply()


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
    dry_run = read_dry_run(request)
    await read_shape(request, NoWish)
    name = request.match_info["kind"]
    await request.app[FACADE].resync(name, actor=actor_of(request), dry_run=dry_run)
    return ResyncedShape(kind=name, resynced=not dry_run).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/kinds",
            handler=kinds,
            is_for_any_kind=True,
            summary="All kinds, without their shards",
            answer=KindsShape,
        ),
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}",
            handler=kind,
            summary="A kind with its shards",
            answer=KindShape,
            version=kind_version,
        ),
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/shards",
            handler=shards,
            summary="The shards of a kind",
            answer=ShardsShape,
        ),
        Route(
            method="POST",
            path="/v1/api/kinds/{kind}/resync",
            handler=resync,
            summary="Compare catalog and store now",
            query=(DRY_RUN,),
            body=NoWish,
            answer=ResyncedShape,
        ),
    )
