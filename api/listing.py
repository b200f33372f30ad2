"""The resources of a kind, page by page, and a search in all kinds. Both read memory alone."""

from __future__ import annotations

from aiohttp import web

from api.access.keys import PRINCIPAL
from api.cursor import opened, scope_of, sealed
from api.granted import known
from api.options import FACADE
from api.parameters import Choice, Whole
from api.problem import Problem
from api.query import read_query
from api.route import Parameter, Route
from api.shapes.listing import FoundShape, FoundsShape, ListedPageShape, ListedShape
from api.shard_number import no_such_shard
from orchestrator.core.access import Role
from orchestrator.engine.answers.reads import Listed, ResourceQuery

MOST = 500
USUAL = 200
MOST_FOUND = 100
USUALLY_FOUND = 20
_LONGEST = 2048
_SHARD = Whole(name="shard", description="only those that stand on this shard", most=999_999_999, usual=None)
_STATE = Choice(name="state", description="only those in this state", of=Listed, usual=None)
_PREFIX = Parameter(
    name="q", schema={"type": "string", "maxLength": _LONGEST}, description="only ids that begin with this"
)
_CURSOR = Parameter(
    name="cursor", schema={"type": "string"}, description="``next`` of the page before, of this very list"
)
_LIMIT = Whole(name="limit", description="resources at most", least=1, most=MOST, usual=USUAL)
_TEXT = Parameter(
    name="q",
    schema={"type": "string", "minLength": 1, "maxLength": _LONGEST},
    description="an id, or how it begins: three characters at least",
    required=True,
)
_FOUND = Whole(name="limit", description="hits at most", least=1, most=MOST_FOUND, usual=USUALLY_FOUND)


async def resources(request: web.Request) -> web.Response:
    values = read_query(request, (_SHARD, _STATE, _PREFIX, _CURSOR, _LIMIT))
    kind, prefix = request.match_info["kind"], _text(values.get(_PREFIX.name, ""), _PREFIX.name)
    shard, state = _SHARD.read(values), _STATE.read(values)
    scope = scope_of("resources", kind, shard, state, prefix)
    cursor = values.get(_CURSOR.name)
    found = await request.app[FACADE].resource_page(
        ResourceQuery(
            kind=kind,
            shard=shard,
            state=state,
            prefix=prefix,
            after=None if cursor is None else opened(scope, cursor),
            limit=_LIMIT.read(values),
        )
    )
    page = known(found, no_such_shard(kind, shard))
    return ListedPageShape(
        items=tuple(ListedShape.of(one) for one in page.items),
        next=None if page.next is None else sealed(scope, page.next),
        total=page.total,
    ).reply()


async def search(request: web.Request) -> web.Response:
    values = read_query(request, (_TEXT, _FOUND))
    text = values.get(_TEXT.name, "")
    if not text:
        raise Problem(400, "the parameter q is missing")
    limit = _FOUND.read(values)
    facade, principal = request.app[FACADE], request[PRINCIPAL]
    kinds = [kind for kind in facade.kinds() if principal.role_for(kind) >= Role.VIEWER]
    found = await facade.search(_text(text, _TEXT.name), kinds=kinds, limit=limit)
    return FoundsShape(items=tuple(FoundShape.of(one) for one in found)).reply()


def _text(given: str, name: str) -> str:
    """Raises Problem (422)."""
    if len(given) > _LONGEST:
        raise Problem(422, f"{name} has {len(given):,} characters; allowed: {_LONGEST:,} at most")
    return given


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/resources",
            handler=resources,
            summary="The resources of a kind in the order of their ids, a page at a time",
            query=(_SHARD, _STATE, _PREFIX, _CURSOR, _LIMIT),
            answer=ListedPageShape,
            problems=(422,),
        ),
        Route(
            method="GET",
            path="/v1/api/search",
            handler=search,
            summary="Find a resource in any kind by its id, or by how that begins",
            query=(_TEXT, _FOUND),
            answer=FoundsShape,
            problems=(422,),
            is_for_any_kind=True,
        ),
    )
