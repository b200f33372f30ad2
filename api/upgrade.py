"""The layout of the store, and its conversion to a newer one."""

from __future__ import annotations

from aiohttp import web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.granted import granted
from api.options import FACADE
from api.query import DRY_RUN, read_dry_run, read_query
from api.route import Route
from api.shapes.base import NoWish
from api.shapes.upgrade import StoreLayoutShape
from orchestrator.core.access import Role


async def show(request: web.Request) -> web.Response:
    read_query(request)
    return StoreLayoutShape.of(await request.app[FACADE].store_layout()).reply()


async def finalize(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    await read_shape(request, NoWish)
    facade = request.app[FACADE]
    before = await facade.store_layout()
    audited(request, before={"layout": before.layout, "next": before.next})
    done = granted(await facade.finalize(actor=actor_of(request), dry_run=dry_run), 409)
    audited(request, after={"layout": done.layout, "next": done.next})
    return StoreLayoutShape.of(done).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/upgrade",
            handler=show,
            summary="The layout of the store, the layouts that this server and the other replicas know",
            answer=StoreLayoutShape,
            problems=(503,),
            is_local=True,
        ),
        Route(
            method="POST",
            path="/v1/api/upgrade/finalize",
            role=Role.ADMIN,
            handler=finalize,
            summary="Have the store converted to the newest layout: no older version can lead any more",
            query=(DRY_RUN,),
            body=NoWish,
            answer=StoreLayoutShape,
            problems=(409, 422),
        ),
    )
