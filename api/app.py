"""Puts the application together: routes, the one middleware, the console."""

from __future__ import annotations

import json

from aiohttp import web

from api.files import Console
from api.guard import build_guard
from api.headers import REQUEST_IDS, RequestIds, on_prepare
from api.lookup import LOOKUP, Lookup
from api.openapi import describe_api
from api.options import FACADE, OPTIONS, ApiOptions
from api.passing import Passing
from api.route import Route
from api.stream import Streams
from api.table import all_routes
from orchestrator.engine.facade import Facade


def build_app(facade: Facade, options: ApiOptions) -> web.Application:
    """The application for people and workers; run it with ``api.serving.Runner``."""
    ids = RequestIds(options.request_ids)
    # The limits of bodies are ours (api.body): aiohttp's own would answer before a route is known.
    app = web.Application(middlewares=[build_guard(options, ids)], client_max_size=0)
    app[FACADE] = facade
    app[OPTIONS] = options
    app[REQUEST_IDS] = ids
    app[LOOKUP] = Lookup(facade)
    streams, passing = Streams(), Passing()
    routes = all_routes(streams)
    for route in (*routes, _document_route(routes, options.version)):
        handler = route.handler if route.is_local else passing.wrap(route)
        resource = app.router.add_resource(route.pattern)
        resource.add_route(route.method, handler)
        if route.method == "GET" and route.head:
            resource.add_route("HEAD", handler)
    Console().add_to(app)
    app.on_response_prepare.append(on_prepare)
    app.on_startup.append(passing)
    app.on_shutdown.extend((streams.close, passing.shut_down))
    app.on_cleanup.append(passing.close)
    return app


def _document_route(routes: tuple[Route, ...], version: str) -> Route:
    async def openapi(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    own = Route(
        method="GET",
        path="/openapi.json",
        handler=openapi,
        summary="This document",
        answer="application/json",
        is_local=True,
    )
    body = json.dumps(describe_api((*routes, own), version)).encode()
    return own
