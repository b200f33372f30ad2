"""Who is served by nobody or by two, and why a resource is where it is."""

from __future__ import annotations

from aiohttp import web

from api.options import FACADE
from api.problem import Problem
from api.query import read_query, whole
from api.resource import resource_id
from api.route import Parameter, Route
from api.shapes.coverage import CoverageShape, ExplanationShape, coverage_shape, explanation_shape

MOST_SHOWN = 100
SHOWN = 10

_WORST = Parameter(
    name="worst",
    schema={"type": "integer", "minimum": 0, "maximum": MOST_SHOWN, "default": SHOWN},
    description="how many of the worst are named",
)


async def coverage(request: web.Request) -> web.Response:
    shown = whole(read_query(request, (_WORST,)), _WORST.name, least=0, most=MOST_SHOWN)
    status = request.app[FACADE].coverage(request.match_info["kind"], shown=SHOWN if shown is None else shown)
    return coverage_shape(status).reply()


async def explain(request: web.Request) -> web.Response:
    read_query(request)
    found = await request.app[FACADE].explain(request.match_info["kind"], resource_id(request))
    if found is None:
        raise Problem(404, "neither the catalog nor the store knows this id")
    return explanation_shape(found).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/coverage",
            handler=coverage,
            summary="Who is served by nobody, or by two, for how long, and how long new resources take",
            query=(_WORST,),
            answer=CoverageShape,
            problems=(400, 404, 422, 503),
        ),
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/resources/{id}/explain",
            handler=explain,
            summary="Why a resource is where it is, and not on any other shard",
            answer=ExplanationShape,
            problems=(400, 404, 503),
        ),
    )
