"""What is done on purpose to instances and leaders, to see that it does no harm."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.granted import granted
from api.options import FACADE
from api.problem import Problem
from api.query import DRY_RUN, read_dry_run
from api.route import Route
from api.shapes.base import NoWish
from api.shapes.drill import KillWish, RestartWish, RoomShape, StruckShape, StrucksShape
from api.shard_number import shard_number
from orchestrator.core.access import Role
from orchestrator.engine.answers.drill import Struck


async def restart(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    kind, shard = request.match_info["kind"], shard_number(request)
    wish = await read_shape(request, RestartWish)
    done = await request.app[FACADE].restart(
        kind, shard, incarnation=wish.incarnation, actor=actor_of(request), dry_run=dry_run
    )
    struck = granted(done, 409)
    audited(request, before=_struck([struck]))
    return StruckShape.of(struck).reply()


def _struck(struck: Sequence[Struck]) -> dict[str, list[dict[str, int]]]:
    return {"instances": [{"shard": one.shard, "incarnation": one.incarnation} for one in struck]}


async def kill(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    facade, kind = request.app[FACADE], request.match_info["kind"]
    wish = await read_shape(request, KillWish)
    if (wish.shards is None) == (wish.label is None) or (wish.label is None) != (wish.value is None):
        raise Problem(422, "either shards, or a label with its value, say what is to be killed")
    shards = wish.shards
    if wish.label is not None and wish.value is not None:
        shards = list(await facade.zone(kind, wish.label, wish.value))
        if not shards:
            raise Problem(
                409, f"Nothing was killed: no shard of {kind} has the label {wish.label}={wish.value}."
            )
    audited(request, target="shards " + ", ".join(str(shard) for shard in shards or []))
    done = await facade.kill(kind, shards or [], actor=actor_of(request), dry_run=dry_run)
    struck = granted(done, 409)
    audited(request, before=_struck(struck))
    return StrucksShape(items=tuple(StruckShape.of(one) for one in struck)).reply()


async def resign(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    await read_shape(request, NoWish)
    facade = request.app[FACADE]
    epoch = facade.standing().epoch
    audited(request, before={"epoch": epoch})
    await facade.make_room(actor=actor_of(request), dry_run=dry_run)
    return RoomShape(resigned=not dry_run, epoch=epoch).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="POST",
            path="/v1/api/kinds/{kind}/instances/{shard}/restart",
            handler=restart,
            summary="Have an instance replaced in good order",
            query=(DRY_RUN,),
            body=RestartWish,
            answer=StruckShape,
            problems=(409, 422),
        ),
        Route(
            method="POST",
            path="/v1/api/kinds/{kind}/instances/kill",
            role=Role.ADMIN,
            handler=kill,
            summary="End instances as a crash would, for a drill",
            query=(DRY_RUN,),
            body=KillWish,
            answer=StrucksShape,
            problems=(409, 422),
        ),
        Route(
            method="POST",
            path="/v1/api/leader/resign",
            role=Role.ADMIN,
            handler=resign,
            summary="Have another server lead, or this one begin a new term",
            query=(DRY_RUN,),
            body=NoWish,
            answer=RoomShape,
            problems=(422,),
        ),
    )
