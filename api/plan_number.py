"""The number of a plan in a path, and how the plan stands that it names."""

from __future__ import annotations

from aiohttp import web

from api.audited import audited
from api.options import FACADE
from api.problem import Problem, shortened


def as_it_stands(request: web.Request) -> int:
    """The number, with how the plan stands now for the audit trail. Raises Problem (404) and UnknownPlan."""
    number = plan_number(request)
    plan = request.app[FACADE].plan(request.match_info["kind"], number)
    audited(request, before={"stage": plan.stage})
    return number


def plan_number(request: web.Request) -> int:
    """Raises Problem (404): no plan is called otherwise."""
    text = request.match_info["plan"]
    if text.isascii() and text.isdigit() and len(text) < 10 and text[0] != "0":
        return int(text)
    raise Problem(404, f"{shortened(text)} is not the number of a plan")
