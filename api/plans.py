"""Numbered plans: computed, reviewed, applied, paused, resumed, cancelled, taken back."""

from __future__ import annotations

from aiohttp import web

from api.body import read_shape
from api.kinds import NoWish
from api.options import FACADE, OPTIONS
from api.orchestrations import actor_of
from api.problem import Problem, shortened
from api.query import read_query, whole
from api.route import Handler, Parameter, Route
from api.shapes.plan import (
    PlanMovesShape,
    PlanShape,
    PlansShape,
    PlanWish,
    UndoWish,
    describe,
    moves_shape,
    summary,
)
from orchestrator.core.plan import Reason, Refused
from orchestrator.engine.answers.plans import PlanStatus

MOST_MOVES = 1_000
USUAL_MOVES = 200
HIGHEST = 999_999_999

_CURSOR = Parameter(
    name="cursor",
    schema={"type": "string", "pattern": "^[0-9]{1,9}$"},
    description="``next`` of the page before",
)
_LIMIT = Parameter(
    name="limit",
    schema={"type": "integer", "minimum": 1, "maximum": MOST_MOVES, "default": USUAL_MOVES},
    description="moves at most",
)


async def plans(request: web.Request) -> web.Response:
    read_query(request)
    found = request.app[FACADE].plans(request.match_info["kind"])
    return PlansShape(items=tuple(summary(one) for one in found)).reply()


async def show(request: web.Request) -> web.Response:
    read_query(request)
    return describe(request.app[FACADE].plan(request.match_info["kind"], _number(request))).reply()


async def moves(request: web.Request) -> web.Response:
    values = read_query(request, (_CURSOR, _LIMIT))
    start = whole(values, _CURSOR.name, least=0, most=HIGHEST) or 0
    most = whole(values, _LIMIT.name, least=1, most=MOST_MOVES) or USUAL_MOVES
    found = await request.app[FACADE].plan_moves(
        request.match_info["kind"], _number(request), start=start, most=most
    )
    return moves_shape(found).reply()


async def make(request: web.Request) -> web.Response:
    read_query(request)
    wish = await read_shape(request, PlanWish, request.app[OPTIONS].body_limit)
    answer = await request.app[FACADE].make_plan(
        request.match_info["kind"],
        max_instances=wish.max_instances,
        resource_per_instance=wish.resource_per_instance,
        note=wish.note or "",
        actor=actor_of(request),
    )
    if isinstance(answer, Refused) and answer.reason is not Reason.PAUSED:
        raise Problem(422, answer.detail, answer.reasons)
    return _reply(answer)


async def apply(request: web.Request) -> web.Response:
    number = await _named(request)
    return _reply(
        await request.app[FACADE].apply_plan(request.match_info["kind"], number, actor=actor_of(request))
    )


async def undo(request: web.Request) -> web.Response:
    read_query(request)
    wish = await read_shape(request, UndoWish, request.app[OPTIONS].body_limit)
    answer = await request.app[FACADE].undo_plan(
        request.match_info["kind"], _number(request), note=wish.note or "", actor=actor_of(request)
    )
    return _reply(answer)


async def discard(request: web.Request) -> web.Response:
    read_query(request)
    answer = await request.app[FACADE].discard_plan(
        request.match_info["kind"], _number(request), actor=actor_of(request)
    )
    return _reply(answer)


def _acting(act: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        number = await _named(request)
        answer = await request.app[FACADE].act_on_plan(
            request.match_info["kind"], number, act=act, actor=actor_of(request)
        )
        return _reply(answer)

    return handler


async def _named(request: web.Request) -> int:
    read_query(request)
    await read_shape(request, NoWish, request.app[OPTIONS].body_limit)
    return _number(request)


def _number(request: web.Request) -> int:
    """Raises Problem (404): no plan is called otherwise."""
    text = request.match_info["plan"]
    if text.isascii() and text.isdigit() and len(text) < 10 and text[0] != "0":
        return int(text)
    raise Problem(404, f"{shortened(text)} is not the number of a plan")


def _reply(answer: PlanStatus | Refused) -> web.Response:
    if isinstance(answer, Refused):
        raise Problem(409, answer.detail, answer.reasons)
    return describe(answer).reply()


def routes() -> tuple[Route, ...]:
    base = "/v1/api/kinds/{kind}/plans"
    one = f"{base}/{{plan}}"
    refusals = (400, 404, 409, 413, 415, 422, 502, 503)
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
            body=NoWish,
            answer=PlanShape,
            problems=refusals,
        )
        for verb, handler, said in verbs
    )
    reading = (400, 404, 502, 503)
    return (
        Route(
            method="GET",
            path=base,
            handler=plans,
            summary="The plans of a kind, the newest first",
            answer=PlansShape,
            problems=reading,
        ),
        Route(
            method="POST",
            path=base,
            handler=make,
            summary="Compute a plan of an orchestration, and change nothing",
            body=PlanWish,
            answer=PlanShape,
            problems=refusals,
        ),
        Route(
            method="GET",
            path=one,
            handler=show,
            summary="A plan and how far it has come",
            answer=PlanShape,
            problems=reading,
        ),
        Route(
            method="DELETE",
            path=one,
            handler=discard,
            summary="Remove a plan that was not applied",
            answer=PlanShape,
            problems=(400, 404, 409, 502, 503),
        ),
        Route(
            method="GET",
            path=f"{one}/moves",
            handler=moves,
            summary="The moves of a plan, id by id, in their order",
            query=(_CURSOR, _LIMIT),
            answer=PlanMovesShape,
            problems=(*reading, 422),
        ),
        *acts,
        Route(
            method="POST",
            path=f"{one}/undo",
            handler=undo,
            summary="Compute the plan of the way back, and change nothing",
            body=UndoWish,
            answer=PlanShape,
            problems=refusals,
        ),
    )
