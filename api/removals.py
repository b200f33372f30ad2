"""Removals that wait for a person."""

from __future__ import annotations

from aiohttp import hdrs, web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.granted import granted
from api.options import FACADE
from api.problem import Problem
from api.query import DRY_RUN, read_dry_run, read_query
from api.route import Route
from api.shapes.kind import HeldShape
from api.shapes.resource import AcceptedShape, AcceptWish, RemovalsShape
from api.versions import removals_version
from orchestrator.core.access import Role


async def removals(request: web.Request) -> web.Response:
    read_query(request)
    kind = request.app[FACADE].kind(request.match_info["kind"])
    if kind.age is not None:
        unknown = "which removals are held only a leader knows, and nobody leads"
        raise Problem(503, unknown, headers={hdrs.RETRY_AFTER: "1"})
    held = kind.held
    return RemovalsShape(held=None if held is None else HeldShape.of(held)).reply()


async def accept(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    wish = await read_shape(request, AcceptWish)
    audited(request, target=f"removals {wish.digest}", before={"held": wish.count})
    answer = await request.app[FACADE].accept_removals(
        request.match_info["kind"],
        digest=wish.digest,
        count=wish.count,
        actor=actor_of(request),
        dry_run=dry_run,
    )
    released = granted(answer, 409)
    audited(request, after={"released": released})
    return AcceptedShape(released=released).reply()


def routes() -> tuple[Route, ...]:
    path = "/v1/api/kinds/{kind}/removals"
    return (
        Route(
            method="GET",
            path=path,
            handler=removals,
            summary="The removals that wait for a person",
            answer=RemovalsShape,
            version=removals_version,
        ),
        Route(
            method="POST",
            path=f"{path}/accept",
            role=Role.ADMIN,
            handler=accept,
            summary="Let exactly the removals go that the digest names, once",
            query=(DRY_RUN,),
            body=AcceptWish,
            version=removals_version,
            answer=AcceptedShape,
            problems=(409, 422),
        ),
    )
