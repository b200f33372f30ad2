"""Instances, and the end of a lost one on a person's word."""

from __future__ import annotations

from aiohttp import web

from api.access.sight import seen
from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.granted import granted
from api.options import FACADE
from api.query import DRY_RUN, KIND, read_dry_run, read_query
from api.route import Route
from api.shapes.resource import FencedShape, FenceWish
from api.shapes.system import InstanceShape, InstancesShape
from api.shard_number import shard_number
from orchestrator.core.access import Role


async def instances(request: web.Request) -> web.Response:
    kind = read_query(request, (KIND,)).get(KIND.name)
    found = seen(request, request.app[FACADE].instances(kind), lambda one: one.kind)
    ordered = sorted(found, key=lambda one: (one.kind, one.shard, one.incarnation))
    return InstancesShape(items=tuple(InstanceShape.of(one) for one in ordered)).reply()


async def fence(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    kind, shard = request.match_info["kind"], shard_number(request)
    wish = await read_shape(request, FenceWish)
    audited(request, before={"uid": wish.uid})
    answer = await request.app[FACADE].fence(
        kind, shard, uid=wish.uid, actor=actor_of(request), dry_run=dry_run
    )
    granted(answer, 409)
    return FencedShape(kind=kind, shard=shard, uid=wish.uid).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/instances",
            handler=instances,
            is_for_any_kind=True,
            summary="The instances of all kinds or of one",
            query=(KIND,),
            answer=InstancesShape,
            problems=(404,),
        ),
        Route(
            method="POST",
            path="/v1/api/instances/{kind}/{shard}/fence",
            role=Role.ADMIN,
            handler=fence,
            summary="Give up exactly this instance, of which the runtime knows nothing, on a person's word",
            query=(DRY_RUN,),
            body=FenceWish,
            answer=FencedShape,
            problems=(409, 422),
        ),
    )
