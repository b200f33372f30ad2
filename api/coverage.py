"""Who is served by nobody or by two, and why a resource is where it is."""

from __future__ import annotations

from aiohttp import web

from api.granted import known
from api.options import FACADE
from api.parameters import Whole
from api.query import read_query
from api.resource import NOT_KNOWN, resource_id
from api.route import Route
from api.shapes.coverage import CoverageShape, ExplanationShape, coverage_shape, explanation_shape

MOST_SHOWN = 100
SHOWN = 10

_WORST = Whole(name="worst", description="how many of the worst are named", most=MOST_SHOWN, usual=SHOWN)


async def coverage(request: web.Request) -> web.Response:
    shown = _WORST.read(read_query(request, (_WORST,)))
    status = request.app[FACADE].coverage(request.match_info["kind"], shown=shown)
    return coverage_shape(status).reply()


async def explain(request: web.Request) -> web.Response:
    read_query(request)
    found = await request.app[FACADE].explain(request.match_info["kind"], resource_id(request))
    return explanation_shape(known(found, NOT_KNOWN)).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/coverage",
            handler=coverage,
            summary="Who is served by nobody, or by two, for how long, and how long new resources take",
            query=(_WORST,),
            answer=CoverageShape,
            problems=(422,),
        ),
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/resources/{id}/explain",
            handler=explain,
            summary="Why a resource is where it is, and not on any other shard",
            answer=ExplanationShape,
        ),
    )
