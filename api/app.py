"""Puts the application together: routes, the one middleware, the console."""

from __future__ import annotations

import json
from dataclasses import replace

from aiohttp import web

from api.access import ACCESS, Access
from api.auditing import AUDITING, Auditing
from api.docs import Docs
from api.files import Console
from api.guard import build_guard
from api.headers import REQUEST_IDS, RequestIds, on_prepare
from api.lookup import LOOKUP, Lookup
from api.openapi import describe_api
from api.options import FACADE, OPTIONS, ApiOptions
from api.passing import Passing
from api.precondition import Turns
from api.route import Route
from api.stream import Streams
from api.table import all_routes
from api.writes import minded
from orchestrator.engine.facade import Facade


def build_app(
    facade: Facade, options: ApiOptions, access: Access | None = None, auditing: Auditing | None = None
) -> web.Application:
    """The application for people and workers; run it with ``api.serving.Runner``.

    ``access`` None: it is open to all who reach it. ``auditing`` None: there is no audit trail.
    """
    access = access or Access()
    auditing = auditing or Auditing.off()
    ids = RequestIds(options.request_ids)
    # The limits of bodies are ours (api.body): aiohttp's own would answer before a route is known.
    app = web.Application(middlewares=[build_guard(options, ids, access, auditing)], client_max_size=0)
    app[FACADE] = facade
    app[OPTIONS] = options
    app[ACCESS] = access
    app[AUDITING] = auditing
    app[REQUEST_IDS] = ids
    app[LOOKUP] = Lookup(facade)
    streams, passing = Streams(), Passing()
    routes = all_routes(streams)
    turns = Turns()
    for plain in (*routes, _document_route(routes, options.version, is_open=access.mode == "open")):
        route = replace(plain, handler=auditing.watch(plain, minded(plain, turns)))
        handler = route.handler if route.is_local else passing.wrap(route)
        resource = app.router.add_resource(route.pattern)
        access.learn(resource.add_route(route.method, handler), route)
        if route.method == "GET" and route.head:
            access.learn(resource.add_route("HEAD", handler), route)
    judged = set(app.router.routes())
    Console().add_to(app)
    Docs().add_to(app)
    for page in set(app.router.routes()) - judged:
        access.learn(page, None)
    app.on_response_prepare.append(on_prepare)
    app.on_startup.extend((passing, auditing.start))
    app.on_shutdown.extend((streams.close, passing.shut_down))
    app.on_cleanup.extend((passing.close, auditing.close))
    return app


def _document_route(routes: tuple[Route, ...], version: str, *, is_open: bool) -> Route:
    async def openapi(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    own = Route(
        method="GET",
        path="/openapi.json",
        handler=openapi,
        summary="This document",
        answer="application/json",
        is_local=True,
        is_for_any_kind=True,
    )
    body = json.dumps(describe_api((*routes, own), version, is_open=is_open)).encode()
    return own
