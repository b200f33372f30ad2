"""How many shards a kind has and should have."""

from __future__ import annotations

from aiohttp import web

from api.options import FACADE
from api.query import read_query
from api.route import Route
from api.shapes.sizing import SizingShape, sized


async def sizing(request: web.Request) -> web.Response:
    read_query(request)
    return sized(request.app[FACADE].sizing(request.match_info["kind"])).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/sizing",
            handler=sizing,
            summary="How many shards a kind should have, by its count and its load",
            answer=SizingShape,
        ),
    )
