"""What every mutation minds before its handler is asked: its key, its conditions, whether it is a trial."""

from __future__ import annotations

from aiohttp import web

from api.idempotency import Keyed
from api.precondition import Turns, Unversioned, Versioned
from api.query import asks_for_dry_run
from api.route import Handler, Route

DRY_RUN_HEADER = "X-Shardwright-Dry-Run"
"""On the answer to a mutation that was only shown."""


def minded(route: Route, turns: Turns) -> Handler:
    """The handler of a route with all that goes before it. ``turns``: those of the application."""
    handler = route.handler
    if route.version is not None:
        handler = Versioned(route, route.version, handler, turns).__call__
    elif route.is_write:
        handler = Unversioned(handler)
    if route.takes_key:
        handler = Keyed(route, handler)
    return _marked(handler) if route.is_write else handler


def _marked(handler: Handler) -> Handler:
    async def marked(request: web.Request) -> web.StreamResponse:
        response = await handler(request)
        if asks_for_dry_run(request) and not response.prepared:
            response.headers[DRY_RUN_HEADER] = "true"
        return response

    return marked
