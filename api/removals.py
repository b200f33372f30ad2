"""Removals that wait for a person."""

from __future__ import annotations

from aiohttp import hdrs, web

from api.body import read_shape
from api.options import FACADE, OPTIONS
from api.orchestrations import actor_of
from api.problem import Problem
from api.query import read_query
from api.route import Route
from api.shapes.kind import HeldShape
from api.shapes.resource import AcceptedShape, AcceptWish, RemovalsShape
from orchestrator.core.plan import Refused


async def removals(request: web.Request) -> web.Response:
    read_query(request)
    kind = request.app[FACADE].kind(request.match_info["kind"])
    if kind.age is not None:
        unknown = "which removals are held only a leader knows, and nobody leads"
        raise Problem(503, unknown, headers={hdrs.RETRY_AFTER: "1"})
    held = kind.held
    return RemovalsShape(held=None if held is None else HeldShape.of(held)).reply()


async def accept(request: web.Request) -> web.Response:
    read_query(request)
    wish = await read_shape(request, AcceptWish, request.app[OPTIONS].body_limit)
    answer = await request.app[FACADE].accept_removals(
        request.match_info["kind"], digest=wish.digest, count=wish.count, actor=actor_of(request)
    )
    if isinstance(answer, Refused):
        raise Problem(409, answer.detail, answer.reasons)
    return AcceptedShape(released=answer).reply()


def routes() -> tuple[Route, ...]:
    path = "/v1/api/kinds/{kind}/removals"
    return (
        Route(
            method="GET",
            path=path,
            handler=removals,
            summary="The removals that wait for a person",
            answer=RemovalsShape,
            problems=(400, 404, 503),
        ),
        Route(
            method="POST",
            path=f"{path}/accept",
            handler=accept,
            summary="Let exactly the removals go that the digest names, once",
            body=AcceptWish,
            answer=AcceptedShape,
            problems=(400, 404, 409, 413, 415, 422, 503),
        ),
    )
