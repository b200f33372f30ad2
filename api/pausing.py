"""Pausing a whole kind: nothing of it is orchestrated, grown or moved until it is resumed."""

from __future__ import annotations

from aiohttp import web

from api.body import read_shape
from api.kinds import NoWish
from api.options import FACADE, OPTIONS
from api.orchestrations import actor_of
from api.query import read_query
from api.route import Handler, Route
from api.shapes.plan import PausingShape


def _setting(paused: bool) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        read_query(request)
        await read_shape(request, NoWish, request.app[OPTIONS].body_limit)
        done = await request.app[FACADE].pause_kind(
            request.match_info["kind"], paused=paused, actor=actor_of(request)
        )
        return PausingShape.of(done).reply()

    return handler


def routes() -> tuple[Route, ...]:
    path = "/v1/api/kinds/{kind}"
    return tuple(
        Route(
            method="POST",
            path=f"{path}/{verb}",
            handler=_setting(paused),
            summary=said,
            body=NoWish,
            answer=PausingShape,
            problems=(400, 404, 413, 415, 503),
        )
        for verb, paused, said in (
            ("pause", True, "Have nothing of a kind orchestrated, grown or moved"),
            ("resume", False, "Go on with a kind that was paused"),
        )
    )
