"""Liveness, readiness and the overview."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from api.access import ACCESS
from api.access.sight import seen
from api.options import FACADE, OPTIONS
from api.problem import Problem
from api.query import read_query
from api.route import Parameter, Route
from api.shapes.system import (
    DependencyShape,
    LiveShape,
    OverviewShape,
    ReadyShape,
    StandingShape,
    overview_shape,
)
from orchestrator.core.access import Role

_WORTH_A_THREAD = 16 * 1024
_VERBOSE = Parameter(name="verbose", schema={"type": "string"}, description="name every dependency")


async def livez(request: web.Request) -> web.Response:
    # Depends on nothing: the outage of a dependency must not make a supervisor restart every replica.
    return LiveShape(live=True).reply()


async def readyz(request: web.Request) -> web.Response:
    overview = request.app[FACADE].overview()
    verbose = _VERBOSE.name in read_query(request, (_VERBOSE,))
    answer = ReadyShape(ready=overview.ready)
    if verbose:
        # Where what it leans on is, and why it does not answer, is not for everybody.
        principal = await request.app[ACCESS].principal_of(request)
        if principal.highest < Role.VIEWER:
            raise Problem(403, f"{principal.name} has no role: this needs the role {Role.VIEWER.label}")
        answer = ReadyShape(
            ready=overview.ready,
            dependencies=tuple(DependencyShape.of(one) for one in overview.dependencies),
            standing=StandingShape.of(overview.standing),
        )
    return web.Response(
        status=200 if overview.ready else 503,
        body=answer.model_dump_json(by_alias=True, exclude_none=not verbose).encode(),
        content_type="application/json",
    )


async def overview(request: web.Request) -> web.Response:
    read_query(request)
    whole = request.app[FACADE].overview()
    shown = replace(whole, kinds=seen(request, whole.kinds, lambda kind: kind.kind))
    shape = overview_shape(shown, request.app[OPTIONS].audit_bound)
    # Hundreds of rows that are much alike: packed a tenth of the bytes, and not on the thread of the loop.
    response = web.Response(
        body=shape.model_dump_json(by_alias=True).encode(),
        content_type="application/json",
        zlib_executor_size=_WORTH_A_THREAD,
    )
    response.enable_compression()
    return response


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/livez",
            handler=livez,
            summary="The process answers",
            role=Role.NOBODY,
            answer=LiveShape,
            is_local=True,
            takes_any_query=True,
        ),
        Route(
            method="GET",
            path="/readyz",
            handler=readyz,
            summary="This server can decide, or follows and can answer: 200, else 503",
            query=(_VERBOSE,),
            answer=ReadyShape,
            problems=(401, 403, 429, 503),
            role=Role.NOBODY,
            is_local=True,
        ),
        Route(
            method="GET",
            path="/v1/api/overview",
            handler=overview,
            is_for_any_kind=True,
            summary="Everything that the first page shows",
            answer=OverviewShape,
        ),
    )
