"""Liveness, readiness and the overview."""

from __future__ import annotations

from aiohttp import web

from api.options import FACADE, OPTIONS
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

_VERBOSE = Parameter(name="verbose", schema={"type": "string"}, description="name every dependency")


async def livez(request: web.Request) -> web.Response:
    # Depends on nothing: the outage of a dependency must not make a supervisor restart every replica.
    return LiveShape(live=True).reply()


async def readyz(request: web.Request) -> web.Response:
    overview = request.app[FACADE].overview()
    verbose = _VERBOSE.name in read_query(request, (_VERBOSE,))
    answer = ReadyShape(ready=overview.ready)
    if verbose:
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
    return overview_shape(request.app[FACADE].overview(), request.app[OPTIONS].audit_bound).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/livez",
            handler=livez,
            summary="The process answers",
            answer=LiveShape,
            is_local=True,
        ),
        Route(
            method="GET",
            path="/readyz",
            handler=readyz,
            summary="This server can decide, or follows and can answer: 200, else 503",
            query=(_VERBOSE,),
            answer=ReadyShape,
            problems=(400, 503),
            is_local=True,
        ),
        Route(
            method="GET",
            path="/v1/api/overview",
            handler=overview,
            summary="Everything that the first page shows",
            answer=OverviewShape,
            problems=(400,),
        ),
    )
