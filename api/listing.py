"""The resources of a kind, page by page, and a search in all kinds. Both read memory alone."""

from __future__ import annotations

from aiohttp import web

from api.access.keys import PRINCIPAL
from api.cursor import opened, scope_of, sealed
from api.options import FACADE
from api.problem import Problem, shortened
from api.query import read_query, whole
from api.route import Parameter, Route
from api.shapes.listing import FoundShape, FoundsShape, ListedPageShape, ListedShape
from orchestrator.core.access import Role
from orchestrator.engine.answers.reads import Listed, ResourceQuery

MOST = 500
USUAL = 200
MOST_FOUND = 100
USUALLY_FOUND = 20
_LONGEST = 2048
_STATES = [state.value for state in Listed]
_SHARD = Parameter(
    name="shard",
    schema={"type": "integer", "minimum": 0, "maximum": 999_999_999},
    description="only those that stand on this shard",
)
_STATE = Parameter(
    name="state", schema={"type": "string", "enum": _STATES}, description="only those in this state"
)
_PREFIX = Parameter(
    name="q", schema={"type": "string", "maxLength": _LONGEST}, description="only ids that begin with this"
)
_CURSOR = Parameter(
    name="cursor", schema={"type": "string"}, description="``next`` of the page before, of this very list"
)
_LIMIT = Parameter(
    name="limit",
    schema={"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
    description="resources at most",
)
_TEXT = Parameter(
    name="q",
    schema={"type": "string", "minLength": 1, "maxLength": _LONGEST},
    description="an id, or how it begins: three characters at least",
    required=True,
)
_FOUND = Parameter(
    name="limit",
    schema={"type": "integer", "minimum": 1, "maximum": MOST_FOUND, "default": USUALLY_FOUND},
    description="hits at most",
)


async def resources(request: web.Request) -> web.Response:
    values = read_query(request, (_SHARD, _STATE, _PREFIX, _CURSOR, _LIMIT))
    kind, prefix = request.match_info["kind"], _text(values.get(_PREFIX.name, ""), _PREFIX.name)
    shard = whole(values, _SHARD.name, least=0, most=999_999_999)
    state = _state(values.get(_STATE.name))
    scope = scope_of("resources", kind, shard, state, prefix)
    cursor = values.get(_CURSOR.name)
    found = await request.app[FACADE].resource_page(
        ResourceQuery(
            kind=kind,
            shard=shard,
            state=state,
            prefix=prefix,
            after=None if cursor is None else opened(scope, cursor),
            limit=whole(values, _LIMIT.name, least=1, most=MOST) or USUAL,
        )
    )
    if found is None:
        raise Problem(404, f"{kind} has no shard {shard}")
    return ListedPageShape(
        items=tuple(ListedShape.of(one) for one in found.items),
        next=None if found.next is None else sealed(scope, found.next),
        total=found.total,
    ).reply()


async def search(request: web.Request) -> web.Response:
    values = read_query(request, (_TEXT, _FOUND))
    text = values.get(_TEXT.name, "")
    if not text:
        raise Problem(400, "the parameter q is missing")
    limit = whole(values, _FOUND.name, least=1, most=MOST_FOUND) or USUALLY_FOUND
    facade, principal = request.app[FACADE], request[PRINCIPAL]
    kinds = [kind for kind in facade.kinds() if principal.role_for(kind) >= Role.VIEWER]
    found = await facade.search(_text(text, _TEXT.name), kinds=kinds, limit=limit)
    return FoundsShape(items=tuple(FoundShape.of(one) for one in found)).reply()


def _text(given: str, name: str) -> str:
    """Raises Problem (422)."""
    if len(given) > _LONGEST:
        raise Problem(422, f"{name} has {len(given):,} characters; allowed: {_LONGEST:,} at most")
    return given


def _state(given: str | None) -> Listed | None:
    """Raises Problem (422)."""
    if given is None:
        return None
    if given not in _STATES:
        raise Problem(422, f"state is {shortened(given)}; allowed: {', '.join(_STATES)}")
    return Listed(given)


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/resources",
            handler=resources,
            summary="The resources of a kind in the order of their ids, a page at a time",
            query=(_SHARD, _STATE, _PREFIX, _CURSOR, _LIMIT),
            answer=ListedPageShape,
            problems=(400, 404, 422),
        ),
        Route(
            method="GET",
            path="/v1/api/search",
            handler=search,
            summary="Find a resource in any kind by its id, or by how that begins",
            query=(_TEXT, _FOUND),
            answer=FoundsShape,
            problems=(400, 422),
            is_for_any_kind=True,
        ),
    )
