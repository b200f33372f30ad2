"""Pausing a whole kind: nothing of it is orchestrated, grown or moved until it is resumed."""

from __future__ import annotations

from aiohttp import web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.options import FACADE
from api.query import DRY_RUN, read_dry_run
from api.route import Handler, Route
from api.shapes.base import NoWish
from api.shapes.plan import PausingShape
from api.versions import kind_version


def _setting(paused: bool) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        dry_run = read_dry_run(request)
        await read_shape(request, NoWish)
        facade, kind = request.app[FACADE], request.match_info["kind"]
        audited(request, before={"paused": facade.kind(kind).paused})
        done = await facade.pause_kind(kind, paused=paused, actor=actor_of(request), dry_run=dry_run)
        audited(request, after={"paused": done.paused})
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
            query=(DRY_RUN,),
            body=NoWish,
            version=kind_version,
            answer=PausingShape,
        )
        for verb, paused, said in (
            ("pause", True, "Have nothing of a kind orchestrated, grown or moved"),
            ("resume", False, "Go on with a kind that was paused"),
        )
    )
