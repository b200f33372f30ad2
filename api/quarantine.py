"""The ids that are set apart: shown, put in and lifted by a person."""

from __future__ import annotations

from aiohttp import web

from api.body import read_shape
from api.granted import granted
from api.options import FACADE, OPTIONS
from api.orchestrations import actor_of
from api.problem import Problem
from api.query import read_query
from api.resource import resource_id
from api.route import Route
from api.shapes.quarantine import LiftedShape, QuarantinedShape, QuarantineShape, QuarantineWish


async def listed(request: web.Request) -> web.Response:
    read_query(request)
    found = request.app[FACADE].quarantine(request.match_info["kind"])
    return QuarantineShape(items=tuple(QuarantinedShape.of(one) for one in found)).reply()


async def shown(request: web.Request) -> web.Response:
    read_query(request)
    wanted = resource_id(request)
    for one in request.app[FACADE].quarantine(request.match_info["kind"]):
        if one.id == wanted:
            return QuarantinedShape.of(one).reply()
    raise Problem(404, "this id is not in quarantine")


async def add(request: web.Request) -> web.Response:
    read_query(request)
    wanted = resource_id(request)
    wish = await read_shape(request, QuarantineWish, request.app[OPTIONS].body_limit)
    answer = await request.app[FACADE].quarantine_add(
        request.match_info["kind"], wanted, seconds=wish.seconds, why=wish.why, actor=actor_of(request)
    )
    if answer is None:
        raise Problem(404, "the catalog does not list this id")
    return QuarantinedShape.of(granted(answer, 409)).reply()


async def lift(request: web.Request) -> web.Response:
    read_query(request)
    kind, wanted = request.match_info["kind"], resource_id(request)
    if not await request.app[FACADE].quarantine_lift(kind, wanted, actor=actor_of(request)):
        raise Problem(404, "this id is not in quarantine")
    return LiftedShape(kind=kind, id=wanted).reply()


def routes() -> tuple[Route, ...]:
    path = "/v1/api/kinds/{kind}/quarantine"
    return (
        Route(
            method="GET",
            path=path,
            handler=listed,
            summary="The ids that are set apart, the newest first",
            answer=QuarantineShape,
            problems=(400, 404),
        ),
        Route(
            method="GET",
            path=f"{path}/{{id}}",
            handler=shown,
            summary="Why an id is set apart, and until when",
            answer=QuarantinedShape,
            problems=(400, 404),
        ),
        Route(
            method="PUT",
            path=f"{path}/{{id}}",
            handler=add,
            summary="Set an id apart: its owner lets go of it, and nobody gets it for that time",
            body=QuarantineWish,
            answer=QuarantinedShape,
            problems=(400, 404, 409, 413, 415, 422),
        ),
        Route(
            method="DELETE",
            path=f"{path}/{{id}}",
            handler=lift,
            summary="Let an id be placed again",
            answer=LiftedShape,
            problems=(400, 404),
        ),
    )
