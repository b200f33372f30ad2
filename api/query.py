"""Query parameters: a misspelt one is refused, since ``?dryrun=true`` would otherwise be carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web

from api.body import unknown_name
from api.parameters import Flag
from api.problem import Problem
from api.route import Parameter

DRY_RUN = Flag(name="dryRun", description="show what would be done")
KIND = Parameter(name="kind", schema={"type": "string"}, description="only this kind")


def read_query(request: web.Request, parameters: Sequence[Parameter] = ()) -> Mapping[str, str]:
    """The query as text by name. Raises Problem (400) for unknown and repeated names."""
    if not request.query_string:
        return {}
    allowed = [parameter.name for parameter in parameters]
    values: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in allowed:
            raise Problem(400, unknown_name("the parameter", name, allowed))
        if name in values:
            raise Problem(400, f"the parameter {name} is given more than once")
        values[name] = value
    return values


def read_dry_run(request: web.Request) -> bool:
    """Whether a mutation is only to be shown; it has no other parameter. Raises Problem (400, 422)."""
    return DRY_RUN.read(read_query(request, (DRY_RUN,)))


def asks_for_dry_run(request: web.Request) -> bool:
    return request.query.get(DRY_RUN.name) == "true"
