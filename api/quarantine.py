"""The ids that are set apart: shown, put in and lifted by a person."""

from __future__ import annotations

from aiohttp import web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.granted import granted, known
from api.options import FACADE
from api.problem import Problem
from api.query import DRY_RUN, read_dry_run, read_query
from api.resource import NOT_LISTED, resource_id
from api.route import Route
from api.shapes.quarantine import LiftedShape, QuarantinedShape, QuarantineShape, QuarantineWish
from api.versions import quarantine_version
from orchestrator.engine.answers.quarantine import Quarantined

NOT_APART = "this id is not in quarantine"


async def listed(request: web.Request) -> web.Response:
    read_query(request)
    found = request.app[FACADE].quarantine(request.match_info["kind"])
    return QuarantineShape(items=tuple(QuarantinedShape.of(one) for one in found)).reply()


async def shown(request: web.Request) -> web.Response:
    read_query(request)
    wanted = resource_id(request)
    return QuarantinedShape.of(known(_apart(request, wanted), NOT_APART)).reply()


async def add(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    wanted = resource_id(request)
    wish = await read_shape(request, QuarantineWish)
    audited(request, before=_until(request, wanted))
    answer = await request.app[FACADE].quarantine_add(
        request.match_info["kind"],
        wanted,
        seconds=wish.seconds,
        why=wish.why,
        actor=actor_of(request),
        dry_run=dry_run,
    )
    done = known(granted(answer, 409), NOT_LISTED)
    audited(request, after={"until": done.until, "why": list(done.evidence)})
    return QuarantinedShape.of(done).reply()


def _apart(request: web.Request, wanted: str) -> Quarantined | None:
    found = request.app[FACADE].quarantine(request.match_info["kind"])
    return next((one for one in found if one.id == wanted), None)


def _until(request: web.Request, wanted: str) -> dict[str, float | None]:
    one = _apart(request, wanted)
    return {"until": None if one is None else one.until}


async def lift(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    kind, wanted = request.match_info["kind"], resource_id(request)
    audited(request, before=_until(request, wanted), after={"until": None})
    if not await request.app[FACADE].quarantine_lift(kind, wanted, actor=actor_of(request), dry_run=dry_run):
        raise Problem(404, NOT_APART)
    return LiftedShape(kind=kind, id=wanted).reply()


def routes() -> tuple[Route, ...]:
    path = "/v1/api/kinds/{kind}/quarantine"
    return (
        Route(
            method="GET",
            path=path,
            handler=listed,
            summary="The ids that are set apart, the newest first",
            answer=QuarantineShape,
        ),
        Route(
            method="GET",
            path=f"{path}/{{id}}",
            handler=shown,
            summary="Why an id is set apart, and until when",
            answer=QuarantinedShape,
            version=quarantine_version,
        ),
        Route(
            method="PUT",
            path=f"{path}/{{id}}",
            handler=add,
            summary="Set an id apart: its owner lets go of it, and nobody gets it for that time",
            query=(DRY_RUN,),
            body=QuarantineWish,
            version=quarantine_version,
            answer=QuarantinedShape,
            problems=(409, 422),
        ),
        Route(
            method="DELETE",
            path=f"{path}/{{id}}",
            handler=lift,
            summary="Let an id be placed again",
            query=(DRY_RUN,),
            answer=LiftedShape,
            version=quarantine_version,
        ),
    )
