"""Where the instances of a kind run, changed by a person."""

from __future__ import annotations

from aiohttp import web

from api.body import read_shape
from api.options import FACADE, OPTIONS
from api.orchestrations import actor_of
from api.problem import Problem
from api.query import read_query
from api.route import Route
from api.shapes.resource import PlaceShape, PlaceWish


async def accept(request: web.Request) -> web.Response:
    read_query(request)
    facade, kind = request.app[FACADE], request.match_info["kind"]
    wish = await read_shape(request, PlaceWish, request.app[OPTIONS].body_limit)
    refused = await facade.accept_place(kind, instead_of=wish.instead_of, actor=actor_of(request))
    if refused is not None:
        raise Problem(409, refused.detail, refused.reasons)
    return PlaceShape(kind=kind, place=facade.kind(kind).place).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="POST",
            path="/v1/api/kinds/{kind}/place/accept",
            handler=accept,
            summary="Let the instances run where the leader sees them, instead of where the store says",
            body=PlaceWish,
            answer=PlaceShape,
            problems=(400, 404, 409, 413, 415, 422, 503),
        ),
    )
