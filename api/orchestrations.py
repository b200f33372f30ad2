"""The routes that seed 004 spells out: orchestrate a kind, show it, find where a resource runs."""

from __future__ import annotations

from aiohttp import web

from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.lookup import LOOKUP
from api.options import FACADE
from api.parameters import Flag
from api.problem import Problem
from api.query import DRY_RUN, read_dry_run, read_query
from api.resource import NOT_LISTED, find, resource_id
from api.route import Route
from api.shapes.orchestration import (
    OrchestratedShape,
    OrchestrationShape,
    OrchestrationWish,
    RunInShape,
    in_seed_words,
    outcome,
)
from api.versions import kind_version
from orchestrator.core.decisions import Reason, Refused
from orchestrator.engine.facade import Facade

_WHY = Flag(name="why", description="read the history: since and reason")


async def orchestrate(request: web.Request) -> web.Response:
    facade, kind = request.app[FACADE], request.match_info["resource"]
    dry_run = read_dry_run(request)
    wish = await read_shape(request, OrchestrationWish)
    answer = await facade.orchestrate(
        kind,
        max_instances=wish.max_instances,
        resource_per_instance=wish.resource_per_instance,
        dry_run=dry_run,
        actor=actor_of(request),
    )
    if isinstance(answer, Refused):
        audited(request, plan=answer.plan)
        is_conflict = answer.reason in (Reason.PAUSED, Reason.BLAST_RADIUS)
        raise Problem(409 if is_conflict else 422, answer.detail, answer.reasons, plan=answer.plan)
    audited(
        request,
        before={"shards": answer.shards_before},
        after={"shards": answer.shards_after, "moves": answer.moves, "id": answer.plan_id},
    )
    return outcome(kind, facade.kind(kind).counts.held, answer).reply()


async def orchestrated(request: web.Request) -> web.Response:
    read_query(request)
    return in_seed_words(request.app[FACADE].kind(request.match_info["resource"])).reply()


async def run_in(request: web.Request) -> web.Response:
    kind = request.match_info["resource"]
    wanted = resource_id(request)
    why = _WHY.read(read_query(request, (_WHY,)))
    body = None if why else request.app[LOOKUP].owned(kind, wanted)
    if body is None:
        return await _with_reason(request.app[FACADE], kind, wanted)
    return web.Response(body=body, content_type="application/json")


async def _with_reason(facade: Facade, kind: str, wanted: str) -> web.Response:
    status = await find(facade, kind, wanted)
    if status.shard is None and status.in_catalog is False:
        raise Problem(404, NOT_LISTED)
    return RunInShape(
        run_in=status.run_in,
        shard=status.shard,
        incarnation=status.incarnation,
        state=status.state,
        since=status.since,
        reason=status.reason,
    ).reply()


def routes() -> tuple[Route, ...]:
    base = "/v1/api/orchestrations/{resource}"
    orchestrations = tuple(
        Route(
            method="POST",
            path=f"{base}/{verb}",
            handler=orchestrate,
            summary=summary,
            query=(DRY_RUN,),
            version=kind_version,
            body=OrchestrationWish,
            answer=OrchestrationShape,
            problems=(409, 422),
        )
        for verb, summary in (
            ("orchestrate", "Orchestrate a kind: choose its number of shards and balance them"),
            ("orchestrations", "The same under the name that the seed's page calls"),
        )
    )
    # Routes of one prefix are tried in their order, so the one asked most often comes first.
    return (
        Route(
            method="GET",
            path=f"{base}/{{id}}/instances",
            handler=run_in,
            summary="Where a resource runs",
            query=(_WHY,),
            answer=RunInShape,
            problems=(422,),
        ),
        *orchestrations,
        Route(
            method="GET",
            path=base,
            handler=orchestrated,
            summary="A kind and its instances",
            answer=OrchestratedShape,
        ),
    )
