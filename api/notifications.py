"""What arrived on the topics of the notifications and of the heartbeats and was none."""

from __future__ import annotations

from aiohttp import web

from api.options import FACADE
from api.query import read_query
from api.route import Route
from api.shapes.system import MalformedBeatsShape, MalformedShape, MalformedsShape


async def malformed(request: web.Request) -> web.Response:
    read_query(request)
    found = request.app[FACADE].malformed()
    items = tuple(
        MalformedShape(detail=one.detail, head=one.head.decode(errors="backslashreplace")) for one in found
    )
    return MalformedsShape(items=items).reply()


async def malformed_beats(request: web.Request) -> web.Response:
    read_query(request)
    return MalformedBeatsShape(items=tuple(request.app[FACADE].malformed_beats())).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/notifications/malformed",
            handler=malformed,
            summary="The latest messages that were no notifications, oldest first",
            answer=MalformedsShape,
            reads_kinds=False,
        ),
        Route(
            method="GET",
            path="/v1/api/heartbeats/malformed",
            handler=malformed_beats,
            summary="Why the latest heartbeats that were none were none, oldest first",
            answer=MalformedBeatsShape,
            reads_kinds=False,
        ),
    )
