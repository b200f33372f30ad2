"""Numbered plans: computed, reviewed, applied, paused, resumed, cancelled, taken back."""

from __future__ import annotations

from aiohttp import web

from api.access.keys import PRINCIPAL
from api.actor import actor_of
from api.audited import audited
from api.body import read_shape
from api.granted import granted
from api.options import FACADE
from api.plan_number import as_it_stands, plan_number
from api.problem import Problem, shortened
from api.query import DRY_RUN, read_dry_run, read_query
from api.route import Handler, Route
from api.shapes.base import NoWish
from api.shapes.plan import (
    ApplyWish,
    PlanShape,
    PlansShape,
    PlanWish,
    UndoWish,
    describe,
    summary,
)
from api.versions import kind_version, plan_version
from orchestrator.core.access import Role
from orchestrator.core.decisions import Reason, Refused
from orchestrator.core.plans.proposal import Stage
from orchestrator.engine.answers.plans import PlanStatus

PROPOSED = Stage.PROPOSED.value
BEYOND = "blast-radius"


async def plans(request: web.Request) -> web.Response:
    read_query(request)
    found = request.app[FACADE].plans(request.match_info["kind"])
    return PlansShape(items=tuple(summary(one) for one in found)).reply()


async def show(request: web.Request) -> web.Response:
    read_query(request)
    return describe(request.app[FACADE].plan(request.match_info["kind"], plan_number(request))).reply()


async def make(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    wish = await read_shape(request, PlanWish)
    answer = await request.app[FACADE].make_plan(
        request.match_info["kind"],
        max_instances=wish.max_instances,
        resource_per_instance=wish.resource_per_instance,
        note=wish.note or "",
        actor=actor_of(request),
        dry_run=dry_run,
    )
    if isinstance(answer, Refused) and answer.reason is not Reason.PAUSED:
        raise Problem(422, answer.detail, answer.reasons)
    return _reply(request, answer)


async def apply(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    kind, number = request.match_info["kind"], as_it_stands(request)
    wish = await read_shape(request, ApplyWish)
    plan = request.app[FACADE].plan(kind, number)
    plan_id = plan.proposal.id
    _require_admin_beyond_limits(request, kind, plan)
    if wish.override not in (None, plan_id):
        raise Problem(422, f"override is {shortened(wish.override)}; allowed: {plan_id}, the id of this plan")
    if wish.override is not None and not (wish.reason or "").strip():
        raise Problem(422, "reason is missing; an override has one, for the journal")
    answer = await request.app[FACADE].apply_plan(
        kind, number, actor=actor_of(request), reason=(wish.reason or "").strip(), dry_run=dry_run
    )
    return _reply(request, answer)


def _require_admin_beyond_limits(request: web.Request, kind: str, plan: PlanStatus) -> None:
    """Raises Problem (403)."""
    is_beyond = any(limit.code == BEYOND for limit in plan.proposal.limits)
    if plan.stage == PROPOSED and is_beyond and request[PRINCIPAL].role_for(kind) < Role.ADMIN:
        raise Problem(
            403, f"{plan.proposal.id} goes beyond a limit: to apply it takes the role admin for {kind}"
        )


async def undo(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    wish = await read_shape(request, UndoWish)
    answer = await request.app[FACADE].undo_plan(
        request.match_info["kind"],
        as_it_stands(request),
        note=wish.note or "",
        actor=actor_of(request),
        dry_run=dry_run,
    )
    return _reply(request, answer)


async def discard(request: web.Request) -> web.Response:
    dry_run = read_dry_run(request)
    answer = await request.app[FACADE].discard_plan(
        request.match_info["kind"], as_it_stands(request), actor=actor_of(request), dry_run=dry_run
    )
    return _reply(request, answer)


def _acting(act: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        dry_run = read_dry_run(request)
        number = await _named(request)
        answer = await request.app[FACADE].act_on_plan(
            request.match_info["kind"], number, act=act, actor=actor_of(request), dry_run=dry_run
        )
        return _reply(request, answer)

    return handler


async def _named(request: web.Request) -> int:
    await read_shape(request, NoWish)
    return as_it_stands(request)


def _reply(request: web.Request, answer: PlanStatus | Refused) -> web.Response:
    plan = granted(answer, 409)
    proposal = plan.proposal
    after = {"stage": plan.stage, "id": proposal.id, "undoes": proposal.undoes}
    audited(request, plan=proposal.number, after=after)
    return describe(plan).reply()


def routes() -> tuple[Route, ...]:
    base = "/v1/api/kinds/{kind}/plans"
    one = f"{base}/{{plan}}"
    refusals = (409, 422, 502)
    verbs = (
        ("apply", apply, "Carry a plan out; once more, tell how far it has come"),
        ("pause", _acting("pause"), "Begin no more hand-offs; those under way end"),
        ("resume", _acting("resume"), "Go on with a plan that was paused"),
        ("cancel", _acting("cancel"), "End a plan; what has not begun to move stays where it is"),
    )
    acts = tuple(
        Route(
            method="POST",
            path=f"{one}/{verb}",
            handler=handler,
            summary=said,
            query=(DRY_RUN,),
            version=plan_version,
            body=ApplyWish if verb == "apply" else NoWish,
            answer=PlanShape,
            problems=refusals,
        )
        for verb, handler, said in verbs
    )
    return (
        Route(
            method="GET",
            path=base,
            handler=plans,
            summary="The plans of a kind, the newest first",
            answer=PlansShape,
            problems=(502,),
        ),
        Route(
            method="POST",
            path=base,
            handler=make,
            summary="Compute a plan of an orchestration, and change nothing",
            query=(DRY_RUN,),
            body=PlanWish,
            version=kind_version,
            answer=PlanShape,
            problems=refusals,
        ),
        Route(
            method="GET",
            path=one,
            handler=show,
            summary="A plan and how far it has come",
            version=plan_version,
            answer=PlanShape,
            problems=(502,),
        ),
        Route(
            method="DELETE",
            path=one,
            handler=discard,
            summary="Remove a plan that was not applied",
            query=(DRY_RUN,),
            version=plan_version,
            answer=PlanShape,
            problems=(409, 502),
        ),
        *acts,
        Route(
            method="POST",
            path=f"{one}/undo",
            handler=undo,
            summary="Compute the plan of the way back, and change nothing",
            query=(DRY_RUN,),
            body=UndoWish,
            version=plan_version,
            answer=PlanShape,
            problems=refusals,
        ),
    )
