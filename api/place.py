"""Where the instances of a kind run, changed by a person."""

from __future__ import annotations

from aiohttp import web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.granted import granted
from api.options import FACADE
from api.query import DRY_RUN, read_dry_run
from api.route import Route
from api.shapes.resource import PlaceShape, PlaceWish
from api.versions import kind_version
from orchestrator.core.access import Role


async def accept(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    facade, kind = request.app[FACADE], request.match_info["kind"]
    wish = await read_shape(request, PlaceWish)
    audited(request, before={"place": facade.kind(kind).place})
    answer = await facade.accept_place(
        kind, instead_of=wish.instead_of, actor=actor_of(request), dry_run=dry_run
    )
    granted(answer, 409)
    place = facade.kind(kind).place
    audited(request, after={"place": place})
    return PlaceShape(kind=kind, place=place).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="POST",
            path="/v1/api/kinds/{kind}/place/accept",
            role=Role.ADMIN,
            handler=accept,
            summary="Let the instances run where the leader sees them, instead of where the store says",
            query=(DRY_RUN,),
            body=PlaceWish,
            version=kind_version,
            answer=PlaceShape,
            problems=(409, 422),
        ),
    )
