"""What is done on purpose to instances and leaders, to see that it does no harm."""

from __future__ import annotations

from aiohttp import web

from api.body import read_shape
from api.granted import granted
from api.instances import shard_number
from api.kinds import NoWish
from api.options import FACADE, OPTIONS
from api.orchestrations import actor_of
from api.problem import Problem
from api.query import read_query
from api.route import Route
from api.shapes.drill import KillWish, RestartWish, RoomShape, StruckShape, StrucksShape


async def restart(request: web.Request) -> web.Response:
    read_query(request)
    kind, shard = request.match_info["kind"], shard_number(request)
    wish = await read_shape(request, RestartWish, request.app[OPTIONS].body_limit)
    done = await request.app[FACADE].restart(
        kind, shard, incarnation=wish.incarnation, actor=actor_of(request)
    )
    return StruckShape.of(granted(done, 409)).reply()


async def kill(request: web.Request) -> web.Response:
    read_query(request)
    facade, kind = request.app[FACADE], request.match_info["kind"]
    wish = await read_shape(request, KillWish, request.app[OPTIONS].body_limit)
    if (wish.shards is None) == (wish.label is None) or (wish.label is None) != (wish.value is None):
        raise Problem(422, "either shards, or a label with its value, say what is to be killed")
    shards = wish.shards
    if wish.label is not None and wish.value is not None:
        shards = list(await facade.zone(kind, wish.label, wish.value))
        if not shards:
            raise Problem(
                409, f"Nothing was killed: no shard of {kind} has the label {wish.label}={wish.value}."
            )
    done = await facade.kill(kind, shards or [], actor=actor_of(request))
    return StrucksShape(items=tuple(StruckShape.of(one) for one in granted(done, 409))).reply()


async def resign(request: web.Request) -> web.Response:
    read_query(request)
    await read_shape(request, NoWish, request.app[OPTIONS].body_limit)
    facade = request.app[FACADE]
    epoch = facade.standing().epoch
    await facade.make_room(actor=actor_of(request))
    return RoomShape(resigned=True, epoch=epoch).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="POST",
            path="/v1/api/kinds/{kind}/instances/{shard}/restart",
            handler=restart,
            summary="Have an instance replaced in good order",
            body=RestartWish,
            answer=StruckShape,
            problems=(400, 404, 409, 413, 415, 422, 503),
        ),
        Route(
            method="POST",
            path="/v1/api/kinds/{kind}/instances/kill",
            handler=kill,
            summary="End instances as a crash would, for a drill",
            body=KillWish,
            answer=StrucksShape,
            problems=(400, 404, 409, 413, 415, 422, 503),
        ),
        Route(
            method="POST",
            path="/v1/api/leader/resign",
            handler=resign,
            summary="Have another server lead, or this one begin a new term",
            body=NoWish,
            answer=RoomShape,
            problems=(400, 413, 415, 422, 503),
        ),
    )
