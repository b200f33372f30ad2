"""Query parameters: a misspelt one is refused, since ``?dryrun=true`` would otherwise be carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web

from api.body import unknown_name
from api.problem import Problem, shortened
from api.route import Parameter

DRY_RUN = Parameter(
    name="dryRun", schema={"type": "boolean", "default": False}, description="show what would be done"
)
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


def flag(values: Mapping[str, str], name: str) -> bool:
    """Absent is false. Raises Problem (422)."""
    value = values.get(name, "false")
    if value not in ("true", "false"):
        raise Problem(422, f"{name} is {shortened(value)}; allowed: true, false")
    return value == "true"


def whole(values: Mapping[str, str], name: str, *, least: int, most: int) -> int | None:
    """A whole number in decimal digits, None when absent. Raises Problem (422)."""
    value = values.get(name)
    if value is None:
        return None
    if value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most:
        return int(value)
    raise Problem(422, f"{name} is {shortened(value)}; allowed: a whole number from {least} to {most}")


def read_dry_run(request: web.Request) -> bool:
    """Whether a mutation is only to be shown; it has no other parameter. Raises Problem (400, 422)."""
    return flag(read_query(request, (DRY_RUN,)), DRY_RUN.name)


def asks_for_dry_run(request: web.Request) -> bool:
    return request.query.get(DRY_RUN.name) == "true"
