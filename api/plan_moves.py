"""The moves of a plan, id by id: all of them, or those of one pair of shards."""

from __future__ import annotations

from aiohttp import web

from api.options import FACADE
from api.parameters import Whole, whole
from api.plan_number import plan_number
from api.problem import Problem
from api.query import read_query
from api.route import Parameter, Route
from api.shapes.plan import PlanMovesShape, moves_shape

MOST = 1_000
USUAL = 200
HIGHEST = 999_999_999

_CURSOR = Parameter(
    name="cursor",
    schema={"type": "string", "pattern": "^[0-9]{1,9}$"},
    description="``next`` of the page before",
)
_LIMIT = Whole(name="limit", description="moves at most", least=1, most=MOST, usual=USUAL)
_FROM, _TO = (
    Whole(
        name=name,
        description=f"only moves {name} this shard; `from` and `to` come together",
        most=HIGHEST,
        usual=None,
    )
    for name in ("from", "to")
)


async def moves(request: web.Request) -> web.Response:
    values = read_query(request, (_CURSOR, _LIMIT, _FROM, _TO))
    start = whole(_CURSOR.name, values.get(_CURSOR.name, "0"), least=0, most=HIGHEST)
    most, source, target = _LIMIT.read(values), _FROM.read(values), _TO.read(values)
    pair = None if source is None or target is None else (source, target)
    if pair is None and (source, target) != (None, None):
        raise Problem(422, "from and to come together: both shards of a pair, or none")
    found = await request.app[FACADE].plan_moves(
        request.match_info["kind"], plan_number(request), start=start, most=most, pair=pair
    )
    return moves_shape(found).reply()


def routes() -> tuple[Route, ...]:
    return (
        Route(
            method="GET",
            path="/v1/api/kinds/{kind}/plans/{plan}/moves",
            handler=moves,
            summary="The moves of a plan, id by id, in their order",
            query=(_CURSOR, _LIMIT, _FROM, _TO),
            answer=PlanMovesShape,
            problems=(422, 502),
        ),
    )
