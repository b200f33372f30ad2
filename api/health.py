"""Liveness, readiness and the overview."""

from __future__ import annotations

from aiohttp import web

from api.options import FACADE, OPTIONS
from api.query import read_query
from api.route import Parameter, Route
from api.shapes.system import DependencyShape, LiveShape, OverviewShape, ReadyShape, overview_shape

_VERBOSE = Parameter(name="verbose", schema={"type": "string"}, description="name every dependency")


async def livez(request: web.Request) -> web.Response:
    # Depends on nothing: the outage of a dependency must not make a supervisor restart every replica.
    return LiveShape(live=True).reply()


async def readyz(request: web.Request) -> web.Response:
    overview = request.app[FACADE].overview()
    named = (
        tuple(DependencyShape.of(one) for one in overview.dependencies)
        if _VERBOSE.name in read_query(request, (_VERBOSE,))
        else None
    )
    answer = ReadyShape(ready=overview.ready, dependencies=named)
    return web.Response(
        status=200 if overview.ready else 503,
        body=answer.model_dump_json(by_alias=True, exclude_none=named is None).encode(),
        content_type="application/json",
    )


async def overview(request: web.Request) -> web.Response:
    read_query(request)
    return overview_shape(request.app[FACADE].overview(), request.app[OPTIONS].audit_bound).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(method="GET", path="/livez", handler=livez, summary="The process answers", answer=LiveShape),
        Route(
            method="GET",
            path="/readyz",
            handler=readyz,
            summary="This server can decide: 200, else 503",
            query=(_VERBOSE,),
            answer=ReadyShape,
            problems=(400, 503),
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
