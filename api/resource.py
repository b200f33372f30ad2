"""One resource by its id, which may be any text."""

from __future__ import annotations

from aiohttp import web

from api.granted import known
from api.options import FACADE
from api.problem import Problem
from api.query import read_query
from api.route import Parameter, Route
from api.shapes.resource import ResourceShape, ResourcesShape
from orchestrator.engine.answers import ResourceStatus
from orchestrator.engine.facade import Facade

_LONGEST = 2048
_ID = Parameter(
    name="id", schema={"type": "string", "minLength": 1}, description="the id, exactly", required=True
)

NOT_LISTED = "the catalog does not list this id"
NOT_KNOWN = "neither the catalog nor the store knows this id"


def resource_id(request: web.Request) -> str:
    """The id of the path, decoded. Raises Problem (404): no id is as long as that."""
    wanted = request.match_info["id"]
    if len(wanted) > _LONGEST:
        raise Problem(404, f"no id has {len(wanted):,} characters")
    return wanted


async def find(facade: Facade, kind: str, wanted: str) -> ResourceStatus:
    """Raises Problem (404) when neither catalog nor store knows the id."""
    return known(await facade.resource(kind, wanted), NOT_KNOWN)


async def show(request: web.Request) -> web.Response:
    read_query(request)
    wanted = resource_id(request)
    return ResourceShape.of(await find(request.app[FACADE], request.match_info["kind"], wanted)).reply()


async def search(request: web.Request) -> web.Response:
    """Ask every kind: an id says nothing of its kind. In a query any id can stand, ``..`` as well."""
    wanted = read_query(request, (_ID,)).get(_ID.name, "")
    if not wanted:
        raise Problem(400, "the parameter id is missing")
    facade = request.app[FACADE]
    found: list[ResourceShape] = []
    for kind in facade.kinds() if len(wanted) <= _LONGEST else ():
        status = await facade.resource(kind, wanted)
        if status is not None:
            found.append(ResourceShape.of(status))
    return ResourcesShape(items=tuple(found)).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/resources/{id}",
            handler=show,
            summary="Who owns a resource, since when and why",
            answer=ResourceShape,
        ),
        Route(
            method="GET",
            path="/v1/api/resources",
            handler=search,
            summary="Who owns an id, in whichever kinds it exists",
            query=(_ID,),
            answer=ResourcesShape,
        ),
    )
