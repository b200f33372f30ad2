"""Instances and what they wrote."""

from __future__ import annotations

from aiohttp import web

from api.body import read_shape
from api.options import FACADE, OPTIONS
from api.orchestrations import actor_of
from api.problem import Problem
from api.query import KIND, read_query, whole
from api.route import Parameter, Route
from api.shapes.resource import FencedShape, FenceWish
from api.shapes.system import InstanceShape, InstancesShape, LogsShape

_MOST_LINES = 2000
_LONGEST_LINE = 8192
_LINES = Parameter(
    name="lines",
    schema={"type": "integer", "minimum": 1, "maximum": _MOST_LINES, "default": 200},
    description="how many of the last lines",
)


def shard_number(request: web.Request) -> int:
    """The shard of the path. Raises Problem (404)."""
    text = request.match_info["shard"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Problem(404, "a shard is named by its number")
    return int(text)


async def instances(request: web.Request) -> web.Response:
    kind = read_query(request, (KIND,)).get(KIND.name)
    found = request.app[FACADE].instances(kind)
    ordered = sorted(found, key=lambda one: (one.kind, one.shard, one.incarnation))
    return InstancesShape(items=tuple(InstanceShape.of(one) for one in ordered)).reply()


async def logs(request: web.Request) -> web.Response:
    facade, kind, shard = request.app[FACADE], request.match_info["kind"], shard_number(request)
    lines = whole(read_query(request, (_LINES,)), _LINES.name, least=1, most=_MOST_LINES) or 200
    if all(one.number != shard for one in facade.shards(kind)):
        raise Problem(404, f"{kind} has no shard {shard}")
    wrote = await facade.logs(kind, shard, lines=lines)
    return LogsShape(kind=kind, shard=shard, items=tuple(line[:_LONGEST_LINE] for line in wrote)).reply()


async def fence(request: web.Request) -> web.Response:
    read_query(request)
    kind, shard = request.match_info["kind"], shard_number(request)
    wish = await read_shape(request, FenceWish, request.app[OPTIONS].body_limit)
    refused = await request.app[FACADE].fence(kind, shard, uid=wish.uid, actor=actor_of(request))
    if refused is not None:
        raise Problem(409, refused.detail, refused.reasons)
    return FencedShape(kind=kind, shard=shard, uid=wish.uid).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/instances",
            handler=instances,
            summary="The instances of all kinds or of one",
            query=(KIND,),
            answer=InstancesShape,
            problems=(400, 404),
        ),
        Route(
            method="GET",
            path="/v1/api/instances/{kind}/{shard}/logs",
            handler=logs,
            summary="The last lines that an instance wrote",
            query=(_LINES,),
            answer=LogsShape,
            problems=(400, 404, 422, 503),
            head=False,
        ),
        Route(
            method="POST",
            path="/v1/api/instances/{kind}/{shard}/fence",
            handler=fence,
            summary="Give up exactly this instance, of which the runtime knows nothing, on a person's word",
            body=FenceWish,
            answer=FencedShape,
            problems=(400, 404, 409, 413, 415, 422, 503),
        ),
    )
