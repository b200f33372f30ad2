"""Removals that wait for a person."""

from __future__ import annotations

from aiohttp import hdrs, web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.options import FACADE, OPTIONS
from api.problem import Problem
from api.query import DRY_RUN, read_dry_run, read_query
from api.route import Route
from api.shapes.kind import HeldShape
from api.shapes.resource import AcceptedShape, AcceptWish, RemovalsShape
from api.versions import removals_version
from orchestrator.core.access import Role
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
    dry_run = read_dry_run(request)
    wish = await read_shape(request, AcceptWish, request.app[OPTIONS].body_limit)
    audited(request, target=f"removals {wish.digest}", before={"held": wish.count})
    answer = await request.app[FACADE].accept_removals(
        request.match_info["kind"],
        digest=wish.digest,
        count=wish.count,
        actor=actor_of(request),
        dry_run=dry_run,
    )
    if isinstance(answer, Refused):
        raise Problem(409, answer.detail, answer.reasons)
    audited(request, after={"released": answer})
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
            version=removals_version,
            problems=(400, 404, 503),
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
            problems=(400, 404, 409, 413, 415, 422, 503),
        ),
    )
